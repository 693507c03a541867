// @ts-check
import { History } from "../app/history.js";

/** The rows of two histories by their steps, the columns of both: NaN where the one or the other has none. @param {History} one @param {History} other */
export function joined(one, other) {
  const columns = [...one.columns, ...other.columns];
  const parts = [{ history: one, first: 0 }, { history: other, first: one.columns.length }];
  /** @type {Map<number, Float32Array<ArrayBuffer>>} */
  const rows = new Map();
  for (const { history, first } of parts) {
    for (let row = 0; row < history.length; row++) {
      const values = rows.get(history.steps[row]) ?? new Float32Array(columns.length).fill(NaN);
      history.columns.forEach((_, column) => (values[first + column] = history.at(row, column)));
      rows.set(history.steps[row], values);
    }
  }
  const steps = [...rows.keys()].sort((before, after) => before - after);
  const values = new Float32Array(steps.length * columns.length);
  steps.forEach((step, row) => values.set(rows.get(step) ?? [], row * columns.length));
  return new History(columns, Uint32Array.from(steps), values, steps.length, 1);
}
