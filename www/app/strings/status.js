// @ts-check
/** Where training stands, on every page. */
export const STATUS = Object.freeze({
  failed: "Not ready: see the message.",
  loading: "Loading the policy …",
  waiting: (/** @type {string} */ step, /** @type {string} */ waits) => `Waiting at step ${step}: training goes on when you have ${waits}.`,
  running: (/** @type {string} */ step) => `Running: step ${step}.`,
  ready: "Ready at step 0",
  paused: (/** @type {string} */ step) => `Paused at step ${step}`,
  rests: (/** @type {string} */ where) => `${where}.`,
  measured: (/** @type {string} */ where, /** @type {string[]} */ figures) => `${where}: ${figures.join(", ")}.`,
  loss: (/** @type {string} */ loss) => `loss ${loss}`,
  margin: (/** @type {string} */ margin) => `margin ${margin}`,
  accuracy: (/** @type {string} */ accuracy) => `accuracy ${accuracy}`,
  fell: (/** @type {string} */ nats) => `chosen log-prob fell ${nats}`,
  rose: (/** @type {string} */ nats) => `chosen log-prob rose ${nats}`,
  judged: "judged a first pair of answers",
  stronger: "a stronger policy to judge by",
  untilOpen: (/** @type {string} */ engine) => `${engine}, until another is open`,
  untilReady: (/** @type {string} */ engine, /** @type {number} */ done, /** @type {number} */ all) => `${engine}, until the GPU is ready: ${done} of ${all} kernels`,
  rate: (/** @type {string} */ updates) => `${updates} updates/s`,
  seed: (/** @type {number} */ seed) => `Seed ${seed} counts from the next Reset on.`,
});
