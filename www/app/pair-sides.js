// @ts-check
/** @import { Pair, Side } from "./messages.js" */
/** @import { State } from "./state.js" */
import { PAIRS } from "./strings/pairs.js";
import { currentMethod, judgeLearns } from "./state.js";

/** Which answers training reads: a method its own, a judge that learns both; `apart` if one of a pair is enough. @typedef {Record<Side, boolean> & { apart: boolean }} Sides */

/** @type {Map<string, Sides>} */
const known = new Map();

/** Which sides of the pairs training reads as the page is set: the same object for the same sides. @param {State} state @returns {Sides} */
export function sidesRead(state) {
  const { chosen, rejected, apart } = currentMethod(state)?.needs ?? { chosen: true, rejected: true, apart: false };
  const both = judgeLearns(state);
  const sides = { chosen: both || chosen, rejected: both || rejected, apart: apart && !both };
  const key = Object.values(sides).join();
  if (!known.has(key)) known.set(key, sides);
  return known.get(key) ?? sides;
}

/** Why training leaves a pair out that has only one side, if it does. @param {Pair} pair @param {Sides} sides @returns {string | null} */
export function missingSide({ only }, { chosen, rejected, apart }) {
  if (only === undefined || apart || (!chosen && !rejected)) return null;
  if (chosen && rejected) return PAIRS.needsBoth(only);
  return (chosen ? "chosen" : "rejected") === only ? null : PAIRS.needsOther(only);
}

/** The pairs that training learns from, as far as the page can tell: switched on, with the sides that are read. @param {State} state */
export function pairsInUse(state) {
  const sides = sidesRead(state);
  return state.pairs.filter((pair) => pair.enabled !== false && missingSide(pair, sides) === null);
}
