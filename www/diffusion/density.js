// @ts-check
/** Densities of points of the plane, estimated from samples by a kernel: shades and contours of them. */
import { REACH } from "./shown.js";

/** Cells along each side of the plane. */
export const CELLS = 104;
/** The kernel's standard deviation, in units of the plane: the same for all samples, so that they can be compared. */
export const BANDWIDTH = 0.12;
/** Beyond so many standard deviations the kernel is as good as 0. */
const FAR = 3.5;
const CELL = (2 * REACH) / CELLS;

/** The middle of a cell. @param {number} index */
const middle = (index) => -REACH + (index + 0.5) * CELL;
/** The cell that holds a coordinate. @param {number} value */
const cellOf = (value) => Math.floor((value + REACH) / CELL);

/**
 * The density at the middle of each cell, rows from the bottom up.
 * @param {Float32Array} points numbers side by side
 */
export function density(points) {
  const values = new Float32Array(CELLS * CELLS);
  const count = points.length / 2;
  const height = 1 / (count * 2 * Math.PI * BANDWIDTH ** 2);
  const reach = FAR * BANDWIDTH;
  for (let place = 0; place < points.length; place += 2) {
    const [x, y] = [points[place], points[place + 1]];
    const [left, right] = [Math.max(0, cellOf(x - reach)), Math.min(CELLS - 1, cellOf(x + reach))];
    const [low, high] = [Math.max(0, cellOf(y - reach)), Math.min(CELLS - 1, cellOf(y + reach))];
    for (let row = low; row <= high; row++) {
      for (let column = left; column <= right; column++) {
        const square = (middle(column) - x) ** 2 + (middle(row) - y) ** 2;
        values[row * CELLS + column] += height * Math.exp(-square / (2 * BANDWIDTH ** 2));
      }
    }
  }
  return values;
}

/**
 * The lines at which a density is `level`, as pieces from point to point (marching squares: each square of four
 * middles of cells is crossed where its edges are).
 * @param {Float32Array} values from `density`
 * @param {number} level
 * @returns {[number, number, number, number][]} x and y of both ends
 */
export function contour(values, level) {
  /** @type {[number, number, number, number][]} */
  const pieces = [];
  for (let row = 0; row + 1 < CELLS; row++) {
    for (let column = 0; column + 1 < CELLS; column++) {
      const crossed = crossings(values, level, row, column);
      for (let end = 0; end + 1 < crossed.length; end += 2) pieces.push([...crossed[end], ...crossed[end + 1]]);
    }
  }
  return pieces;
}

/** The corners of a square in turn, as rows and columns further. */
const CORNERS = [[0, 0], [0, 1], [1, 1], [1, 0]];

/** Where the edges of one square are crossed. @param {Float32Array} values @param {number} level @param {number} row @param {number} column */
function crossings(values, level, row, column) {
  const corners = CORNERS.map(([up, right]) => ({
    x: middle(column + right),
    y: middle(row + up),
    over: values[(row + up) * CELLS + column + right] - level,
  }));
  /** @type {[number, number][]} */
  const crossed = [];
  corners.forEach((from, index) => {
    const to = corners[(index + 1) % corners.length];
    if (from.over > 0 === to.over > 0) return;
    const share = from.over / (from.over - to.over);
    crossed.push([from.x + share * (to.x - from.x), from.y + share * (to.y - from.y)]);
  });
  return crossed;
}

/** The levels of contours of a density: these shares of its greatest value. @param {Float32Array} values */
export function levels(values) {
  const most = values.reduce((greatest, value) => Math.max(greatest, value), 0);
  return [0.15, 0.5, 0.85].map((share) => share * most);
}
