// @ts-check
/** @import { PairScore } from "./messages.js" */

/** How far the mean of the pairs' losses may be from the batch's, as a share of it. */
const APART = 0.005;

/** What a loss over the margin is over: how much more the chosen answer has gained than the rejected one, nats. @param {PairScore} score */
export const gain = ({ chosen, rejected, referenceChosen, referenceRejected }) => chosen - referenceChosen - (rejected - referenceRejected);

/**
 * The loss of each pair and how strongly it pulls, the largest pull being 1; nothing where the method's loss is not one
 * of the margin: their mean is not the loss that was measured then.
 * @param {Float32Array | undefined} curve losses at the pairs' margins, then slopes
 * @param {number[]} weights of the pairs
 * @param {number} loss as it was measured
 */
export function perPair(curve, weights, loss) {
  if (!curve) return null;
  const all = weights.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const losses = [...curve.slice(0, all)];
  const mean = losses.reduce((sum, own, place) => sum + own * weights[place], 0) / total;
  if (!(Math.abs(mean - loss) <= APART * Math.max(1e-3, Math.abs(loss)))) return null;
  const slopes = [...curve.slice(all)].map((slope, place) => Math.abs(slope) * weights[place]);
  const most = Math.max(...slopes);
  return losses.map((own, place) => ({ loss: own, slope: slopes[place], pull: most > 0 ? slopes[place] / most : 0 }));
}
