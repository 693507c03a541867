// @ts-check
/** @import { Sampler, Shape } from "./messages.js" */
/** What is drawn for the screen: so many samples, of which classes; where the field of scores is shown. */

/** The numbers of a sampler, by what the catalogue calls them. @type {Readonly<Record<string, keyof Sampler>>} */
export const SAMPLER_NUMBERS = Object.freeze({ sampling_steps: "steps", guidance: "guidance", eta: "eta" });

/** Rows of a grid of images, a column for each class. */
export const GRID_ROWS = 4;
/** Points in a cloud. */
const CLOUD = 256;
/** The part of the plane that is shown: from minus this to this, in both directions. */
export const REACH = 2.6;
/** Arrows along each side of the plane. */
const ARROWS = 15;

/** The class of each sample that is shown: of images row by row, of points in turn. @param {Shape} shape */
export function gridClasses({ dimensions, classes }) {
  const kinds = Math.max(1, classes);
  const count = dimensions === 2 ? CLOUD : GRID_ROWS * kinds;
  return Uint32Array.from({ length: count }, (_, index) => index % kinds);
}

/** The middles of the squares of a grid over the plane, numbers side by side. */
export function placesOfField() {
  const at = (/** @type {number} */ index) => REACH * ((2 * index + 1) / ARROWS - 1);
  const places = Array.from({ length: ARROWS ** 2 }, (_, index) => [at(index % ARROWS), at(Math.floor(index / ARROWS))]);
  return Float32Array.from(places.flat());
}

/** How long an arrow may be, in units of the plane. */
export const LONGEST_ARROW = ((2 * REACH) / ARROWS) * 0.9;

/**
 * Arrows for scores: each points where its score does, and is the longer the stronger that is, so that one of middling
 * strength is half as long as may be.
 * @param {Float32Array} scores numbers side by side
 */
export function arrows(scores) {
  const strengths = Array.from({ length: scores.length / 2 }, (_, index) => Math.hypot(scores[2 * index], scores[2 * index + 1]));
  const middling = strengths.toSorted((one, other) => one - other)[strengths.length >> 1] || 1;
  return strengths.map((strength, index) => {
    const length = LONGEST_ARROW / (strength + middling);
    return [scores[2 * index] * length, scores[2 * index + 1] * length];
  });
}
