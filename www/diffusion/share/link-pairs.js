// @ts-check
/** @import { SamplePair } from "../../pkg/playground.js" */
/** @import { Verdict } from "../../app/share/readers.js" */
/** @import { Shape } from "../messages.js" */
import { pairsOf } from "../../app/share/readers.js";
import { SHARE_SAMPLES } from "../../app/strings/diffusion-share.js";
import { MOST_PAIRS } from "../app.js";
import { fromBase64, toBase64 } from "../own-shape.js";

/**
 * Pairs as a link has them. One of the scenario's own is its place, counted from 1, below zero if its sides were
 * swapped: whoever opens the link has it made. Any other is its class and the numbers of both sides.
 */

/** @typedef {Omit<SamplePair, "id">} OwnPair */
/** @typedef {number | OwnPair} LinkPair */

/** The most characters of a pair's numbers. */
const MOST_TEXT = 20_000;
/** Samples lie between −1 and 1, or within a few units of 0. */
const MOST_VALUE = 1000;

/** @param {SamplePair[]} pairs @param {SamplePair[] | null} original the scenario's own @returns {LinkPair[]} */
export function linkPairs(pairs, original) {
  /** @type {Map<Float32Array, number>} */
  const places = new Map();
  for (const [index, { chosen, rejected }] of (original ?? []).entries()) places.set(chosen, index + 1).set(rejected, -index - 1);
  return pairs.map(({ class: of, chosen, rejected }) => {
    const place = places.get(chosen);
    return place && places.get(rejected) === -place ? place : { class: of, chosen, rejected };
  });
}

/** Whether the pairs are others than the scenario's own. @param {LinkPair[]} pairs @param {SamplePair[] | null} original */
export const edited = (pairs, original) => original !== null && (pairs.length !== original.length || pairs.some((pair, index) => pair !== index + 1));

/** As JSON takes them. @param {LinkPair[]} pairs */
export const writePairs = (pairs) => pairs.map((pair) => (typeof pair === "number" ? pair : [pair.class, toBase64(bytesOf([...pair.chosen, ...pair.rejected]))]));

/** @param {unknown} value @returns {Verdict} */
export const readPairs = (value) => pairsOf(value, MOST_PAIRS, readPair, SHARE_SAMPLES.unfitPairs);

/** @param {unknown} value @returns {LinkPair | null} */
function readPair(value) {
  if (Number.isInteger(value) && value !== 0) return Number(value);
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [of, text] = value;
  if (!Number.isInteger(of) || of < 0 || typeof text !== "string" || text.length > MOST_TEXT) return null;
  try {
    const numbers = new Float32Array(fromBase64(text).buffer);
    const { length } = numbers;
    if (length === 0 || length % 2 !== 0 || !numbers.every((number) => Math.abs(number) <= MOST_VALUE)) return null;
    return { class: of, chosen: numbers.slice(0, length / 2), rejected: numbers.slice(length / 2) };
  } catch {
    // No base64, or not so many bytes as numbers have.
    return null;
  }
}

/** Those pairs of a link that are of these samples, and how many are not. @param {LinkPair[]} pairs @param {SamplePair[]} original @param {Shape} shape */
export function pairsHere(pairs, original, { dimensions, classes }) {
  const here = pairs.flatMap((pair) => {
    if (typeof pair === "number") {
      const { class: of, chosen, rejected } = original[Math.abs(pair) - 1] ?? {};
      if (!chosen) return [];
      return [pair > 0 ? { class: of, chosen, rejected } : { class: of, chosen: rejected, rejected: chosen }];
    }
    return pair.chosen.length === dimensions && pair.class < Math.max(1, classes) ? [pair] : [];
  });
  return { pairs: here, unfit: pairs.length - here.length };
}

/** @param {number[]} numbers */
const bytesOf = (numbers) => new Uint8Array(Float32Array.from(numbers).buffer);
