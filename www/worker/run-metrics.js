// @ts-check
/** @import { Post, Run } from "./run.js" */
import { told } from "../app/told.js";
import { Pacer } from "./pacer.js";
import { Rate } from "./rate.js";

/** Milliseconds between two changes of the alarm's words while it lasts. */
const ALARM_PERIOD = 5000;

/** Publishes what every update of a run measures, how fast the run is, and the alarm where something looks wrong in it. */
export class RunMetrics {
  #post;
  #pacer = new Pacer(34, 1);
  #alarm = { text: /** @type {string | null} */ (null), at: 0 };
  #rate = new Rate();

  /** @param {Post} post */
  constructor(post) {
    this.#post = post;
  }

  /** Another run begins: it has no alarm yet, and nothing of the one before counts. */
  begin() {
    this.#alarm = { text: null, at: 0 };
    this.restart(performance.now());
  }

  /** Counts from now on how fast the run is. @param {number} now milliseconds */
  restart(now) {
    this.#rate.restart(now);
  }

  /** An update has been made. */
  count() {
    this.#rate.count();
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
    this.#rate.renew(start);
    const measured = { rate: this.#rate.perSecond, ...rows };
    if (rows.steps.length > 0) this.#post({ type: "measured", session: number, ...measured }, [rows.steps.buffer, rows.values.buffer]);
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
