// @ts-check
/** @import { Hyperparameter } from "./messages.js" */

/** @typedef {Pick<Hyperparameter, "min" | "max" | "step" | "scale">} Range */

/** @type {(value: number, range: Range) => number} */
const clamp = (value, { min, max }) => Math.min(Math.max(value, min), max);
/** Hides the noise of binary fractions. @type {(value: number) => number} */
const tidy = (value) => Number(value.toPrecision(6));

/**
 * The next value up (1) or down (-1): 1, 2, 5, 10 … where factors count, the range's step elsewhere.
 * @param {Range} range
 * @param {number} value
 * @param {1 | -1} direction
 */
export function nextRung(range, value, direction) {
  if (range.scale !== "log") return tidy(clamp(value + direction * range.step, range));
  const decade = Math.floor(Math.log10(value) + 1e-9);
  const rungs = [decade - 1, decade, decade + 1].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power));
  const beyond = rungs.filter((rung) => direction * (rung - value) > 1e-6 * value);
  const next = direction > 0 ? Math.min(...beyond) : Math.max(...beyond);
  return tidy(clamp(next, range));
}
