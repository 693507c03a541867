// @ts-check
/** How the runs are told apart: by letter, colour, dash and shape. */

/** The most runs side by side. */
export const MOST_RUNS = 6;

/** What a run of each letter is at first, beside the defaults of its method. */
export const FIRST_METHODS = ["dpo", "ipo", "d2o", "kto", "simpo", "orpo"];

/** Dashes in pixels, drawn and left out by turns. */
export const DASHES = [[], [8, 4], [2, 3], [9, 3, 2, 3], [16, 4], [5, 3, 1, 3, 1, 3]];

/** The outline of each shape in a square from -1 to 1; every other one is hollow. */
export const SHAPES = [
  { outline: circle(), hollow: false },
  { outline: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]], hollow: true },
  { outline: [[0, -1], [1, 0.8], [-1, 0.8]], hollow: false },
  { outline: [[0, -1.1], [1.1, 0], [0, 1.1], [-1.1, 0]], hollow: true },
  { outline: star(), hollow: false },
  { outline: [[0, 1], [1, -0.8], [-1, -0.8]], hollow: true },
];

/** @param {number} id */
export const letter = (id) => String.fromCharCode(65 + id);

function circle() {
  return Array.from({ length: 16 }, (_, index) => [Math.cos((index * Math.PI) / 8), Math.sin((index * Math.PI) / 8)]);
}

function star() {
  return Array.from({ length: 10 }, (_, index) => {
    const [angle, radius] = [(index * Math.PI) / 5 - Math.PI / 2, index % 2 === 0 ? 1.2 : 0.5];
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}
