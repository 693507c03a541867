// @ts-check
/** @import { History } from "./history.js" */
import { decimate } from "./decimate.js";

/** Values over some steps; null or undefined where nothing was measured. @typedef {(number | null | undefined)[]} Values */
/** The steps, then the values of each metric. @typedef {[number[], ...Values[]]} ChartData */

/**
 * The metrics that one chart shows, each from the history that has it, over all steps at which one of them was measured.
 * @param {string[]} metrics
 * @param {History[]} histories
 * @param {[number, number] | null} within first and last step; all, if there are none
 * @returns {ChartData}
 */
export function chartData(metrics, histories, within) {
  const sources = histories.map((history) => metrics.filter((metric) => history.indexOf(metric) >= 0));
  const known = sources.flat();
  const tables = histories.flatMap((history, place) => (sources[place].length > 0 ? [decimate(history, sources[place], undefined, within)] : []));
  const xs = tables.length > 1 ? union(tables.map(([steps]) => steps)) : (tables[0]?.[0] ?? []);
  const columns = tables.flatMap(([steps, ...columns]) => columns.map((values) => (steps === xs ? values : spreadOver(xs, steps, values))));
  return [xs, ...metrics.map((metric) => (known.includes(metric) ? columns[known.indexOf(metric)] : xs.map(() => null)))];
}

/** @param {number[][]} lists each rising */
function union(lists) {
  return [...new Set(lists.flat())].sort((one, other) => one - other);
}

/** @param {number[]} xs @param {number[]} steps @param {Values} values @returns {Values} */
function spreadOver(xs, steps, values) {
  const known = new Map(steps.map((step, row) => [step, values[row]]));
  return xs.map((x) => known.get(x));
}

/**
 * What was measured last up to a place, and at which step that was.
 * @param {number[]} xs
 * @param {Values} ys
 * @param {number} place
 */
export function measuredAt(xs, ys, place) {
  for (let row = place; row >= 0; row--) {
    const value = ys[row];
    if (value !== null && value !== undefined) return { step: xs[row], value };
  }
  return null;
}

/** The place of the step nearest to x; -1 if there is none. @param {number[]} xs rising @param {number} x */
export function nearest(xs, x) {
  return xs.reduce((best, step, place) => (best < 0 || Math.abs(step - x) < Math.abs(xs[best] - x) ? place : best), -1);
}
