// @ts-check

/** A whole answer and how likely it is. @typedef {{ text: string, policy: number, reference: number }} Answer */
/**
 * Where probability came from and went to.
 * @typedef {object} Moves
 * @property {(Answer & { change: number })[]} gained those that gained most, most first
 * @property {(Answer & { change: number })[]} lost those that lost most, most first
 * @property {{ count: number, policy: number, reference: number }} others answers that were reached and are not listed
 * @property {{ policy: number, reference: number }} open all answers that were not reached
 */

/**
 * The answers whose probability rose and fell most from the reference to the policy; every other answer is in one of
 * the two rests, so that all changes add up to nothing.
 * @param {Answer[]} answers each once
 * @param {{ policy: number, reference: number }} open the probability of all other answers
 * @param {number} most of either kind
 * @returns {Moves}
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
