// @ts-check
/** @import { Rows } from "./messages.js" */

/** The most rows kept; beyond it every other one is let go. */
export const MOST_ROWS = 16384;

/**
 * The measured rows of a run, oldest first.
 *
 * A history is a view over buffers that it shares with its successors, so only the newest may grow:
 * `append` costs what it adds, and the store still sees a new value.
 */
export class History {
  /**
   * @param {string[]} columns
   * @param {Uint32Array<ArrayBuffer>} steps
   * @param {Float32Array<ArrayBuffer>} values
   * @param {number} length
   * @param {number} stride
   */
  constructor(columns, steps, values, length, stride) {
    this.columns = columns;
    this.steps = steps;
    this.values = values;
    /** Rows. */
    this.length = length;
    /** Only steps that this divides are kept. */
    this.stride = stride;
  }

  static empty() {
    return new History([], new Uint32Array(0), new Float32Array(0), 0, 1);
  }

  /** @param {Rows} rows */
  append({ columns, steps, values }) {
    const width = columns.length;
    let { length, stride } = this;
    let { steps: allSteps, values: allValues } = this;
    // A run that went on from an earlier step measures the later ones again.
    while (length > 0 && steps.length > 0 && allSteps[length - 1] >= steps[0]) length--;
    if (length === 0) {
      allSteps = new Uint32Array(256);
      allValues = new Float32Array(256 * width);
    }
    for (let row = 0; row < steps.length; row++) {
      if (steps[row] % stride !== 0) continue;
      if (length === MOST_ROWS) {
        stride *= 2;
        length = thin(allSteps, allValues, width, stride);
        if (steps[row] % stride !== 0) continue;
      }
      if (length === allSteps.length) {
        allSteps = grown(allSteps, new Uint32Array(2 * length));
        allValues = grown(allValues, new Float32Array(2 * length * width));
      }
      allSteps[length] = steps[row];
      allValues.set(values.subarray(row * width, (row + 1) * width), length * width);
      length++;
    }
    return new History(columns, allSteps, allValues, length, stride);
  }

  /**
   * NaN where the column is unknown or was not measured.
   * @param {number} row
   * @param {number} column from `indexOf`
   */
  at(row, column) {
    return column < 0 ? NaN : this.values[row * this.columns.length + column];
  }

  /** Whether a column has a value at all. @param {number} column from `indexOf` */
  measures(column) {
    for (let row = this.length - 1; row >= 0; row--) if (!Number.isNaN(this.at(row, column))) return true;
    return false;
  }

  /** @param {string} name */
  indexOf(name) {
    return this.columns.indexOf(name);
  }

  /** Without the rows after a step. @param {number} step */
  until(step) {
    const length = this.#rowsBefore(step + 1);
    return length === this.length ? this : new History(this.columns, this.steps, this.values, length, this.stride);
  }

  /**
   * The rows of some steps and one more on either side, so that a line goes on beyond both ends: the first of them,
   * and the first after them.
   * @param {[number, number] | null} within first and last step; all, if there are none
   * @returns {[number, number]}
   */
  rowsWithin(within) {
    if (!within) return [0, this.length];
    return [Math.max(0, this.#rowsBefore(within[0]) - 1), Math.min(this.length, this.#rowsBefore(Math.floor(within[1]) + 1) + 1)];
  }

  /** How many rows lie before a step. @param {number} step */
  #rowsBefore(step) {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.steps[middle] < step) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** All rows under TRL's names, as the command line writes them. */
  toCsv() {
    const lines = [["step", ...this.columns].join(",")];
    for (let row = 0; row < this.length; row++) {
      const cells = this.columns.map((_, column) => {
        const value = this.at(row, column);
        return Number.isNaN(value) ? "" : String(value);
      });
      lines.push([this.steps[row], ...cells].join(","));
    }
    return lines.join("\n") + "\n";
  }
}

/**
 * One row under its columns' names.
 * @param {Rows} rows
 * @param {number} [row] the last one, if it is not given
 * @returns {Record<string, number>}
 */
export function rowOf({ columns, steps, values }, row = steps.length - 1) {
  return Object.fromEntries(columns.map((name, column) => [name, values[row * columns.length + column]]));
}

/**
 * @template {Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>} T
 * @param {T} from
 * @param {T} to
 */
function grown(from, to) {
  to.set(from);
  return to;
}

/**
 * Keeps the rows whose step `stride` divides; says how many they are.
 * @param {Uint32Array} steps
 * @param {Float32Array} values
 * @param {number} width
 * @param {number} stride
 */
function thin(steps, values, width, stride) {
  let kept = 0;
  for (let row = 0; row < steps.length; row++) {
    if (steps[row] % stride !== 0) continue;
    steps[kept] = steps[row];
    values.copyWithin(kept * width, row * width, (row + 1) * width);
    kept++;
  }
  return kept;
}
