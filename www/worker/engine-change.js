// @ts-check
/** @import { Graphs, LanguageSession, PreparedEngine } from "../pkg/playground.js" */
/** @import { EngineChoice } from "../app/messages.js" */
/** @import { Wasm } from "./core.js" */
import { sentence } from "../app/sentence.js";
import { WORKER } from "../app/strings/worker.js";
import { told } from "../app/told.js";
import { engineInWords } from "./core-words.js";

/** Milliseconds between two updates of a run while another engine's kernels are compiled for it. */
const REST = 100;
/** A GPU that is lost twice within so many milliseconds is not opened again. */
const LOST_AGAIN = 60_000;

/**
 * A run as it stands, and what an engine must be ready for to take it over.
 * @typedef {object} Run
 * @property {number} number by which the page knows it
 * @property {Pick<LanguageSession, "engine" | "switchEngine" | "recover">} session
 * @property {() => Graphs} graphs
 */
/**
 * @typedef {{ type: "engine", session: number, engine: string }
 *   | { type: "preparing", session: number, done: number, all: number }
 *   | { type: "failure", cause: "other", text: string }} EngineEvent
 */

/** What runs a run, and how that changes: another engine is made ready while the run goes on with the one that it has. */
export class EngineChange {
  #wasm;
  #post;
  #wake;
  #run;
  /** @type {EngineChoice} */
  #choice = "cpu";
  /** Counts the engines that were asked for: only the last one takes over. */
  #asked = 0;
  /** @type {PreparedEngine | null} */
  #prepared = null;
  #preparing = false;
  #lostAt = -Infinity;

  /**
   * @param {Wasm} wasm
   * @param {(event: EngineEvent) => void} post
   * @param {() => void} wake is called when an engine waits to take over
   * @param {() => Run} run the one that is open
   */
  constructor(wasm, post, wake, run) {
    this.#wasm = wasm;
    this.#post = post;
    this.#wake = wake;
    this.#run = run;
  }

  /** A run has been opened, which the processor runs so far. @param {EngineChoice} choice */
  begin(choice) {
    this.#choice = choice;
    if (choice !== "cpu") this.#prepare();
  }

  /** The run is to go on with another engine. @param {EngineChoice} choice */
  choose(choice) {
    this.#choice = choice;
    this.#prepare();
  }

  /** What runs the run, in the page's words. */
  get words() {
    return engineInWords(this.#run().session.engine);
  }

  /** How many milliseconds a run rests after an update: on few processors the compilers would wait for it. */
  get rest() {
    return this.#preparing ? REST : 0;
  }

  /** Whether an engine waits to take over. */
  get ready() {
    return this.#prepared !== null;
  }

  /**
   * Goes on with the engine that has been made ready, if there is one.
   * @param {() => void} changed is called when the page knows what runs the run now, also where that is what it was
   */
  async takeOver(changed) {
    const engine = this.#prepared;
    if (!engine) return;
    this.#prepared = null;
    try {
      await this.#run().session.switchEngine(engine);
    } finally {
      this.#tell();
      changed();
    }
  }

  /**
   * Where the GPU was lost, the run goes on without it until it is ready again; says so then.
   * @param {number} now milliseconds
   * @param {() => void} changed is called when the page knows what runs the run now
   */
  recover(now, changed) {
    const lost = this.#run().session.recover();
    if (lost === undefined) return undefined;
    this.#tell();
    changed();
    if (now - this.#lostAt > LOST_AGAIN) this.#prepare();
    this.#lostAt = now;
    return told(lost);
  }

  /** There is no run any more, so no engine that was asked for is wanted. */
  drop() {
    this.#asked++;
    this.#preparing = false;
    this.#prepared?.free();
    this.#prepared = null;
  }

  /** Has the engine that was chosen made ready. */
  #prepare() {
    const graphs = this.#run().graphs();
    const asked = ++this.#asked;
    const wanted = () => asked === this.#asked;
    const progress = (/** @type {number} */ done, /** @type {number} */ all) => {
      if (wanted()) this.#post({ type: "preparing", session: this.#run().number, done, all });
    };
    progress(0, 0);
    this.#preparing = true;
    this.#wasm.PreparedEngine.open(this.#choice, graphs, progress).then(
      (engine) => {
        if (!wanted()) return engine.free();
        this.#preparing = false;
        this.#prepared = engine;
        this.#wake();
      },
      (error) => {
        if (!wanted()) return;
        this.#preparing = false;
        this.#tell();
        this.#post({ type: "failure", cause: "other", text: WORKER.engineStays(sentence(error)) });
      },
    );
  }

  #tell() {
    this.#post({ type: "engine", session: this.#run().number, engine: this.words });
  }
}
