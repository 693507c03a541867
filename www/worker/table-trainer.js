// @ts-check
/** @import { TableReport, TableSession } from "../pkg/playground.js" */
/** @import { Command, GameEvent, OpenCommand } from "../games/messages.js" */
/** @import { Wasm } from "./core.js" */
import { WORKER } from "../app/strings/worker.js";
import { columnsOf, valuesOf } from "../games/rows.js";
import { Pacer } from "./pacer.js";
import { Rate } from "./rate.js";
import { Tempo } from "./tempo.js";

/** Milliseconds of training between two looks at the inbox. */
const SLICE = 25;
/** Milliseconds between two messages of figures: at most 30 a second. */
const PERIOD = 1000 / 30;

/** @typedef {(event: GameEvent, transfer?: Transferable[]) => void} Post */

/**
 * Holds the one run of a table there is, trains it and publishes its figures, those of every step. The run can do
 * one thing at a time, so every method here must be awaited before the next is called.
 */
export class TableTrainer {
  running = false;
  #wasm;
  #post;
  #number = 0;
  /** @type {TableSession | null} */
  #session = null;
  #drawn = false;
  #seed = 0;
  #tempo = new Tempo();
  #rate = new Rate();
  #pacer = new Pacer(PERIOD, 0.5);
  /** What has been measured and not been published. @type {{ step: number, values: number[] }[]} */
  #rows = [];
  /** @type {TableReport[]} */
  #reports = [];

  /** @param {Wasm} wasm @param {Post} post */
  constructor(wasm, post) {
    this.#wasm = wasm;
    this.#post = post;
  }

  /** @param {OpenCommand} command */
  async open({ session, scenario, method, seed, values, exact, drawn, speed }) {
    this.close();
    this.#session = await this.#wasm.TableSession.open(scenario, { method, loss: "", seed, values });
    this.#seed = seed;
    this.#tempo.set(speed, performance.now());
    if (!exact) await this.#session.setExact(false);
    this.#label(drawn);
    await this.#begin(session);
  }

  close() {
    this.running = false;
    this.#session?.free();
    this.#session = null;
    this.#rows = [];
  }

  /** @param {number} number */
  async #begin(number) {
    this.running = false;
    this.#number = number;
    this.#rows = [];
    this.#rate.restart(performance.now());
    this.#post({ type: "started", session: number });
    this.#tellGames();
    await this.#measure();
    await this.#publish();
    this.#progress();
  }

  /** @param {Exclude<Command, OpenCommand>} command */
  async obey(command) {
    const session = this.#session;
    if (!session) return;
    switch (command.type) {
      case "run":
        this.running = true;
        this.#hold();
        this.#progress();
        break;
      case "pause":
        await this.stop();
        break;
      case "step":
        this.running = false;
        await this.#update();
        await this.stop();
        break;
      case "reset":
        this.#seed = command.seed;
        await session.reset(command.seed);
        this.#label(this.#drawn);
        await this.#begin(command.session);
        break;
      case "scenario":
        await session.setScenario(command.scenario);
        this.#tellGames();
        await this.#changed();
        break;
      case "value":
        session.setValue(command.name, command.value);
        // Where theory says that the method ends is another place now.
        await this.#changed();
        break;
      case "exact":
        await session.setExact(command.exact);
        break;
      case "labels":
        this.#label(command.drawn);
        break;
      case "speed":
        this.#tempo.set(command.speed, performance.now());
        this.#hold();
        break;
    }
  }

  /** Trains for a slice of time, or until the speed is kept; says how many milliseconds to wait then. */
  async train() {
    const end = performance.now() + SLICE;
    for (let now = performance.now(); now < end; now = performance.now()) {
      const wait = this.#tempo.wait(now);
      if (wait > 0) return wait;
      await this.#update();
      this.#tempo.count();
    }
    return 0;
  }

  /** Publishes what is due. */
  async publish() {
    const start = performance.now();
    if (!this.running || !this.#pacer.due(start)) return;
    await this.#publish();
    this.#pacer.ran(start, performance.now());
  }

  /** Training rests, and everything measured is published. */
  async stop() {
    this.running = false;
    if (!this.#session) return;
    try {
      await this.#publish();
    } finally {
      this.#progress();
    }
  }

  #hold() {
    const now = performance.now();
    this.#tempo.restart(now);
    this.#rate.restart(now);
  }

  async #update() {
    const session = this.#opened();
    await session.update();
    this.#rate.count();
    await this.#measure();
  }

  /** A measured step that comes again takes the place of the first. */
  async #measure() {
    const session = this.#opened();
    this.#reports = await session.report();
    const { step } = session;
    if (this.#rows.at(-1)?.step === step) this.#rows.pop();
    this.#rows.push({ step, values: valuesOf(this.#reports) });
  }

  async #changed() {
    await this.#measure();
    await this.#publish();
  }

  async #publish() {
    const session = this.#opened();
    // An update that broke says so here.
    await session.metrics();
    if (this.#rows.length === 0) return;
    this.#rate.renew(performance.now());
    const steps = Uint32Array.from(this.#rows, ({ step }) => step);
    const values = Float32Array.from(this.#rows.flatMap(({ values }) => values));
    const columns = columnsOf(this.#reports);
    this.#rows = [];
    const event = { columns, steps, values, rate: this.#rate.perSecond, reports: this.#reports };
    this.#post({ type: "measured", session: this.#number, ...event }, [steps.buffer, values.buffer]);
  }

  #tellGames() {
    this.#post({ type: "games", session: this.#number, games: this.#opened().games() });
  }

  /** @param {boolean} drawn */
  #label(drawn) {
    this.#drawn = drawn;
    this.#opened().setLabels(drawn, this.#seed);
  }

  #progress() {
    this.#post({ type: "progress", session: this.#number, running: this.running, step: this.#opened().step });
  }

  #opened() {
    if (!this.#session) throw new Error(WORKER.noGame);
    return this.#session;
  }
}
