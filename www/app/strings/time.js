// @ts-check
import { count } from "../format.js";

/** What the time axis says. */
export const TIME_WORDS = Object.freeze({
  name: "Time axis",
  short: "Time",
  slider: "Step that is shown",
  newest: (/** @type {number} */ step) => `step ${count(step)}, the newest`,
  at: (/** @type {number} */ step, /** @type {number} */ newest) => `step ${count(step)} of ${count(newest)}`,
  lookingBack: (/** @type {number} */ step, /** @type {number} */ newest) =>
    `Step ${count(step)} of ${count(newest)}: looking back. Everything shows the policy of then; training from here drops the later steps.`,
  hint: "Drag back to see the policy as it was at an earlier step.",
  back: "Earlier step",
  forward: "Later step",
  goNewest: "Newest",
  proceed: "Continue from here",
  go: "Go to step",
});
