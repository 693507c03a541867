// @ts-check
import { colour } from "../app/appearance.js";

/** Canvas pixels around and between the parts, and for a title. */
const MARGIN = 24;
const TITLE = 40;

/**
 * Canvases side by side as one PNG, each under its title.
 * @param {{ canvas: HTMLCanvasElement, title: string }[]} parts
 * @returns {Promise<Blob | null>}
 */
export function picture(parts) {
  const all = document.createElement("canvas");
  all.width = MARGIN + parts.reduce((sum, { canvas }) => sum + canvas.width + MARGIN, 0);
  all.height = 2 * MARGIN + TITLE + Math.max(...parts.map(({ canvas }) => canvas.height));
  const context = all.getContext("2d");
  if (!context) return Promise.resolve(null);
  context.fillStyle = colour("card");
  context.fillRect(0, 0, all.width, all.height);
  context.fillStyle = colour("text");
  context.font = "600 22px system-ui, sans-serif";
  let left = MARGIN;
  for (const { canvas, title } of parts) {
    context.fillText(title, left, MARGIN + 22, canvas.width);
    context.drawImage(canvas, left, MARGIN + TITLE);
    left += canvas.width + MARGIN;
  }
  return new Promise((resolve) => all.toBlob(resolve, "image/png"));
}
