// @ts-check
import { drawing } from "../../app/dom.js";
import { DASHES, SHAPES } from "../runs.js";

/** A run's line and shape, as in the charts. @param {number} id */
export function swatch(id) {
  const { outline, hollow } = SHAPES[id];
  const points = outline.map(([x, y]) => `${(34 + 4.5 * x).toFixed(1)},${(8 + 4.5 * y).toFixed(1)}`).join(" ");
  return drawing(
    "svg",
    { class: `swatch run-${id}`, width: "42", height: "16", viewBox: "0 0 42 16", "aria-hidden": "true" },
    drawing("line", { x1: "1", y1: "8", x2: "34", y2: "8", stroke: "currentColor", "stroke-width": "2", "stroke-dasharray": DASHES[id].join(" ") }),
    drawing("polygon", { points, class: hollow ? "hollow" : "", fill: "currentColor", stroke: "currentColor", "stroke-width": "1.5" }),
  );
}
