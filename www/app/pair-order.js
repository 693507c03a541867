// @ts-check
/** @import { Pair, PairScore } from "./messages.js" */
import { gain } from "./per-pair.js";

/** In which order the pairs are shown; training does not know of it. @typedef {"listed" | "margin-up" | "margin-down" | "change-down" | "change-up"} Order */
/** A pair and its place among all, from 0. @typedef {{ pair: Pair, place: number }} Shown */

/** What each order goes by, and whether the largest comes first. @type {Record<Exclude<Order, "listed">, [(score: PairScore) => number, 1 | -1]>} */
const KEYS = {
  "margin-up": [({ margin }) => margin, 1],
  "margin-down": [({ margin }) => margin, -1],
  "change-down": [(score) => Math.abs(gain(score)), -1],
  "change-up": [(score) => Math.abs(gain(score)), 1],
};

/**
 * The pairs that hold a text, in an order; pairs without numbers, or that are off, come last, and equal ones stay as they are listed.
 * @param {Pair[]} pairs
 * @param {ReadonlyMap<number, PairScore>} scores
 * @param {Order} order
 * @param {string} filter found in any of the three texts, whatever its case
 * @returns {Shown[]}
 */
export function shownPairs(pairs, scores, order, filter) {
  const all = pairs.map((pair, place) => ({ pair, place }));
  const wanted = filter.toLocaleLowerCase();
  const holds = (/** @type {string} */ text) => text.toLocaleLowerCase().includes(wanted);
  const found = wanted === "" ? all : all.filter(({ pair }) => holds(pair.prompt) || holds(pair.chosen) || holds(pair.rejected));
  if (order === "listed") return found;
  const [key, direction] = KEYS[order];
  const keyed = found.map((shown) => {
    const score = shown.pair.enabled === false ? undefined : scores.get(shown.pair.id);
    return { shown, value: score ? key(score) : NaN };
  });
  keyed.sort((one, other) => {
    const [unknown, otherUnknown] = [Number.isNaN(one.value), Number.isNaN(other.value)];
    if (unknown || otherUnknown) return Number(unknown) - Number(otherUnknown);
    return direction * (one.value - other.value);
  });
  return keyed.map(({ shown }) => shown);
}
