// @ts-check
/** @import { Rows } from "../app/messages.js" */
/** @import { PairErrors } from "../pkg/playground.js" */

/** Columns of the denoising errors of a pair: the errors, and how far the policy's are below its reference's. */
export const ERROR_COLUMNS = /** @type {const} */ (["chosen", "rejected", "reference_chosen", "reference_rejected", "gain_chosen", "gain_rejected"]);

/** Errors as rows, one a timestep. @param {PairErrors} errors @returns {Rows} */
export function errorRows({ timesteps, chosen, rejected }) {
  const rows = Array.from(timesteps, (_, at) => [
    chosen.policy[at],
    rejected.policy[at],
    chosen.reference[at],
    rejected.reference[at],
    chosen.reference[at] - chosen.policy[at],
    rejected.reference[at] - rejected.policy[at],
  ]);
  return { columns: [...ERROR_COLUMNS], steps: timesteps, values: Float32Array.from(rows.flat()) };
}
