// @ts-check
/** @import { LanguageSession, TokenPair } from "../pkg/playground.js" */
/** @import { AnswersOf, AnswersShown, Beginning, NextShown, Side } from "../app/messages.js" */
/** @import { PolicyFiles } from "./policy-library.js" */
import { nextTokens } from "../app/next-tokens.js";
import { probabilityMoves } from "../app/probability-moves.js";
import { readBeginning, readPrompt } from "./prompt.js";

/** How many next tokens of policy and of reference are shown. */
const LIKELIEST = 10;
/** How many answers that gained, and that lost, are shown. */
const MOVED = 8;

/**
 * What may follow a prompt and the beginning of an answer.
 * @param {LanguageSession} session
 * @param {PolicyFiles} files
 * @param {{ prompt: Uint32Array, completion: Uint32Array, here?: number }} place `here` is the token that stands there: it is shown whatever its rank
 * @returns {Promise<NextShown>}
 */
export async function lookNext(session, { codec, end }, { prompt, completion, here }) {
  const { policy, reference } = await session.nextTokens(prompt, completion);
  const next = nextTokens(policy, reference, LIKELIEST, here);
  return { ...next, here, tokens: next.tokens.map((token) => ({ ...token, text: codec.decode([token.id]), end: token.id === end })) };
}

/**
 * @param {LanguageSession} session
 * @param {PolicyFiles} files
 * @param {Beginning} at
 * @returns {Promise<{ problem: string | null, shown: NextShown | null }>}
 */
export async function explore(session, files, at) {
  const { problem, ...place } = readBeginning(at, files);
  return { problem, shown: problem === null ? await lookNext(session, files, place) : null };
}

/** Beginnings of answers that the core looks at together. */
const AT_ONCE = 32;
/** The most of them: more would take the memory of a phone. */
const MOST_EXPANSIONS = 16_384;

/**
 * How many beginnings of answers are looked past in some time, by how long the first ones took: as many every time, so
 * that what is reached does not change with the moment.
 * @param {number} took milliseconds for the first ones
 * @param {number} milliseconds
 */
export function expansionsIn(took, milliseconds) {
  const doublings = Math.floor(Math.log2(Math.max(milliseconds / Math.max(took, 1), 1)));
  return Math.min(AT_ONCE * 2 ** doublings, MOST_EXPANSIONS);
}

/**
 * Where the probability of the answers to one prompt went.
 * @param {LanguageSession} session
 * @param {PolicyFiles} files
 * @param {{ at: AnswersOf, expansions?: number, maxTokens: number, pairs: TokenPair[], alone: ReadonlyMap<number, Side> }} what `alone` is the only side of those pairs that have one
 * @returns {Promise<{ problem: string | null, shown: AnswersShown | null }>}
 */
export async function lookAtAnswers(session, files, { at, expansions = AT_ONCE, maxTokens, pairs, alone }) {
  const { ids, room, problem } = readPrompt(at.prompt, files);
  if (problem !== null) return { problem, shown: null };
  const found = await session.enumerate(ids, { expansions, maxTokens: Math.min(maxTokens, room) });
  const answers = found.completions.map((completion, place) => ({ completion, policy: found.policy[place], reference: found.reference[place] }));
  const moves = probabilityMoves(answers, found.open, MOVED);
  /** @type {(moved: (typeof moves.gained)[number]) => import("../app/probability-moves.js").Likely & { text: string, change: number }} */
  const written = ({ completion, ...numbers }) => ({ ...numbers, text: files.codec.decode(completion) });
  const own = pairs.filter(({ prompt }) => same(prompt, ids));
  const scores = own.length > 0 ? await session.scorePairs(Uint32Array.from(own, ({ id }) => id)) : [];
  /** The answers of one side, each once: an answer may stand in several pairs. @param {Side} side */
  const together = (side) => {
    const reference = side === "chosen" ? "referenceChosen" : "referenceRejected";
    const having = scores.filter(({ id }) => (alone.get(id) ?? side) === side);
    const each = new Map(having.map((score) => [String(own.find(({ id }) => id === score.id)?.[side]), score]));
    const sum = (/** @type {typeof side | typeof reference} */ of) => [...each.values()].reduce((total, score) => total + Math.exp(score[of]), 0);
    return { count: each.size, policy: sum(side), reference: sum(reference) };
  };
  return {
    problem,
    shown: {
      moves: { ...moves, gained: moves.gained.map(written), lost: moves.lost.map(written) },
      kl: found.kl,
      chosen: together("chosen"),
      rejected: together("rejected"),
    },
  };
}

/** @param {ArrayLike<number>} one @param {ArrayLike<number>} other */
function same(one, other) {
  return one.length === other.length && Array.from(one).every((id, place) => id === other[place]);
}
