// @ts-check
/** What the page of diffusion policies says. */
export const HEADLINE = Object.freeze({
  margin: "Margin",
  accuracy: "Accuracy",
  wins: "Win rate",
  distance: "From data",
  winners: "From winners",
  region: "In the region",
  recognised: "Recognised",
  fresh: (/** @type {string} */ floor) => `fresh: ${floor}`,
  was: (/** @type {string} */ before) => `was ${before}`,
});

export const DENSITY = Object.freeze({
  text: (/** @type {string} */ own, /** @type {string} */ data, /** @type {number} */ width) =>
    `Estimates by a Gaussian kernel ${width} wide. Shade: the policy's, from ${own} samples. Lines: the data's, from ${data}, at 15, 50 and 85 % of the peak.`,
});

export const QUALITY_TEXT = Object.freeze({
  points: (/** @type {number} */ count, /** @type {boolean} */ winners) =>
    `Sample quality: ${count} fresh samples, always from the same noise, against held-out points: the sliced Wasserstein distance, estimated over 64 directions.${winners ? " Winners are held-out points that the rule chose among eight, as those of the pairs were." : ""} The dotted line is what as many fresh points of the data themselves have.`,
  digits: (/** @type {number} */ count) =>
    `Sample quality: ${count} fresh digits, always from the same noise, read by a classifier that learnt from real ones. The Fréchet distance, squared, is to 300 held-out digits; the dotted line is that of as many real digits.`,
});

export const KEPT = Object.freeze({
  hint: "Keep a run, then start another one from the same noise, pairs and seed: their curves lie over each other, their samples side by side.",
  keep: "Keep this run",
  again: "Keep it and run",
  start: "from the start",
  here: "from here on",
  from: "beginning",
  method: "by",
  go: "Keep and start",
  full: "Six runs fit: remove one to keep another.",
  remove: (/** @type {string} */ run) => `Remove run ${run}`,
  branched: (/** @type {string} */ run, /** @type {string} */ step) => `This run began with run ${run} as it was at step ${step}: that is its reference.`,
  leave: "Begin with the scenario's policy again",
  form: "Keep and go on",
  all: (/** @type {string} */ figure) => `${figure} of all runs`,
  allTable: (/** @type {string} */ figure) => `${figure} of all runs as a table`,
  allTableName: (/** @type {string} */ figure) => `${figure} of all runs, as a table`,
  present: (/** @type {string} */ run) => `${run}, now`,
  scrolling: "Figures of all runs, scrolling",
  at: (/** @type {string} */ run, /** @type {string} */ step) => `${run}, step ${step}`,
  rate: (/** @type {number} */ rate) => `learning rate ${rate}`,
  batch: (/** @type {number} */ batch) => `batch ${batch}`,
  seed: (/** @type {number} */ seed) => `seed ${seed}`,
  beta: (/** @type {number} */ beta) => `beta ${beta}`,
  figures: "Figures of all runs",
  figuresTitle: "Where they stand",
  run: "Run",
  step: "Step",
  settings: "Run with",
  samples: (/** @type {string} */ run) => `Samples of run ${run}`,
  note: "The last measured value of each; sample quality is measured every second or two, and when a run pauses.",
});

export const SHAPE = Object.freeze({
  title: "Draw a shape",
  hint: "Draw on the plane; each time you press begins another line. A policy then learns in this page to draw points along it: it starts from one that drew two moons.",
  plane: "The plane to draw on. The same can be written as numbers below.",
  undo: "Undo line",
  clear: "Clear",
  examples: "Begin with",
  choose: "an example …",
  text: "The lines as numbers",
  textHelp: "A line of text for each line: its corners, x and y of each, from −2.6 to 2.6. For example: −1 −1, 1 −1, 0 1, −1 −1",
  noCorner: (/** @type {number} */ line, /** @type {string} */ corner, /** @type {number} */ reach) => `Line ${line}: “${corner}” is no corner. Write two numbers from −${reach} to ${reach}, such as 0.5 −1.`,
  learn: "Train a policy on it",
  again: "Train it anew",
  enough: "Good enough: use it now",
  cancel: "Stop",
  close: "Close",
  few: "Draw at least one line first.",
  progress: (/** @type {string} */ done, /** @type {string} */ all, /** @type {string} */ distance, /** @type {string} */ floor) =>
    `Update ${done} of ${all}: its points are ${distance} from held-out points of the shape (as many fresh ones: ${floor}).`,
  begins: "The trainer is being loaded …",
  brought: "This shape came with the link. Train a policy on it: then the rest of the link opens.",
  stopped: "Stopped: the shape is kept, nothing was learnt.",
  failed: (/** @type {string} */ reason) => `The shape could not be learnt: ${reason}. Try again; what you drew is kept.`,
  learnt: (/** @type {string} */ updates, /** @type {string} */ seconds, /** @type {string} */ distance, /** @type {string} */ floor) =>
    `Your shape, learnt in ${updates} updates (${seconds} s): its samples are ${distance} from held-out points of it, by the sliced Wasserstein distance; as many fresh points are ${floor} away.`,
  kept: "It is kept in this browser for a reload.",
  notKept: "This browser could not keep it: it is gone after a reload.",
  storage: "your shape",
  button: "Draw a shape",
  change: "Change your shape",
});
