// @ts-check
/** @import { Evaluation } from "./state.js" */
import { fixed } from "./format.js";

const TOLERANCE = 1e-4;

/**
 * The losses that equal ln 2 where the policy is its reference: those of a logistic function of the margin.
 * @type {ReadonlySet<string>}
 */
const LOGISTIC = new Set(["dpo"]);

/**
 * Whether the numbers at step 0 are those that theory wants: the policy still is its reference, so all
 * margins are 0, and a logistic loss is ln 2.
 * @param {string} method
 * @param {Evaluation | null} evaluation
 * @returns {{ passed: boolean, text: string } | null} null at any other step
 */
export function selfTest(method, evaluation) {
  if (evaluation?.step !== 0) return null;
  const { loss, "rewards/margins": margin } = evaluation.row;
  const logistic = LOGISTIC.has(method);
  const zero = Math.abs(margin) < TOLERANCE;
  const ln2 = !logistic || Math.abs(loss - Math.LN2) < TOLERANCE;
  const measured = `loss ${fixed(loss, 4)}${logistic ? ` ${ln2 ? "=" : "≠"} ln 2` : ""}, margins ${fixed(margin, 4)}`;
  return zero && ln2
    ? { passed: true, text: `✓ Self-test: ${measured}` }
    : { passed: false, text: `✗ Self-test failed: ${measured}; the policy should equal its reference` };
}
