// @ts-check
/** @import { Pair, Side } from "./messages.js" */
/** @import { State } from "./state.js" */
import { PAIRS } from "./strings/pairs.js";
import { currentMethod, judgeLearns } from "./state.js";

/** Which answers training reads: a method its own, a judge that learns both. @typedef {Record<Side, boolean>} Sides */

/** @type {Record<string, Sides>} */
const SIDES = Object.fromEntries(
  [[true, true], [true, false], [false, true], [false, false]].map(([chosen, rejected]) => [`${chosen} ${rejected}`, { chosen, rejected }]),
);

/** Which sides of the pairs training reads as the page is set: the same object for the same sides. @param {State} state @returns {Sides} */
export function sidesRead(state) {
  const { chosen, rejected } = currentMethod(state)?.needs ?? { chosen: true, rejected: true };
  const both = judgeLearns(state);
  return SIDES[`${both || chosen} ${both || rejected}`];
}

/** Why training leaves a pair out that has only one side, if it does. @param {Pair} pair @param {Sides} sides @returns {string | null} */
export function missingSide({ only }, { chosen, rejected }) {
  if (only === undefined || (!chosen && !rejected)) return null;
  if (chosen && rejected) return PAIRS.needsBoth(only);
  return (chosen ? "chosen" : "rejected") === only ? null : PAIRS.needsOther(only);
}

/** The pairs that training learns from, as far as the page can tell: switched on, with the sides that are read. @param {State} state */
export function pairsInUse(state) {
  const sides = sidesRead(state);
  return state.pairs.filter((pair) => pair.enabled !== false && missingSide(pair, sides) === null);
}
