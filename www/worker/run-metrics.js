// @ts-check
/** @import { Post, Run } from "./run.js" */
import { told } from "../app/told.js";
import { Pacer } from "./pacer.js";

/** Milliseconds between two changes of the alarm's words while it lasts. */
const ALARM_PERIOD = 5000;
/** Milliseconds after which the rate is counted anew. */
const RATE_PERIOD = 500;

/** Publishes what every update of a run measures, how fast the run is, and the alarm where something looks wrong in it. */
export class RunMetrics {
  #post;
  #pacer = new Pacer(34, 1);
  #alarm = { text: /** @type {string | null} */ (null), at: 0 };
  #trained = { steps: 0, since: 0, rate: 0 };

  /** @param {Post} post */
  constructor(post) {
    this.#post = post;
  }

  /** Another run begins: it has no alarm yet. */
  begin() {
    this.#alarm = { text: null, at: 0 };
    this.#trained.rate = 0;
  }

  /** Counts from now on how fast the run is. @param {number} now milliseconds */
  restart(now) {
    this.#trained = { steps: 0, since: now, rate: 0 };
  }

  /** An update has been made. */
  count() {
    this.#trained.steps++;
  }

  /** @param {number} now milliseconds */
  due(now) {
    return this.#pacer.due(now);
  }

  /** @param {Run} run @param {boolean} running whether what is still on its way may come later */
  async publish(run, running) {
    const { number, session } = run;
    const start = performance.now();
    const rows = await (running ? session.arrivedMetrics() : session.metrics());
    const { steps, since } = this.#trained;
    if (start - since > RATE_PERIOD) this.#trained = { steps: 0, since: start, rate: (1000 * steps) / (start - since) };
    const { rate } = this.#trained;
    if (rows.steps.length > 0) this.#post({ type: "measured", session: number, rate, ...rows }, [rows.steps.buffer, rows.values.buffer]);
    this.#publishAlarm(run, running, start);
    this.#pacer.ran(start, performance.now());
  }

  /** @param {Run} run @param {boolean} running @param {number} now */
  #publishAlarm({ number, session }, running, now) {
    const alarm = session.alarm();
    const text = alarm === undefined ? null : told(alarm);
    const { text: shown, at } = this.#alarm;
    if (text === shown) return;
    // The words carry numbers that change at every step; a reader needs them calm.
    const lasts = text !== null && shown !== null;
    if (lasts && running && now - at < ALARM_PERIOD) return;
    this.#alarm = { text, at: now };
    this.#post({ type: "alarm", session: number, text });
  }
}
