// @ts-check
/** @import { Evaluation } from "./state.js" */
import { fixed } from "./format.js";
import { LOSSES } from "./strings/losses.js";

const TOLERANCE = 1e-4;

/**
 * Whether the numbers at step 0 are those that theory wants: the policy still is its reference, so all
 * margins are 0, and the loss is what the method says it is there.
 * @param {number | undefined} lossAtReference undefined where it depends on the data
 * @param {Evaluation | null} evaluation
 * @returns {{ passed: boolean, text: string } | null} null at any other step
 */
export function selfTest(lossAtReference, evaluation) {
  if (evaluation?.step !== 0) return null;
  const { loss, "rewards/margins": margin } = evaluation.row;
  const zero = Math.abs(margin) < TOLERANCE;
  const met = lossAtReference === undefined || Math.abs(loss - lossAtReference) < TOLERANCE;
  const wanted = lossAtReference === undefined ? "" : ` ${met ? "=" : "≠"} ${spoken(lossAtReference)}`;
  // Not every method has a loss on pairs.
  const loses = Number.isFinite(loss) || !met ? `${LOSSES.selfTestLoss(fixed(loss, 4))}${wanted}, ` : "";
  const measured = `${loses}${LOSSES.selfTestMargins(fixed(margin, 4))}`;
  return zero && met
    ? { passed: true, text: LOSSES.passed(measured) }
    : { passed: false, text: LOSSES.notPassed(measured) };
}

/** @param {number} value */
function spoken(value) {
  return value === Math.LN2 ? "ln 2" : fixed(value, 4);
}
