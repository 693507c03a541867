// @ts-check

/** Milliseconds after which it is counted anew. */
const PERIOD = 500;

/** How fast a run is: updates in a second. */
export class Rate {
  /** As counted last; 0 until something has been. */
  perSecond = 0;
  #since = 0;
  #updates = 0;

  /** Counts from now on; what was before is forgotten. @param {number} now milliseconds */
  restart(now) {
    this.perSecond = 0;
    this.#since = now;
    this.#updates = 0;
  }

  /** An update has been made. */
  count() {
    this.#updates++;
  }

  /** Tells the rate of what has been counted, once that took long enough, and counts anew; true then. @param {number} now milliseconds */
  renew(now) {
    const passed = now - this.#since;
    if (passed <= PERIOD) return false;
    const perSecond = (1000 * this.#updates) / passed;
    this.restart(now);
    this.perSecond = perSecond;
    return true;
  }
}
