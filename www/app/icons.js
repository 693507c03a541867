// @ts-check
/** Small drawings beside words; the words say what they mean. */
import { drawing } from "./dom.js";

/** Paths on a field of 16 by 16: those in `LINES` are drawn, the others filled. @type {Record<string, string>} */
const SHAPES = {
  run: "M4 2.5v11l9.5-5.5z",
  more: "M3 6.6a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8zM8 6.6a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8zM13 6.6a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8z",
  pause: "M3.5 2.5h3.2v11H3.5zM9.3 2.5h3.2v11H9.3z",
  step: "M2.5 2.5v11l7.5-5.5zM11 2.5h2.6v11H11z",
  newest: "M2 3v10l5.5-5zM7.5 3v10L13 8zM13 3h1.6v10H13z",
};
/** @type {Record<string, string>} */
const LINES = {
  reset: "M3 8a5.2 5.2 0 1 0 1.6-3.8M3 2v3.4h3.4",
  undo: "M3 6h6.4a3.6 3.6 0 0 1 0 7.2H6M6 2.8 2.8 6 6 9.2",
  redo: "M13 6H6.6a3.6 3.6 0 0 0 0 7.2H10M10 2.8 13.2 6 10 9.2",
  back: "M10 3 5 8l5 5",
  forward: "M6 3l5 5-5 5",
  add: "M8 3v10M3 8h10",
  remove: "M4 4l8 8M12 4l-8 8",
  duplicate: "M5.5 5.5h8v8h-8zM10.5 5V2.5h-8v8H5",
  swap: "M3 5.5h9.5M10 3l2.7 2.5L10 8M13 10.5H3.5M6 8l-2.7 2.5L6 13",
  up: "M8 13V3.5M4 7l4-4 4 4",
  down: "M8 3v9.5M4 9l4 4 4-4",
  download: "M8 2.5V10M4.8 7.2 8 10.3l3.2-3.1M2.8 13.3h10.4",
  upload: "M8 10.5V3M4.8 5.8 8 2.7l3.2 3.1M2.8 13.3h10.4",
  folder: "M2 4h4.2l1.5 1.7H14V13H2z",
  share: "M11.5 5.5a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8zM4.5 9.9a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8zM11.5 14.3a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8zM6.2 7.1l3.6-2.3M6.2 8.9l3.6 2.3",
  display: "M8 3.2a4.8 4.8 0 1 0 0 9.6zM8 3.2a4.8 4.8 0 0 1 0 9.6",
  help: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4zM6.2 6.3C6.3 3.9 10 4.1 9.8 6.4 9.7 7.7 8 7.8 8 9.4M8 11.6v.2",
  apart: "M2 5h5M9 5h5M2 11h2.5M6.5 11h3M11.5 11H14M7 3v4M4.5 9v4M9.5 9v4",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.4 10.4l3.4 3.4",
  pin: "M5.5 2.5h5l-.8 4 2.3 2.5H4l2.3-2.5zM8 9v4.8",
  zoom: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.4 10.4l3.4 3.4M5 7h4M7 5v4",
  lock: "M3.5 7.5h9v6h-9zM5.5 7.3V5a2.5 2.5 0 0 1 5 0v2.3",
  draw: "M3 13l1-3.5L11 2.5l2.5 2.5-7 7zM9.5 4l2.5 2.5",
};

/** @param {string} name */
export function icon(name) {
  const filled = Object.hasOwn(SHAPES, name);
  /** @type {Record<string, string>} */
  const stroke = filled ? { stroke: "none" } : { fill: "none", "stroke-width": "1.6", "stroke-linecap": "round", "stroke-linejoin": "round" };
  const path = drawing("path", { d: filled ? SHAPES[name] : LINES[name], ...stroke });
  return drawing("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" }, path);
}

/** Sets the drawings that the page asks for by `data-icon`. */
export function setIcons() {
  for (const target of document.querySelectorAll("[data-icon]")) {
    target.prepend(icon(/** @type {HTMLElement} */ (target).dataset.icon ?? ""));
  }
}
