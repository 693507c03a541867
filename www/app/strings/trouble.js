// @ts-check
/** What went wrong, on every page, and what can be done about it. */
export const TROUBLE = Object.freeze({
  dismiss: "Dismiss this message",
  again: "Try again",
  failed: (/** @type {string} */ reason) => `That did not work: ${reason}.`,
  failedKept: (/** @type {string} */ reason) => `That did not work: ${reason}. What you typed is kept.`,
  unfitNumber: (/** @type {string} */ label, /** @type {number} */ least, /** @type {number} */ most) => `${label} must lie between ${least} and ${most}: the old value stays.`,
  stopped: (/** @type {string} */ reason, /** @type {string} */ kept) => `The trainer stopped working (${reason}). Start it again; ${kept}, training begins anew.`,
  restarted: "the trainer was restarted",
  unreadMessage: "a message could not be read",
  unloaded: "its file could not be loaded",
  pairsKept: "the pairs are kept",
  changesKept: "what you changed is kept",
});
