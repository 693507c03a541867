// @ts-check

/** A token and how likely it comes next. @typedef {{ id: number, policy: number, reference: number }} NextToken */
/**
 * What comes next, under the policy and under its reference: probabilities, and entropies in nats.
 * @typedef {object} NextTokens
 * @property {NextToken[]} tokens the likeliest of each, by the policy's probability
 * @property {{ policy: number, reference: number }} rest what all others have together
 * @property {number} others how many those are
 * @property {{ policy: number, reference: number }} entropy
 */

/**
 * The `count` likeliest tokens of the policy and those of the reference, with what both give them.
 * @param {ArrayLike<number>} policy log-probabilities by token id, nats
 * @param {ArrayLike<number>} reference
 * @param {number} count
 * @param {number} [wanted] a token that is listed whatever its rank
 * @returns {NextTokens}
 */
export function nextTokens(policy, reference, count, wanted) {
  const listed = new Set([...likeliest(policy, count), ...likeliest(reference, count)]);
  if (wanted !== undefined) listed.add(wanted);
  const tokens = [...listed]
    .map((id) => ({ id, policy: Math.exp(policy[id]), reference: Math.exp(reference[id]) }))
    .sort((one, other) => other.policy - one.policy || one.id - other.id);
  /** @type {(of: "policy" | "reference") => number} */
  const left = (of) => Math.max(0, 1 - tokens.reduce((sum, token) => sum + token[of], 0));
  return {
    tokens,
    rest: { policy: left("policy"), reference: left("reference") },
    others: policy.length - tokens.length,
    entropy: { policy: entropy(policy), reference: entropy(reference) },
  };
}

/** The ids of the largest log-probabilities, largest first. @param {ArrayLike<number>} logProbs @param {number} count */
export function likeliest(logProbs, count) {
  const ids = Array.from({ length: logProbs.length }, (_, id) => id);
  return ids.sort((one, other) => logProbs[other] - logProbs[one] || one - other).slice(0, count);
}

/** In nats. @param {ArrayLike<number>} logProbs */
export function entropy(logProbs) {
  let sum = 0;
  for (let id = 0; id < logProbs.length; id++) {
    const probability = Math.exp(logProbs[id]);
    // What cannot happen adds nothing.
    if (probability > 0) sum -= probability * logProbs[id];
  }
  return sum;
}
