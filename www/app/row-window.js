// @ts-check

/**
 * Which rows of a long table are in sight. Rows have heights of their own: known once they have been drawn, until then
 * taken to be of the usual height.
 */

/** Pixels beyond either edge that are drawn as well, so that scrolling finds rows. */
export const MARGIN = 300;

/**
 * Rows to draw, in order; a number is a row's place, an object a gap of so many pixels.
 * @typedef {(number | { gap: number })[]} Layout
 */

/**
 * @param {ArrayLike<number>} heights of all rows
 * @param {number} top how far the table is scrolled
 * @param {number} height of what is in sight
 * @param {number} [kept] a row that is drawn wherever it is, for it has the focus
 * @returns {Layout}
 */
export function layoutOf(heights, top, height, kept = -1) {
  /** @type {Layout} */
  const layout = [];
  let gap = 0;
  let y = 0;
  for (let row = 0; row < heights.length; row++) {
    const bottom = y + heights[row];
    if (row === kept || (bottom > top - MARGIN && y < top + height + MARGIN)) {
      if (gap > 0) layout.push({ gap });
      gap = 0;
      layout.push(row);
    } else gap += heights[row];
    y = bottom;
  }
  if (gap > 0) layout.push({ gap });
  return layout;
}

/**
 * How far to scroll so that a row is in sight; where the table is already, if it is.
 * @param {ArrayLike<number>} heights
 * @param {number} row
 * @param {number} top
 * @param {number} height of what is in sight
 */
export function scrolledTo(heights, row, top, height) {
  let y = 0;
  for (let before = 0; before < row; before++) y += heights[before];
  if (y < top) return y;
  return Math.max(top, y + heights[row] - height);
}
