// @ts-check
/** @import { Found } from "./read.js" */

/**
 * Makes pairs of answers to one prompt that were judged by themselves: the first good one and the first bad one, and
 * so on, as the core does. A pair stands where the later of its two lines stood; an answer without a counterpart stays.
 * @param {Found[]} found
 * @returns {Found[]} in the order of their lines
 */
export function pairUp(found) {
  /** For each prompt the answers that wait for a counterpart; all good or all bad. @type {Map<string, Found[]>} */
  const waiting = new Map();
  /** @type {Found[]} */
  const pairs = [];
  for (const one of found) {
    const { prompt, only } = one.pair;
    if (only === undefined) {
      pairs.push(one);
      continue;
    }
    const others = waiting.get(prompt) ?? [];
    waiting.set(prompt, others);
    if (others.length === 0 || others[0].pair.only === only) others.push(one);
    else pairs.push(together(/** @type {Found} */ (others.shift()), one));
  }
  for (const left of waiting.values()) pairs.push(...left);
  return pairs.sort((one, other) => one.line - other.line);
}

/** @param {Found} earlier @param {Found} later @returns {Found} */
function together(earlier, later) {
  const [good, bad] = earlier.pair.only === "chosen" ? [earlier.pair, later.pair] : [later.pair, earlier.pair];
  const { only: _, ...rest } = good;
  return { line: later.line, pair: { ...rest, rejected: bad.rejected } };
}
