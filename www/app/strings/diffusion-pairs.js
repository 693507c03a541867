// @ts-check
/** Pairs of samples: their table, files of them, comparing two, and what an update learnt from. */

export const SAMPLE_PAIRS = Object.freeze({
  swap: "Swap chosen and rejected",
  remove: "Delete this pair",
  chosen: "Chosen",
  rejected: "Rejected",
  show: (/** @type {number} */ place) => `Show pair ${place} by timestep`,
  swapOf: (/** @type {number} */ place) => `Swap chosen and rejected of pair ${place}`,
  removeOf: (/** @type {number} */ place) => `Delete pair ${place}`,
  logProb: "log π ",
  moved: "moved by ",
});

export const PAIR_FILES = Object.freeze({
  tooLarge: (/** @type {string} */ file, /** @type {number} */ megabytes) => `${file} is larger than ${megabytes} MB: split it, then import a part.`,
  added: (/** @type {number} */ pairs, /** @type {string} */ file) => `${pairs} ${pairs === 1 ? "pair" : "pairs"} of ${file} added.`,
  left: (/** @type {number} */ most, /** @type {number} */ left) => ` The table holds at most ${most} pairs, so ${left} more were left out.`,
  line: (/** @type {number} */ line, /** @type {string} */ message) => `Line ${line}: ${message}.`,
  more: (/** @type {number} */ lines) => ` … and ${lines} more lines.`,
  badPicture: "one of its pictures cannot be read",
  noCanvas: "this browser gives no canvas to look at its pictures",
  noClass: (/** @type {string} */ caption, /** @type {readonly string[]} */ classes) => `the caption ${caption} is no class of this policy: ${classes.join(", ")}`,
  noLabels: "label_0 and label_1 must be numbers",
  sameLabels: "its labels are the same: no side is preferred",
  noObject: "this is no JSON object",
  unfitValues: (/** @type {number} */ place, /** @type {number} */ dimensions) => `values_${place} must be ${dimensions} numbers`,
  noValues: (/** @type {number} */ place) => `values_${place} is missing: a point is its two numbers`,
  noPicture: (/** @type {number} */ place) => `jpg_${place} must be a data URL of an image`,
});

export const COMPARISON = Object.freeze({
  drawing: "Two samples are being drawn …",
  choose: (/** @type {string} */ sign, /** @type {"first" | "second"} */ side) => `${sign}: choose the ${side}`,
  sample: (/** @type {string} */ sign) => `Sample ${sign}`,
  of: (/** @type {string} */ name) => `Of class ${name}`,
  first: "Nothing judged yet: training waits for your first word.",
  judged: (/** @type {string} */ judged) => `${judged} judged: each update learns from some of them.`,
  next: (/** @type {string} */ judged) => `${judged} The next samples are being drawn.`,
  added: (/** @type {string} */ pairs) => `What you prefer is added to the pairs: ${pairs} by now. Neither draws two others.`,
});

export const SAMPLE_ROLLOUTS = Object.freeze({
  of: "Of",
  winnerHead: "Winner ✓, its log-ratio",
  checkpointHead: "The checkpoint's",
  samplesHead: "Its samples",
  winner: "Winner",
  checkpointSample: "The checkpoint's sample",
  nothing: "Nothing yet: it is filled by the first update.",
  earlier: "an earlier checkpoint",
  checkpoint: (/** @type {string} */ step) => `the checkpoint of step ${step}`,
  against: (/** @type {string} */ step, /** @type {string} */ which) => `Update ${step} learnt against ${which}: beside each winner stands what that checkpoint drew.`,
  judged: (/** @type {string} */ step) => `What update ${step} learnt of your judgements: a sample is worth how often it won.`,
  drawn: (/** @type {string} */ step) => `Drawn before update ${step}. The number is what the rule gives.`,
  anchors: Object.freeze({ rejected: "counts as rejected ✗", chosen: "flipped: counts as chosen ✓", "left out": "does not count" }),
});
