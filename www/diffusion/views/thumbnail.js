// @ts-check
import { onAppearance } from "../../app/appearance.js";
import { element } from "../../app/dom.js";
import { SAMPLES } from "../../app/strings/diffusion-samples.js";
import { paintImages } from "../paint.js";
import { plane } from "../plane.js";
import { sampleWords } from "../words.js";

/** Canvas pixels along a small plane. */
const SIDE = 96;

/** How a sample is marked: what is chosen is filled, what is rejected a hollow square. @typedef {"chosen" | "rejected" | "reference" | "plain"} Role */
const LOOKS = {
  chosen: { colour: "chosen", radius: 42 },
  rejected: { colour: "rejected", radius: 38, hollow: true, square: true },
  reference: { colour: "reference", radius: 42, hollow: true },
  plain: { colour: "plain", radius: 42 },
};

/**
 * A sample as a small picture: an image, or a point on its plane.
 * @param {Float32Array} values
 * @param {Role} role
 * @param {string} name what it is, for those who do not see it
 */
export function thumbnail(values, role, name) {
  const canvas = element("canvas", { class: `thumbnail of-${role}`, role: "img", "aria-label": SAMPLES.named(name, sampleWords(values)) });
  painted.set(canvas, { values, role });
  paint(canvas, values, role);
  return canvas;
}

/** What each small picture shows. @type {WeakMap<HTMLCanvasElement, { values: Float32Array, role: Role }>} */
const painted = new WeakMap();
// Their colours are the page's.
onAppearance(() => {
  for (const canvas of document.querySelectorAll("canvas")) {
    const shown = painted.get(canvas);
    if (shown) paint(canvas, shown.values, shown.role);
  }
});

/** @param {HTMLCanvasElement} canvas @param {Float32Array} values @param {Role} role */
function paint(canvas, values, role) {
  if (values.length === 2) plane(canvas, SIDE)?.dots(values, LOOKS[role]);
  else paintImages(canvas, values, 1, values.length);
}
