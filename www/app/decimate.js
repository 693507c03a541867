// @ts-check
/** @import { History } from "./history.js" */

/**
 * The columns `names` over the steps, as few points as the screen can show: beyond `most`, each
 * stretch of rows gives its smallest and its largest value in the order they came, so that no peak
 * is lost and no value is invented.
 * @param {History} history
 * @param {string[]} names
 * @param {number} [most] points a series
 * @param {[number, number] | null} [within] first and last step; all, if there are none
 * @returns {[number[], ...(number | null)[][]]}
 */
export function decimate(history, names, most = 2000, within = null) {
  const { steps } = history;
  const [from, to] = history.rowsWithin(within);
  const length = to - from;
  const columns = names.map((name) => history.indexOf(name));
  /** @type {number[]} */
  const xs = [];
  /** @type {(number | null)[][]} */
  const ys = names.map(() => []);
  if (length <= most) {
    for (let row = from; row < to; row++) {
      xs.push(steps[row]);
      columns.forEach((column, series) => ys[series].push(measured(history.at(row, column))));
    }
    return [xs, ...ys];
  }
  const stretches = most >> 1;
  for (let stretch = 0; stretch < stretches; stretch++) {
    const start = from + Math.floor((stretch * length) / stretches);
    const end = from + Math.floor(((stretch + 1) * length) / stretches);
    xs.push(steps[start], steps[end - 1]);
    columns.forEach((column, series) => {
      let least = -1;
      let greatest = -1;
      for (let row = start; row < end; row++) {
        const value = history.at(row, column);
        if (Number.isNaN(value)) continue;
        if (least < 0 || value < history.at(least, column)) least = row;
        if (greatest < 0 || value > history.at(greatest, column)) greatest = row;
      }
      for (const row of least < greatest ? [least, greatest] : [greatest, least]) {
        ys[series].push(row < 0 ? null : measured(history.at(row, column)));
      }
    });
  }
  return [xs, ...ys];
}

/** @type {(value: number) => number | null} */
const measured = (value) => (Number.isNaN(value) ? null : value);

/**
 * Up to `most` rows evenly over a history, its first and its last among them. Between those, the row at which the most
 * is `measured` stands in for the others of its stretch: what is measured seldom must be seen as well.
 * @param {number} length
 * @param {number} most
 * @param {(row: number) => number} [measured] how much a row tells
 */
export function spread(length, most, measured = () => 0) {
  if (length <= most) return Array.from({ length }, (_, row) => row);
  const gap = (length - 1) / (most - 1);
  /** @type {(index: number) => number} */
  const nearest = (index) => {
    const row = Math.round(index * gap);
    if (index === 0 || index === most - 1) return row;
    let best = row;
    for (let away = 0; away < gap / 2 + 1; away++) {
      for (const other of [row - away, row + away]) {
        if (Math.abs(other - index * gap) <= gap / 2 && measured(other) > measured(best)) best = other;
      }
    }
    return best;
  };
  return [...new Set(Array.from({ length: most }, (_, index) => nearest(index)))];
}
