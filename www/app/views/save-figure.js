// @ts-check
/** @import { Drawing } from "../figure-svg.js" */
import { download } from "../dom.js";
import { figureSvg } from "../figure-svg.js";

/** Pixels of a PNG over those of the drawing. */
const SCALE = 2;

/** @param {string} title */
const fileName = (title) => title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");

/** @param {Drawing} drawing */
export function saveSvg(drawing) {
  download(`${fileName(drawing.title)}.svg`, figureSvg(drawing), "image/svg+xml");
}

/** The same drawing as pixels. @param {Drawing} drawing */
export async function savePng(drawing) {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(figureSvg(drawing))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [SCALE * image.width, SCALE * image.height];
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new Error("no picture came of it");
  download(`${fileName(drawing.title)}.png`, blob, "image/png");
}
