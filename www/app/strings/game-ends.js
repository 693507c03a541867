// @ts-check
/** Where theory says that a method ends in a game. */
export const ENDS = Object.freeze({
  features: "The responses share features here, so the policy cannot take every shape: no method is promised a place, and the marks are for comparison.",
  stationaryPoint: (/** @type {string} */ method, /** @type {string} */ strength) =>
    `${method} ends at its stationary point ■. With mix above 0 that is not itself a Nash equilibrium: its mixture with the reference is one, held with a strength of ${strength} / (1 − mix).`,
  onlineIpo: "Online IPO ends at the equilibrium ▲, the Nash equilibrium in which leaving the reference costs tau a nat.",
  inpo: "INPO comes nearer to the equilibrium ▲ with each iteration.",
  onlineDpo: "Online DPO does not look for the equilibrium ▲ of its own beta. It comes close to that of another strength, about a quarter of beta, without finding it; at small beta it may circle for long.",
  noReward: "No reward explains these preferences, so the optimum that DPO assumes does not exist; the marks are for comparison.",
  flipped: (/** @type {number} */ percent) => `DPO takes flipped labels (${percent} %) at their word, so it stops short of the optimum ★ of the true rewards.`,
  near: "DPO ends near the optimum ★: so few pairs show changed rewards to the nearest whole number of wins.",
  dpo: "DPO on these pairs ends at the optimum ★ of the rewards.",
  robust: (/** @type {number} */ flips) => `Robust DPO ends at the optimum ★ if its label smoothing is the share of flipped labels: ${flips}.`,
  bestResponse: "The reward of a response is how often it beats one of the reference: the policy learns what is best against the reference, which is no equilibrium.",
  optimum: (/** @type {string} */ method) => `${method} ends at the optimum ★ of the rewards.`,
  unknown: (/** @type {string} */ summary) => `${summary} Where it ends is not among what is known here; the marks are for comparison.`,
});
