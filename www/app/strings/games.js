// @ts-check
/** What the page of games says. */

/** How places are called, the sign of each in texts and its letter in drawings. */
export const NAMES = Object.freeze({
  policy: Object.freeze({ title: "Policy", sign: "●", letter: "π" }),
  reference: Object.freeze({ title: "Reference", sign: "◇", letter: "ref" }),
  stationaryPoint: Object.freeze({ title: "Stationary point", sign: "■", letter: "S" }),
  equilibrium: Object.freeze({ title: "Equilibrium", sign: "▲", letter: "E" }),
  optimum: Object.freeze({ title: "Optimum", sign: "★", letter: "O" }),
});

/** @typedef {keyof typeof NAMES} Name */

export const GAMES = Object.freeze({
  opening: "Setting up the game …",
  kl: (/** @type {string} */ kl) => `KL ${kl} nats`,
  wins: (/** @type {string} */ rate) => `win rate ${rate}`,
  distanceTo: (/** @type {string} */ distance, /** @type {Name} */ place) => `${distance} from the ${NAMES[place].title.toLowerCase()}`,
  leads: "Where it leads. ",

  distance: "Distance",
  name: (/** @type {Name} */ name) => `${NAMES[name].title}, ${NAMES[name].letter}`,
  triangle: "The policy's path through the triangle",
  grid: (/** @type {string} */ every, /** @type {string[]} */ [top, left, right]) => `Lines every ${every} %; ${top} ↑, ${left} ↙, ${right} ↘. Drag the reference ◇, or change its numbers.`,
  gives: (/** @type {string[]} */ policy, /** @type {string[]} */ reference, /** @type {string[]} */ distances) =>
    `The policy gives ${policy.join(", ")}; it started from ${reference.join(", ")} and is ${distances.join(", ")}.`,

  distanceFigure: (/** @type {Name} */ place) => `Distance to the ${NAMES[place].title.toLowerCase()} ${NAMES[place].sign}`,
  klFigure: "KL(π ‖ π_ref), nats",
  winFigure: "Win rate against the reference",
  exploitability: "Exploitability",
  distances: "Distance to where methods end",
  distancesUnit: "total variation",
  placeLine: (/** @type {Name} */ place) => `${NAMES[place].title.toLowerCase()} ${NAMES[place].sign}`,
  divergence: "Divergence from the reference",
  divergenceUnit: "nats",
  divergenceLine: "KL(π ‖ π_ref)",
  winRate: "Win rate",
  winRateUnit: "against the reference",
  winRateLine: "win rate",
  exploitabilityUnit: "how much its best answer wins",
  exploitabilityLine: "exploitability",
});

/** The tables of what is thought of the responses, and why a number in them is refused. */
export const THOUGHTS = Object.freeze({
  rewardOf: (/** @type {string} */ response) => `Reward of ${response}`,
  rewards: "Rewards",
  reward: "Reward",
  beats: (/** @type {string} */ winner, /** @type {string} */ loser) => `p(${winner} ≻ ${loser})`,
  preferences: "Preferences",
  rowBeats: "p(row ≻ column)",
  referenceOf: (/** @type {string} */ response) => `Reference of ${response}`,
  reference: "Reference",
  labelled: (/** @type {string} */ truth, /** @type {string} */ labels) => `${truth}, labels ${labels}`,
  flipped: (/** @type {string} */ percent) => ` Of the labels ${percent} % are flipped.`,
  differences: "Differences of rewards are log-odds of winning.",
  howOften: "How often the response of a row beats that of a column; its mirror image follows.",
  text: (/** @type {string} */ prompt, /** @type {string} */ edited, /** @type {string} */ flips) => `“${prompt}” ${edited} Change one while it runs: the policy turns to its new target.${flips}`,

  unfit: (/** @type {string} */ rule) => `${rule}. The old value stays.`,
  probability: (/** @type {string} */ what) => `${what} is a probability: it must be a number from 0 to 1`,
  rewardBounds: (/** @type {string} */ response, /** @type {number} */ most) => `The reward of “${response}” must be a number from −${most} to ${most}`,
  referenceBounds: (/** @type {string} */ response, /** @type {number} */ least, /** @type {number} */ most) =>
    `The reference's probability of “${response}” must be a number from ${least} to ${most}, since no policy could give what the reference never gives`,
});
