// @ts-check

/**
 * Says when a side job of training is due: at most once in `period` milliseconds, and never so often
 * that it takes more than `share` of the time.
 */
export class Pacer {
  #next = -Infinity;

  /** @param {number} period @param {number} [share] */
  constructor(period, share = 0.05) {
    this.period = period;
    this.share = share;
  }

  /** @param {number} now */
  due(now) {
    return now >= this.#next;
  }

  /** @param {number} start @param {number} end */
  ran(start, end) {
    this.#next = end + Math.max(this.period, (end - start) / this.share);
  }
}
