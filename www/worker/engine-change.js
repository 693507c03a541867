// @ts-check
/** @import { Graphs, PreparedEngine } from "../pkg/playground.js" */
/** @import { EngineChoice } from "../app/messages.js" */
/** @import { Wasm } from "./core.js" */

/** Milliseconds between two updates of a run while another engine's kernels are compiled for it. */
const REST = 100;

/** Has another engine made ready while a run goes on with the one that it has. */
export class EngineChange {
  #wasm;
  #wake;
  /** Counts the engines that were asked for: only the last one takes over. */
  #asked = 0;
  /** @type {PreparedEngine | null} */
  #prepared = null;
  #preparing = false;

  /** @param {Wasm} wasm @param {() => void} wake is called when an engine waits to take over */
  constructor(wasm, wake) {
    this.#wasm = wasm;
    this.#wake = wake;
  }

  /**
   * @param {EngineChoice} choice
   * @param {Graphs} graphs what it must be ready for
   * @param {{ progress: (done: number, all: number) => void, failed: (error: unknown) => void }} tell kernels that are
   *   compiled, of how many; or why there is no such engine
   */
  prepare(choice, graphs, { progress, failed }) {
    const asked = ++this.#asked;
    const wanted = () => asked === this.#asked;
    progress(0, 0);
    this.#preparing = true;
    this.#wasm.PreparedEngine.open(choice, graphs, (done, all) => wanted() && progress(done, all)).then(
      (engine) => {
        if (!wanted()) return engine.free();
        this.#preparing = false;
        this.#prepared = engine;
        this.#wake();
      },
      (error) => {
        if (!wanted()) return;
        this.#preparing = false;
        failed(error);
      },
    );
  }

  /** How many milliseconds a run rests after an update: on few processors the compilers would wait for it. */
  get rest() {
    return this.#preparing ? REST : 0;
  }

  /** Whether an engine waits to take over. */
  get ready() {
    return this.#prepared !== null;
  }

  /** The engine that waits to take over, if there is one; it waits no longer. */
  take() {
    const engine = this.#prepared;
    this.#prepared = null;
    return engine;
  }

  /** No engine that was asked for is wanted any more. */
  drop() {
    this.#asked++;
    this.#preparing = false;
    this.take()?.free();
  }
}
