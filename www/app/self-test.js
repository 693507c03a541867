// @ts-check
/** @import { Evaluation } from "./state.js" */
import { fixed } from "./format.js";
import { LOSSES } from "./strings/losses.js";

const TOLERANCE = 1e-4;

/** What theory wants at step 0: a loss, undefined where it depends on the data; `margins` if there are any. @typedef {{ loss: number | undefined, margins: boolean }} Wanted */

/**
 * Whether the numbers at step 0 are those that theory wants: the policy still is its reference, so all
 * margins are 0, and the loss is what the method says it is there.
 * @param {Wanted} wanted
 * @param {Evaluation | null} evaluation
 * @returns {{ passed: boolean, text: string } | null} null at any other step, and where nothing is measured
 */
export function selfTest(wanted, evaluation) {
  if (evaluation?.step !== 0) return null;
  const { loss, "rewards/margins": margin } = evaluation.row;
  const zero = !wanted.margins || Math.abs(margin) < TOLERANCE;
  const met = wanted.loss === undefined || Math.abs(loss - wanted.loss) < TOLERANCE;
  const compared = wanted.loss === undefined ? "" : ` ${met ? "=" : "≠"} ${spoken(wanted.loss)}`;
  const measured = [];
  // Not every method has a loss on pairs.
  if (Number.isFinite(loss) || !met) measured.push(`${LOSSES.selfTestLoss(fixed(loss, 4))}${compared}`);
  if (wanted.margins) measured.push(LOSSES.selfTestMargins(fixed(margin, 4)));
  if (measured.length === 0) return null;
  const passed = zero && met;
  return { passed, text: (passed ? LOSSES.passed : LOSSES.notPassed)(measured.join(", ")) };
}

/** @param {number} value */
function spoken(value) {
  return value === Math.LN2 ? "ln 2" : fixed(value, 4);
}
