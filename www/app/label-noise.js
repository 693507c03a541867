// @ts-check
/** @import { Pair } from "./messages.js" */

/** Random numbers from 0 to 1 that a seed repeats: Mulberry32, of Tommy Ettinger. @param {number} seed @returns {() => number} */
function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Whether a pair's label can be flipped: both sides were judged, and they are no longer the same. @param {Pair} pair */
export const flippable = ({ chosen, rejected, only }) => only === undefined && chosen !== rejected;

/**
 * The pairs whose labels are flipped, as annotators err: so many per cent of those that can be, drawn without
 * replacement.
 * @param {Pair[]} pairs
 * @param {number} percent
 * @param {number} seed
 * @returns {number[]} their ids
 */
export function drawFlips(pairs, percent, seed) {
  const ids = pairs.filter(flippable).map(({ id }) => id);
  const wanted = Math.round((ids.length * Math.min(100, Math.max(0, percent))) / 100);
  const random = seeded(seed);
  for (let place = 0; place < wanted; place++) {
    const other = place + Math.floor(random() * (ids.length - place));
    [ids[place], ids[other]] = [ids[other], ids[place]];
  }
  return ids.slice(0, wanted);
}
