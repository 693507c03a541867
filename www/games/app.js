// @ts-check
/** @import { WorkerLine } from "../app/worker-line.js" */
/** @import { TablePrompt } from "../pkg/playground.js" */
/** @import { Command, GameEvent } from "./messages.js" */
/** @import { GameStore } from "./state.js" */
import { STATUS } from "../app/strings/status.js";
import { currentScenario, currentValues } from "./state.js";

/** What a person can do with a game: each method changes the state and tells the Worker. */
export class GameApp {
  #store;
  #worker;

  /** @param {GameStore} store @param {WorkerLine<Command, GameEvent>} worker */
  constructor(store, worker) {
    this.#store = store;
    this.#worker = worker;
    store.watch((state) => state.scenarios, (scenarios) => {
      // Not at once: what a listener dispatches waits for the others.
      if (scenarios.length > 0) queueMicrotask(() => this.#open());
    });
  }

  start() {
    this.#worker.start();
  }

  /** The Worker, and what it holds, once more. */
  restart() {
    for (const key of ["load", "open"]) this.#store.dispatch({ type: "dismiss", key });
    this.#worker.start();
  }

  /** @param {string} scenario */
  chooseScenario(scenario) {
    this.#store.dispatch({ type: "scenario", scenario });
    this.#open();
  }

  /** @param {number} prompt */
  showPrompt(prompt) {
    this.#store.dispatch({ type: "prompt", prompt });
  }

  /** @param {string} method */
  chooseMethod(method) {
    this.#store.dispatch({ type: "method", method });
    this.#open();
  }

  /** Another taste, which the run goes on with, or another reference, from which it starts again. @param {Partial<TablePrompt>} change */
  change(change) {
    this.#store.dispatch({ type: "dismiss", key: "value" });
    this.#store.dispatch({ type: "change", change });
    if (change.reference) return this.#open();
    const scenario = currentScenario(this.#store.state());
    if (scenario) this.#worker.send({ type: "scenario", scenario });
  }

  /** The scenario as it came. */
  restore() {
    this.#store.dispatch({ type: "restore" });
    this.#open();
  }

  run() {
    this.#store.dispatch({ type: "dismiss", key: "training" });
    this.#worker.send({ type: "run" });
  }

  pause() {
    this.#worker.send({ type: "pause" });
  }

  step() {
    this.#store.dispatch({ type: "dismiss", key: "training" });
    this.#worker.send({ type: "step" });
  }

  /** Back to the reference with the seed that is set. */
  reset() {
    this.#store.dispatch({ type: "dismiss", key: "training" });
    this.#store.dispatch({ type: "restarting" });
    const { session, settings } = this.#store.state();
    this.#worker.send({ type: "reset", session: session.number, seed: settings.seed });
  }

  /** @param {number} seed */
  setSeed(seed) {
    this.#store.dispatch({ type: "seed", seed });
    const { step, running, phase } = this.#store.state().session;
    if (phase !== "ready") return;
    if (step === 0 && !running) return this.reset();
    this.#store.dispatch({ type: "notice", notice: { key: "seed", kind: "note", text: STATUS.seed(seed) } });
  }

  /** @param {string} name @param {number} value */
  setValue(name, value) {
    this.#store.dispatch({ type: "dismiss", key: "value" });
    this.#store.dispatch({ type: "value", name, value });
    this.#worker.send({ type: "value", name, value });
  }

  /** @param {boolean} exact */
  setExact(exact) {
    this.#store.dispatch({ type: "exact", exact });
    this.#worker.send({ type: "exact", exact });
  }

  /** @param {boolean} drawn */
  setLabels(drawn) {
    this.#store.dispatch({ type: "labels", drawn });
    this.#worker.send({ type: "labels", drawn });
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.#store.dispatch({ type: "speed", speed });
    this.#worker.send({ type: "speed", speed });
  }

  /** @param {string} text */
  refuse(text) {
    this.#store.dispatch({ type: "notice", notice: { key: "value", kind: "error", text } });
  }

  #open() {
    for (const key of ["open", "training"]) this.#store.dispatch({ type: "dismiss", key });
    this.#store.dispatch({ type: "opening" });
    const state = this.#store.state();
    const scenario = currentScenario(state);
    if (!scenario) return;
    const { method, seed, exact, drawn, speed } = state.settings;
    const { number } = state.session;
    this.#worker.send({ type: "open", session: number, scenario, method, seed, exact, drawn, speed, values: currentValues(state) });
  }
}
