// @ts-check
/** @import { Hyperparameter } from "./messages.js" */
/** How a control runs over the range of a number. */

/** @typedef {Pick<Hyperparameter, "min" | "max" | "step" | "scale">} Range */

/** @type {(value: number, range: Range) => number} */
const clamp = (value, { min, max }) => Math.min(Math.max(value, min), max);
/** Hides the noise of binary fractions. @type {(value: number) => number} */
const tidy = (value) => Number(value.toPrecision(6));
/** Where factors begin: a range from 0 has none before its step. @param {Range} range */
const least = ({ min, step }) => (min > 0 ? min : step);

/**
 * The next value up (1) or down (-1): 1, 2, 5, 10 … where factors count, the range's step elsewhere.
 * @param {Range} range
 * @param {number} value
 * @param {1 | -1} direction
 */
export function nextRung(range, value, direction) {
  if (range.scale !== "log") return tidy(clamp(value + direction * range.step, range));
  const bottom = least(range);
  if (direction > 0 && value < bottom) return bottom;
  if (direction < 0 && value <= bottom) return range.min;
  const decade = Math.floor(Math.log10(value) + 1e-9);
  const rungs = [decade - 1, decade, decade + 1].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power));
  const beyond = rungs.filter((rung) => direction * (rung - value) > 1e-6 * value);
  const next = direction > 0 ? Math.min(...beyond) : Math.max(...beyond);
  return tidy(clamp(next, range));
}

/** Where a slider over the range stands at a value, from 0 to 1. @param {Range} range @param {number} value */
export function shareAt(range, value) {
  const { min, max, scale } = range;
  if (scale !== "log") return (value - min) / (max - min);
  const bottom = least(range);
  return value <= bottom ? 0 : Math.log(value / bottom) / Math.log(max / bottom);
}

/** The value of a slider over the range that stands there, as round as a person would type it. @param {Range} range @param {number} share */
export function valueAt(range, share) {
  const { min, max, step, scale } = range;
  if (share <= 0) return min;
  if (share >= 1) return max;
  if (scale !== "log") return tidy(clamp(step * Math.round((min + share * (max - min)) / step), range));
  const bottom = least(range);
  return clamp(Number((bottom * (max / bottom) ** share).toPrecision(2)), range);
}
