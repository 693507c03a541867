// @ts-check
/** @import { Rows } from "../app/messages.js" */
/** @import { Samples } from "./messages.js" */
/** What a rule gives the samples on the screen, as figures. */

export const POLICY_POINTS = "points/policy";
export const REFERENCE_POINTS = "points/reference";
/** How often the policy's sample has more points than the reference's of the same noise; of equals, half count. */
export const SAMPLE_WINS = "points/wins";

/** One row of figures; nothing without a rule. @param {Samples} samples @returns {Rows | null} */
export function samplesRow({ step, points }) {
  if (!points) return null;
  const values = Float32Array.of(mean(points.policy), mean(points.reference), wins(points.policy, points.reference));
  return { columns: [POLICY_POINTS, REFERENCE_POINTS, SAMPLE_WINS], steps: Uint32Array.of(step), values };
}

/** @param {Float32Array} values */
export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param {Float32Array} own @param {Float32Array} others */
export function wins(own, others) {
  const won = own.reduce((sum, value, index) => sum + (value > others[index] ? 1 : value === others[index] ? 0.5 : 0), 0);
  return won / own.length;
}
