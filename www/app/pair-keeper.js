// @ts-check
/** @import { PairText } from "./messages.js" */
/** @import { Persistence } from "./persistence.js" */
import { sameText, textOf } from "./pairs-state.js";

/** Milliseconds of quiet after which edits are kept. */
const PAUSE = 200;

/**
 * Keeps the edited pairs of a scenario in the browser: after a moment of quiet, for many pairs take a while to write,
 * and before the page goes out of sight, for it may not come back.
 */
export class PairKeeper {
  #persistence;
  #timer = 0;
  /** @type {(() => void) | null} */
  #save = null;

  /** @param {Persistence} persistence */
  constructor(persistence) {
    this.#persistence = persistence;
    addEventListener("pagehide", () => this.flush());
    document.addEventListener("visibilitychange", () => this.flush());
  }

  /** @param {string} scenario @param {import("./messages.js").Pair[]} pairs @param {PairText[]} original the scenario's own */
  keep(scenario, pairs, original) {
    clearTimeout(this.#timer);
    this.#save = () => {
      const same = pairs.length === original.length && pairs.every((pair, index) => sameText(pair, original[index]));
      this.#persistence.savePairs(scenario, same ? null : pairs.map(textOf));
    };
    this.#timer = window.setTimeout(() => this.flush(), PAUSE);
  }

  /** What waits is kept now. */
  flush() {
    clearTimeout(this.#timer);
    this.#save?.();
    this.#save = null;
  }
}
