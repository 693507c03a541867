// @ts-check
/** What the page says that compares runs. */
const margins = (/** @type {string[]} */ all) => (all.length > 0 ? `, margins: ${all.join(", ")}` : "");

export const COMPARE = Object.freeze({
  run: (/** @type {string} */ letter) => `Run ${letter}`,
  method: (/** @type {string} */ letter) => `Method of run ${letter}`,
  loss: (/** @type {string} */ letter) => `Loss of run ${letter}`,
  branchLoss: "Loss of the branch",
  remove: (/** @type {string} */ letter) => `Remove run ${letter}`,
  more: (/** @type {string} */ letter) => `More of run ${letter}`,
  full: "Six runs are the most: remove one first.",
  asAll: (/** @type {string} */ help) => `${help} Empty: as all runs.`,

  opening: "Opening the runs …",
  ready: "Ready at step 0.",
  paused: (/** @type {string} */ step, /** @type {string[]} */ known) => `Paused at step ${step}${margins(known)}.`,
  rate: (/** @type {string} */ ticks) => `${ticks} ticks/s`,
  edited: (/** @type {string | undefined} */ scenario) => `“${scenario}” as edited on the page “Train”`,
  original: (/** @type {string | undefined} */ scenario) => `the scenario “${scenario}”`,
  data: (/** @type {number} */ pairs, /** @type {string} */ whose, /** @type {number} */ heldOut) => `${pairs} pairs of ${whose}, ${heldOut} held out.`,

  runOpening: "opening …",
  stopped: (/** @type {string} */ reason) => `⚠ stopped: ${reason}`,
  waits: (/** @type {string} */ letter, /** @type {number | undefined} */ step) => `waits for run ${letter} to reach step ${step}`,
  catchesUp: (/** @type {string} */ step, /** @type {string} */ ahead) => `catches up: step ${step} of ${ahead}`,
  stands: (/** @type {string} */ step) => `step ${step}`,
  branches: (/** @type {string} */ letter, /** @type {string} */ step, /** @type {boolean} */ refers) => `↳ branches off run ${letter} at step ${step}${refers ? ", which is its reference" : ""}`,

  picker: (/** @type {number} */ chart) => `What chart ${chart} shows`,
  runHead: "Run",
  stepHead: "Step",
  reference: "Reference",
  overBatch: "Over the last batch; what is held out, every tenth update. Pause to see all pairs.",
  overAll: "Over all pairs.",
});

/** What a chart may show. */
export const COMPARE_FIGURES = Object.freeze({
  margin: "Margin",
  marginUnit: "in each method's reward",
  loss: "Loss",
  lossUnit: "each method's own",
  accuracy: "Accuracy",
  chosen: "log π, chosen",
  rejected: "log π, rejected",
  nats: "nats",
  chosenChange: "Change of log π, chosen",
  rejectedChange: "Change of log π, rejected",
  heldOutMargin: "Margin, held-out",
  heldOutAccuracy: "Accuracy, held-out",
  kl: "KL to the reference",
  klUnit: "nats a token, held-out",
  perplexity: "Perplexity, held-out",
  wins: "Win rate by the judge",
  winsUnit: "estimated",
});
