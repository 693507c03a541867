// @ts-check
/** @import { Corner } from "./rules.js" */
/** @import { PolicyFiles } from "./classless.js" */
/** A shape that a person draws: strokes on the plane, and the points along them. */

import { SHAPE_EXAMPLES } from "../app/strings/diffusion-scenarios.js";
import { SHAPE } from "../app/strings/diffusion.js";
import { REACH } from "./shown.js";

/** A stroke by its corners, in the order in which they were drawn. @typedef {Corner[]} Stroke */
/**
 * What a policy learnt of a shape.
 * @typedef {object} OwnShape
 * @property {number} id no two shapes have the same
 * @property {Stroke[]} strokes
 * @property {PolicyFiles} files
 * @property {Learnt} learnt
 */
/** How well it draws it: its samples' sliced Wasserstein distance to held-out points, that of fresh points, and what it took. @typedef {{ distance: number, floor: number, updates: number, seconds: number }} Learnt */

/** The distance between two points along a stroke. */
const SPACING = 0.02;
/** A drawn stroke has a corner at most so often. */
const LEAST_STEP = 0.06;
/** Places after the point of a corner as it is written. */
const DIGITS = 2;

/** Points along all strokes, evenly spaced, numbers side by side: as the core takes a drawing. @param {Stroke[]} strokes */
export function pointsAlong(strokes) {
  return Float32Array.from(strokes.flatMap((stroke) => along(stroke).flat()));
}

/** @param {Stroke} stroke @returns {Corner[]} */
function along(stroke) {
  const points = [stroke[0]];
  let left = SPACING;
  for (let index = 1; index < stroke.length; index++) {
    const [[x, y], [nextX, nextY]] = [stroke[index - 1], stroke[index]];
    const length = Math.hypot(nextX - x, nextY - y);
    let at = left;
    for (; at <= length; at += SPACING) points.push([x + ((nextX - x) * at) / length, y + ((nextY - y) * at) / length]);
    left = at - length;
  }
  return points;
}

/**
 * Strokes as the core takes them: moved and scaled so that the points along them have mean 0 and variance 1.
 * @param {Stroke[]} strokes
 * @returns {Stroke[]}
 */
export function centred(strokes) {
  const points = pointsAlong(strokes);
  const count = points.length / 2;
  const mean = [0, 0];
  points.forEach((value, place) => (mean[place % 2] += value / count));
  const variance = points.reduce((sum, value, place) => sum + (value - mean[place % 2]) ** 2 / (2 * count), 0);
  const scale = 1 / Math.sqrt(variance || 1);
  return strokes.map((stroke) => stroke.map(([x, y]) => [(x - mean[0]) * scale, (y - mean[1]) * scale]));
}

/** The stroke with one corner more, if that is far enough from the last one. @param {Stroke} stroke @param {Corner} corner @returns {Stroke} */
export function extended(stroke, corner) {
  const last = stroke.at(-1);
  const near = last && Math.hypot(corner[0] - last[0], corner[1] - last[1]) < LEAST_STEP;
  return near ? stroke : [...stroke, corner];
}

/** Strokes as a text: a line each, its corners with commas between. @param {Stroke[]} strokes */
export function writtenStrokes(strokes) {
  const tidy = (/** @type {number} */ value) => String(Number(value.toFixed(DIGITS)));
  return strokes.map((stroke) => stroke.map(([x, y]) => `${tidy(x)} ${tidy(y)}`).join(", ")).join("\n");
}

/** The strokes of a text, or what is wrong with it. @param {string} text @returns {{ strokes: Stroke[], problem: string | null }} */
export function readStrokes(text) {
  /** @type {Stroke[]} */
  const strokes = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    /** @type {Stroke} */
    const stroke = [];
    for (const corner of line.split(",")) {
      const [x, y, ...more] = corner.replaceAll("−", "-").trim().split(/\s+/).map(Number);
      const fits = more.length === 0 && [x, y].every((value) => Number.isFinite(value) && Math.abs(value) <= REACH);
      if (!fits) return { strokes, problem: SHAPE.noCorner(index + 1, corner.trim(), REACH) };
      stroke.push([x, y]);
    }
    strokes.push(stroke);
  }
  return { strokes, problem: null };
}

const circle = (/** @type {number} */ count, /** @type {(turn: number) => Corner} */ at) =>
  Array.from({ length: count + 1 }, (_, index) => at((2 * Math.PI * index) / count));

/** Shapes to begin with. @type {{ name: string, title: string, strokes: Stroke[] }[]} */
export const EXAMPLES = [
  {
    name: "heart",
    title: SHAPE_EXAMPLES.heart,
    strokes: [circle(48, (turn) => [1.6 * Math.sin(turn) ** 3, 1.3 * Math.cos(turn) - 0.5 * Math.cos(2 * turn) - 0.2 * Math.cos(3 * turn) - 0.1 * Math.cos(4 * turn)])],
  },
  {
    name: "star",
    title: SHAPE_EXAMPLES.star,
    strokes: [circle(10, (turn) => {
      const radius = Math.round((turn * 10) / (2 * Math.PI)) % 2 === 0 ? 1.8 : 0.75;
      return [radius * Math.sin(turn), radius * Math.cos(turn)];
    })],
  },
  { name: "eight", title: SHAPE_EXAMPLES.eight, strokes: [circle(48, (turn) => [1.7 * Math.sin(turn), 1.4 * Math.sin(2 * turn)])] },
];

/** @param {any} value @returns {value is { strokes: Stroke[], config: string, weights: string, learnt: Learnt }} */
export function isKeptShape(value) {
  const corner = (/** @type {any} */ one) => Array.isArray(one) && one.length === 2 && one.every(Number.isFinite);
  const numbers = [value?.learnt?.distance, value?.learnt?.floor, value?.learnt?.updates, value?.learnt?.seconds];
  return (
    typeof value?.config === "string" &&
    typeof value.weights === "string" &&
    numbers.every(Number.isFinite) &&
    Array.isArray(value.strokes) &&
    value.strokes.every((/** @type {any} */ stroke) => Array.isArray(stroke) && stroke.length > 0 && stroke.every(corner))
  );
}

/** Bytes as a text that the browser can keep. @param {Uint8Array} bytes */
export function toBase64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** @param {string} text */
export const fromBase64 = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
