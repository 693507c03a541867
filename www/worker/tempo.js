// @ts-check

/** What a busy machine has missed by more than so many milliseconds is not made up for. */
const MISSED = 1000;

/** Holds a run to so many updates a second; 0 is as many as there is time for. */
export class Tempo {
  #speed = 0;
  #since = 0;
  #updates = 0;

  /** Counts from now on. @param {number} speed @param {number} now milliseconds */
  set(speed, now) {
    this.#speed = speed;
    this.restart(now);
  }

  /** The next update is due at once. @param {number} now */
  restart(now) {
    this.#since = now;
    this.#updates = 0;
  }

  /** Milliseconds until the next update is due; 0 if it is. @param {number} now */
  wait(now) {
    if (this.#speed === 0) return 0;
    const wait = this.#since + (1000 * this.#updates) / this.#speed - now;
    if (wait < -MISSED) this.restart(now);
    return Math.max(0, wait);
  }

  /** An update has been made. */
  count() {
    this.#updates++;
  }
}
