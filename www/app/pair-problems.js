// @ts-check
/** @import { Pair, PairProblem } from "./messages.js" */
import { visible } from "./format.js";
import { PAIR_PROBLEMS } from "./strings/pair-problems.js";

/**
 * A text as tokens, with what the policy cannot read.
 * @typedef {{ ids: number[], unknown: string[], special: string[] }} Reading
 */
/**
 * What limits a policy's texts.
 * @typedef {object} Limits
 * @property {string} title what the policy is called
 * @property {number} context the most tokens it sees
 * @property {boolean} begins whether it puts a begin token before the prompt
 */
/** @typedef {{ prompt: number[], chosen: number[], rejected: number[] }} Tokens */

const FIELDS = /** @type {const} */ (["prompt", "chosen", "rejected"]);

/**
 * The tokens of a pair, or why it is left out of training until it is mended.
 * @param {Pair} pair
 * @param {(text: string) => Reading} read
 * @param {Limits} limits
 * @returns {{ tokens: Tokens | null, problems: PairProblem[] }}
 */
export function readPair(pair, read, limits) {
  /** @type {PairProblem[]} */
  const problems = [];
  /** @type {(field: PairProblem["field"], message: string) => void} */
  const problem = (field, message) => void problems.push({ id: pair.id, field, message });
  /** @type {Tokens} */
  const tokens = { prompt: [], chosen: [], rejected: [] };
  for (const field of FIELDS) {
    const { ids, unknown, special } = read(pair[field]);
    tokens[field] = ids;
    if (unknown.length > 0) {
      problem(field, PAIR_PROBLEMS.unknown(limits.title, unknown.map(visible), field));
    }
    if (special.length > 0) {
      problem(field, PAIR_PROBLEMS.special(special.map(visible), field));
    }
  }
  if (problems.length > 0) return { tokens: null, problems };

  if (pair.chosen === pair.rejected) {
    const empty = pair.prompt === "" && pair.chosen === "";
    problem("pair", empty ? PAIR_PROBLEMS.empty : PAIR_PROBLEMS.same);
  }
  if (!limits.begins && tokens.prompt.length === 0) {
    problem("prompt", PAIR_PROBLEMS.noPrompt(limits.title));
  }
  const beginning = (limits.begins ? 1 : 0) + tokens.prompt.length;
  for (const field of /** @type {const} */ (["chosen", "rejected"])) {
    const over = beginning + tokens[field].length - limits.context;
    if (over > 0) {
      problem(field, PAIR_PROBLEMS.tooLong(field, over));
    }
  }
  return { tokens: problems.length > 0 ? null : tokens, problems };
}
