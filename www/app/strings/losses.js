// @ts-check
/** Methods in the list, their formulas and numbers, and losses that a person writes. */
export const LOSSES = Object.freeze({
  groups: Object.freeze({
    pairs: "From preference pairs",
    chosen: "From chosen answers alone",
    rejected: "From rejected answers alone",
    own: "From its own answers alone",
    compared: "From its own answers, compared by a judge",
    rewarded: "From its own answers, rewarded by a judge",
    written: "Written by you",
  }),
  custom: "A loss of your own",
  sum: "A weighted sum of losses",
  summary: (/** @type {string} */ summary, /** @type {string} */ source) => `${summary} (${source})`,
  mean: (/** @type {string} */ loss) => `mean loss ${loss}`,
  margin: (/** @type {string} */ chosen, /** @type {string} */ rejected, /** @type {string} */ margin) => `mean margin ${chosen} − (${rejected}) = ${margin}`,

  loss: "Loss",
  use: "Use it",
  form: (/** @type {string} */ name) => `${name}, written by you`,
  numbers: "Any other name becomes a number that you can set; + − * / ^ and parentheses work as usual.",
  unread: (/** @type {string} */ reason, /** @type {string} */ run) => `This loss cannot be read, ${reason}. ${run} goes on with the one before.`,
  run: "The run",

  selfTestLoss: (/** @type {string} */ loss) => `loss ${loss}`,
  selfTestMargins: (/** @type {string} */ margins) => `margins ${margins}`,
  passed: (/** @type {string} */ measured) => `✓ Self-test: ${measured}`,
  notPassed: (/** @type {string} */ measured) => `✗ Self-test failed: ${measured}; the policy should equal its reference`,
});
