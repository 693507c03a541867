// @ts-check
/** The triangle of all distributions over three responses: each corner is certainty of one. */

/** @typedef {{ x: number, y: number }} Point */
/** A part of the plane that is shown: its least corner and its width, in sides of the triangle; it is RATIO as high as wide. @typedef {{ x: number, y: number, width: number }} View */

const HEIGHT = Math.sqrt(3) / 2;
export const RATIO = 0.88;
/** Where certainty of each response lies: the first on top, then left and right; a side is 1, y grows downwards. @type {Point[]} */
export const CORNERS = [
  { x: 0.5, y: 0 },
  { x: 0, y: HEIGHT },
  { x: 1, y: HEIGHT },
];

/** Where a distribution lies. @param {ArrayLike<number>} shares @returns {Point} */
export function place(shares) {
  return {
    x: CORNERS.reduce((sum, corner, index) => sum + shares[index] * corner.x, 0),
    y: CORNERS.reduce((sum, corner, index) => sum + shares[index] * corner.y, 0),
  };
}

/** The distribution that lies there; outside the triangle a share is negative. @param {Point} point */
export function sharesAt({ x, y }) {
  const first = 1 - y / HEIGHT;
  const third = x - first / 2;
  return [first, 1 - first - third, third];
}

/** Free space around the triangle when all of it is shown: room for the corners' names. */
const MARGIN = 0.11;
/** @type {View} */
export const WHOLE = { x: -MARGIN, y: -MARGIN, width: 1 + 2 * MARGIN };
/** The closest look. */
const LEAST_WIDTH = 0.05;

/** What shows all of `points` closely. @param {Point[]} points @returns {View} */
export function around(points) {
  if (points.length === 0) return WHOLE;
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const width = Math.max(1.4 * Math.max(right - left, (bottom - top) / RATIO), LEAST_WIDTH);
  if (width >= WHOLE.width) return WHOLE;
  return { x: (left + right - width) / 2, y: (top + bottom - width * RATIO) / 2, width };
}

/** How far apart the lines of the grid are, so that there are neither few nor many. @param {View} view */
export function gridStep({ width }) {
  return [0.005, 0.01, 0.02, 0.05, 0.1].find((step) => width / step < 14) ?? 0.1;
}
