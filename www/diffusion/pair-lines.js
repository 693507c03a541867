// @ts-check
/** @import { Shape } from "./messages.js" */
import { sentence } from "../app/sentence.js";
import { PAIR_FILES } from "../app/strings/diffusion-pairs.js";

/**
 * Pairs as lines of JSON in the columns of Pick-a-Pic (Kirstain et al. 2023): caption, jpg_0 and jpg_1, label_0 and
 * label_1. The pictures are data URLs of PNGs, ink dark on white, and beside them stand the exact numbers, values_0
 * and values_1, which are read first if they are there: points have no other picture, and 8 bits round pixels.
 */

/** A side of a pair as it was read: its numbers, or a picture that is yet to be looked at. @typedef {{ values: Float32Array } | { picture: string }} Side */
/** @typedef {{ line: number, class: number, chosen: Side, rejected: Side }} LinePair */
/** @typedef {{ line: number, message: string }} Problem */

/**
 * @param {string} caption @param {Float32Array[]} values of both sides, the chosen one first @param {string[]} pictures
 */
export function formatLine(caption, values, pictures) {
  const [values_0, values_1] = values.map((side) => [...side]);
  return JSON.stringify({ caption, jpg_0: pictures[0], jpg_1: pictures[1], label_0: 1, label_1: 0, values_0, values_1 });
}

/**
 * The pairs of a file, and what is wrong with its other lines (counted from 1).
 * @param {string} text @param {Shape} shape @param {readonly string[]} classes what the classes are called
 * @returns {{ pairs: LinePair[], problems: Problem[] }}
 */
export function readLines(text, shape, classes) {
  /** @type {LinePair[]} */
  const pairs = [];
  /** @type {Problem[]} */
  const problems = [];
  text.split("\n").forEach((content, index) => {
    if (content.trim() === "") return;
    const line = index + 1;
    try {
      pairs.push({ line, ...readLine(content, shape, classes) });
    } catch (error) {
      problems.push({ line, message: sentence(error) });
    }
  });
  return { pairs, problems };
}

/** @param {string} content @param {Shape} shape @param {readonly string[]} classes */
function readLine(content, shape, classes) {
  const row = readRow(content);
  const of = classes.indexOf(row.caption);
  if (of < 0) throw new Error(PAIR_FILES.noClass(JSON.stringify(row.caption), classes));
  const labels = [row.label_0, row.label_1];
  if (!labels.every((label) => typeof label === "number")) throw new Error(PAIR_FILES.noLabels);
  if (labels[0] === labels[1]) throw new Error(PAIR_FILES.sameLabels);
  const sides = [0, 1].map((place) => readSide(row, place, shape));
  const [chosen, rejected] = labels[0] > labels[1] ? sides : sides.toReversed();
  return { class: of, chosen, rejected };
}

/** @param {string} content @returns {any} */
function readRow(content) {
  try {
    const row = JSON.parse(content);
    if (typeof row === "object" && row !== null) return row;
  } catch {
    // What follows says it.
  }
  throw new Error(PAIR_FILES.noObject);
}

/** @param {any} row @param {number} place @param {Shape} shape @returns {Side} */
function readSide(row, place, { dimensions }) {
  const [values, picture] = [row[`values_${place}`], row[`jpg_${place}`]];
  if (values !== undefined) {
    const fit = Array.isArray(values) && values.length === dimensions && values.every(Number.isFinite);
    if (!fit) throw new Error(PAIR_FILES.unfitValues(place, dimensions));
    return { values: Float32Array.from(values) };
  }
  if (dimensions === 2) throw new Error(PAIR_FILES.noValues(place));
  if (typeof picture !== "string" || !picture.startsWith("data:image/")) throw new Error(PAIR_FILES.noPicture(place));
  return { picture };
}

/** The numbers of an image from its red, green, blue and opacity: white and nothing are paper, black is ink. @param {Uint8ClampedArray} pixels */
export function fromPixels(pixels) {
  return Float32Array.from({ length: pixels.length / 4 }, (_, place) => {
    const [red, green, blue, opacity] = pixels.subarray(4 * place, 4 * place + 4);
    // Rec. 601's grey.
    const dark = 1 - (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
    return 2 * dark * (opacity / 255) - 1;
  });
}
