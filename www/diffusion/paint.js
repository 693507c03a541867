// @ts-check
/** Images on canvases, in the page's colours: paper is the card's, ink the text's. */

import { colour } from "../app/appearance.js";

/** Canvas pixels to a pixel of an image. */
const SCALE = 8;
/** Pixels of an image between two of a grid. */
const GAP = 1;

/** @typedef {[number, number, number]} Colour */

/** The red, green and blue of a colour as a style has it: #rgb, #rrggbb or rgb(r, g, b). @param {string} text @returns {Colour} */
export function channels(text) {
  if (text.startsWith("rgb")) return /** @type {Colour} */ ((text.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number));
  const digits = text.replace("#", "");
  const pairs = digits.length === 3 ? [...digits].map((digit) => digit + digit) : [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4, 6)];
  return /** @type {Colour} */ (pairs.map((pair) => parseInt(pair, 16)));
}

/** Red, green, blue and opacity of each pixel. @param {Float32Array} values from −1 to 1 @param {Colour} paper @param {Colour} ink */
export function pixels(values, paper, ink) {
  const all = new Uint8ClampedArray(4 * values.length);
  values.forEach((value, place) => {
    const share = Math.min(1, Math.max(0, (value + 1) / 2));
    for (let channel = 0; channel < 3; channel++) all[4 * place + channel] = paper[channel] + share * (ink[channel] - paper[channel]);
    all[4 * place + 3] = 255;
  });
  return all;
}

/**
 * Draws images in rows of so many.
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} values all images one after the other
 * @param {number} columns
 * @param {number} dimensions pixels of an image
 */
export function paintImages(canvas, values, columns, dimensions) {
  const side = Math.round(Math.sqrt(dimensions));
  const count = values.length / dimensions;
  const rows = Math.ceil(count / columns);
  const cell = side + GAP;
  const [width, height] = [(columns * cell - GAP) * SCALE, (rows * cell - GAP) * SCALE];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  if (!context || count === 0) return;
  const [paper, ink] = [channels(colour("paper")), channels(colour("ink"))];
  const small = new OffscreenCanvas(side, side);
  const smallContext = small.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.clearRect(0, 0, width, height);
  for (let image = 0; image < count; image++) {
    const own = values.subarray(image * dimensions, (image + 1) * dimensions);
    smallContext?.putImageData(new ImageData(pixels(own, paper, ink), side, side), 0, 0);
    const [column, row] = [image % columns, Math.floor(image / columns)];
    context.drawImage(small, column * cell * SCALE, row * cell * SCALE, side * SCALE, side * SCALE);
  }
}
