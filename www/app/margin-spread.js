// @ts-check
/** @import { PairScore, Rows } from "./messages.js" */
import { quantile } from "./quantiles.js";

/** How far the margins of the single pairs lie apart, as columns of a history. */
export const SPREAD = Object.freeze({ least: "spread/least", low: "spread/p10", middle: "spread/p50", high: "spread/p90", most: "spread/most" });

/** The quantile of each column, in their order. */
const QUANTILES = [0, 0.1, 0.5, 0.9, 1];

/**
 * The quantiles of all pairs' margins at one step, as a row of a history.
 * @param {number} step
 * @param {Iterable<PairScore>} scores
 * @returns {Rows}
 */
export function spreadRows(step, scores) {
  const margins = Float32Array.from(scores, ({ margin }) => margin).sort();
  const known = margins.length > 0;
  return {
    columns: Object.values(SPREAD),
    steps: Uint32Array.from(known ? [step] : []),
    values: Float32Array.from(known ? QUANTILES.map((q) => quantile(margins, q)) : []),
  };
}
