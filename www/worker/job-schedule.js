// @ts-check
/** @import { Pacer } from "./pacer.js" */

/** `done` is the moment at which it was last done. @typedef {{ stale: boolean, urgent: boolean, done: number, pacer: Pacer }} Job */

/**
 * When each of a run's side jobs is to be done. What is out of date waits for its pacer while the run trains and is due at
 * once when it rests; what a person waits for is due at once in any case.
 * @template {string} Name
 */
export class JobSchedule {
  /** @type {Map<Name, Job>} */
  #jobs;

  /** @param {Record<Name, Pacer>} pacers of the jobs, in their order */
  constructor(pacers) {
    const entries = /** @type {[Name, Pacer][]} */ (Object.entries(pacers));
    this.#jobs = new Map(entries.map(([name, pacer]) => [name, { stale: false, urgent: false, done: 0, pacer }]));
  }

  /** All of them, in their order. */
  get names() {
    return [...this.#jobs.keys()];
  }

  /** What was measured last is out of date. @param {Name[]} names all, if none is given */
  stale(...names) {
    for (const job of this.#those(names)) job.stale = true;
  }

  /** It is out of date, and a person waits for it. @param {Name[]} names all, if none is given */
  want(...names) {
    for (const job of this.#those(names)) job.stale = job.urgent = true;
  }

  /** @param {Name} name */
  isStale(name) {
    return this.#job(name).stale;
  }

  /** @param {Name} name @param {boolean} training whether the run takes the time now @param {number} now milliseconds */
  isDue(name, training, now) {
    const { stale, urgent, pacer } = this.#job(name);
    return stale && (urgent || !training || pacer.due(now));
  }

  /** Which of some jobs comes first: one that a person waits for, else the one that has waited longest. @param {Name[]} names */
  first(names) {
    const urgent = names.find((name) => this.#job(name).urgent);
    return urgent ?? names.toSorted((one, other) => this.#job(one).done - this.#job(other).done)[0];
  }

  /** Does a job, which is up to date then; it may call itself out of date meanwhile. @param {Name} name @param {() => unknown} measure */
  async perform(name, measure) {
    const job = this.#job(name);
    const start = performance.now();
    job.stale = job.urgent = false;
    await measure();
    job.done = performance.now();
    job.pacer.ran(start, job.done);
  }

  /** @param {Name} name */
  #job(name) {
    return /** @type {Job} */ (this.#jobs.get(name));
  }

  /** @param {Name[]} names */
  #those(names) {
    return names.length > 0 ? names.map((name) => this.#job(name)) : [...this.#jobs.values()];
  }
}
