// @ts-check
/** @import { SamplePair } from "../pkg/playground.js" */
/** @import { Shape } from "./messages.js" */
/** @import { LinePair, Side } from "./pair-lines.js" */
import { sentence } from "../app/sentence.js";
import { PAIR_FILES } from "../app/strings/diffusion-pairs.js";
import { MOST_PAIRS } from "./app.js";
import { pixels } from "./paint.js";
import { formatLine, fromPixels, readLines } from "./pair-lines.js";
import { REACH } from "./shown.js";

/** Larger files would stop the page while they are read. */
const MOST_BYTES = 16 * 2 ** 20;
/** Pixels along a picture that is exported. */
const SIDE = 64;
/** Problems that are told; of the others, how many. */
const MOST_TOLD = 5;

/** The text of a file of pairs. @param {SamplePair[]} pairs @param {readonly string[]} classes what they are called */
export function exportPairs(pairs, classes) {
  const lines = pairs.map(({ class: of, chosen, rejected }) => formatLine(classes[of] ?? String(of), [chosen, rejected], [chosen, rejected].map(picture)));
  return lines.map((line) => `${line}\n`).join("");
}

/** A sample as a data URL, dark on white. @param {Float32Array} values */
function picture(values) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d");
  if (!context) return "";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, SIDE, SIDE);
  if (values.length === 2) {
    const [right, down] = [values[0], -values[1]].map((value) => ((value + REACH) / (2 * REACH)) * SIDE);
    context.fillStyle = "#000";
    context.fillRect(right - 2, down - 2, 4, 4);
  } else {
    const side = Math.round(Math.sqrt(values.length));
    const small = document.createElement("canvas");
    small.width = small.height = side;
    small.getContext("2d")?.putImageData(new ImageData(pixels(values, [255, 255, 255], [0, 0, 0]), side, side), 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, SIDE, SIDE);
  }
  return canvas.toDataURL("image/png");
}

/**
 * Reads a file of pairs, hands on the good ones and says what became of the others.
 * @param {File} file
 * @param {Shape} shape
 * @param {readonly string[]} classes
 * @param {(pairs: Omit<SamplePair, "id">[]) => number} take gives how many it had room for
 * @returns {Promise<{ kind: "note" | "error", text: string }>}
 */
export async function importPairs(file, shape, classes, take) {
  if (file.size > MOST_BYTES) return { kind: "error", text: PAIR_FILES.tooLarge(file.name, MOST_BYTES / 2 ** 20) };
  const { pairs, problems } = readLines(await file.text(), shape, classes);
  /** @type {Omit<SamplePair, "id">[]} */
  const good = [];
  for (const pair of pairs) {
    try {
      good.push(await seen(pair, shape));
    } catch (error) {
      problems.push({ line: pair.line, message: sentence(error) });
    }
  }
  const taken = take(good);
  const left = good.length - taken;
  const added = PAIR_FILES.added(taken, file.name) + (left > 0 ? PAIR_FILES.left(MOST_PAIRS, left) : "");
  if (problems.length === 0) return { kind: "note", text: added };
  const told = problems.slice(0, MOST_TOLD).map(({ line, message }) => PAIR_FILES.line(line, message));
  const more = problems.length > told.length ? PAIR_FILES.more(problems.length - told.length) : "";
  return { kind: "error", text: `${added} ${told.join(" ")}${more}` };
}

/** The pair, its pictures looked at. @param {LinePair} pair @param {Shape} shape */
async function seen({ class: of, chosen, rejected }, shape) {
  return { class: of, chosen: await numbers(chosen, shape), rejected: await numbers(rejected, shape) };
}

/** @param {Side} side @param {Shape} shape */
async function numbers(side, { dimensions }) {
  if ("values" in side) return side.values;
  const width = Math.round(Math.sqrt(dimensions));
  const image = new Image();
  image.src = side.picture;
  await image.decode().catch(() => {
    throw new Error(PAIR_FILES.badPicture);
  });
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = width;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error(PAIR_FILES.noCanvas);
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, width);
  return fromPixels(context.getImageData(0, 0, width, width).data);
}
