// @ts-check
/** Why a pair is left out of training. */

const quoted = (/** @type {string[]} */ texts) => texts.map((text) => `“${text}”`).join(", ");

export const PAIR_PROBLEMS = Object.freeze({
  unknown: (/** @type {string} */ policy, /** @type {string[]} */ texts, /** @type {string} */ field) => `The policy “${policy}” has no token for ${quoted(texts)} in ${field}.`,
  special: (/** @type {string[]} */ texts, /** @type {string} */ field) => `${quoted(texts)} in ${field} has a meaning of its own for this policy; write plain text.`,
  empty: "Empty so far: type what to prefer.",
  same: "Chosen and rejected are the same: nothing to learn.",
  noPrompt: (/** @type {string} */ policy) => `The policy “${policy}” needs a prompt.`,
  tooLong: (/** @type {string} */ field, /** @type {number} */ over) => `Prompt and ${field} are ${over} ${over === 1 ? "token" : "tokens"} too long for this policy.`,
});
