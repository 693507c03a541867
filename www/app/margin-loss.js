// @ts-check
import { rung } from "./ticks.js";

/** The margin of a pair as a loss that is written down has it. */
const MARGIN = "((lw-rw)-(ll-rl))";
/** What else a loss may read of a pair. */
const OF_A_PAIR = /\b(lw|ll|rw|rl|nw|nl)\b/;

/**
 * Whether a loss reads nothing of a pair but its margin, the difference of the log-ratios: then every pair lies on
 * one curve.
 * @param {string | undefined} written the loss as a person would write it, if it can be written
 */
export function isOfMarginAlone(written) {
  const rest = written?.replaceAll(/\s+/g, "").replaceAll(MARGIN, " ");
  return rest !== undefined && rest !== "" && !OF_A_PAIR.test(rest);
}

/**
 * How far to either side of 0 the curve is drawn, nats: where a loss of beta times the margin bends, and as far as
 * the pairs lie.
 * @param {number | undefined} beta
 * @param {Iterable<number>} margins
 */
export function reach(beta, margins) {
  const farthest = Math.max(0, ...[...margins].map(Math.abs).filter(Number.isFinite));
  return Math.max(rung(Math.max(4 / (beta || 0.1), 1)), rung(1.1 * farthest || 1));
}

/**
 * The height of a curve between its points.
 * @param {ArrayLike<number>} xs ascending, evenly apart
 * @param {ArrayLike<number>} ys
 * @param {number} x
 */
export function heightAt(xs, ys, x) {
  const place = ((x - xs[0]) / (xs[xs.length - 1] - xs[0])) * (xs.length - 1);
  const below = Math.min(Math.max(Math.floor(place), 0), xs.length - 2);
  return ys[below] + (place - below) * (ys[below + 1] - ys[below]);
}
