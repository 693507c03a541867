// @ts-check

/** How likely something is. @typedef {{ policy: number, reference: number }} Likely */
/**
 * Where probability came from and went to.
 * @template T
 * @typedef {object} Moves
 * @property {(T & { change: number })[]} gained the answers that gained most, most first
 * @property {(T & { change: number })[]} lost those that lost most, most first
 * @property {Likely & { count: number }} others answers that were reached and are not listed
 * @property {Likely} open all answers that were not reached
 */

/**
 * The answers whose probability rose and fell most from the reference to the policy; every other answer is in one of
 * the two rests, so that all changes add up to nothing.
 * @template {Likely} T
 * @param {T[]} answers each once
 * @param {Likely} open the probability of all other answers
 * @param {number} most of either kind
 * @returns {Moves<T>}
 */
export function probabilityMoves(answers, open, most) {
  const moved = answers.map((answer) => ({ ...answer, change: answer.policy - answer.reference }));
  const gained = moved.filter(({ change }) => change > 0).sort((one, other) => other.change - one.change).slice(0, most);
  const lost = moved.filter(({ change }) => change < 0).sort((one, other) => one.change - other.change).slice(0, most);
  const listed = new Set([...gained, ...lost]);
  const others = moved.filter((answer) => !listed.has(answer));
  /** @type {(of: "policy" | "reference") => number} */
  const sum = (of) => others.reduce((total, answer) => total + answer[of], 0);
  return { gained, lost, others: { count: others.length, policy: sum("policy"), reference: sum("reference") }, open };
}
