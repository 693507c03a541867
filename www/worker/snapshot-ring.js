// @ts-check
/** @import { Snapshot } from "../pkg/playground.js" */
import { thinned } from "../app/thin.js";

/** Bytes that the snapshots of a run may take. */
const MOST_BYTES = 128 * 2 ** 20;
/** Weights and both moments, four bytes each, of a policy whose file holds two bytes a weight. */
const SNAPSHOT_OVER_FILE = 6;
/** Updates between two snapshots, at first. */
const LEAST_GAP = 5;

/** How many snapshots of a policy there is room for. @param {number} bytes of its file */
export function roomFor(bytes) {
  return Math.min(Math.max(Math.floor(MOST_BYTES / (SNAPSHOT_OVER_FILE * bytes)), 4), 60);
}

/**
 * What a run can go back to: a few of its snapshots, evenly over its steps. The first and the newest stay.
 */
export class SnapshotRing {
  #most;
  /** @type {Map<number, Snapshot>} */
  #kept = new Map();

  /** @param {number} most at least 2 */
  constructor(most) {
    this.#most = most;
  }

  /** Those that can be gone back to, rising. */
  get steps() {
    return [...this.#kept.keys()].sort((one, other) => one - other);
  }

  /** The last of them, -1 if there is none. */
  get newest() {
    return Math.max(-1, ...this.#kept.keys());
  }

  /** @param {number} step */
  at(step) {
    return this.#kept.get(step);
  }

  /** Whether a run has come far enough for another snapshot. @param {number} step */
  wants(step) {
    return step - this.newest >= Math.max(LEAST_GAP, Math.floor(step / this.#most));
  }

  /** @param {Snapshot} snapshot */
  add(snapshot) {
    this.#letGo([snapshot.step]);
    this.#kept.set(snapshot.step, snapshot);
    const steps = this.steps;
    const kept = new Set(thinned(steps, this.#most));
    this.#letGo(steps.filter((step) => !kept.has(step)));
  }

  /** Lets go of what lies behind a step. @param {number} step */
  dropAfter(step) {
    this.#letGo(this.steps.filter((other) => other > step));
  }

  clear() {
    this.#letGo(this.steps);
  }

  /** @param {number[]} steps */
  #letGo(steps) {
    for (const step of steps) {
      this.#kept.get(step)?.free();
      this.#kept.delete(step);
    }
  }
}
