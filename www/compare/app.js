// @ts-check
/** @import { PairText, Sampler } from "../app/messages.js" */
/** @import { Persistence } from "../app/persistence.js" */
/** @import { Assets } from "../app/scenarios.js" */
/** @import { WorkerLine } from "../app/worker-line.js" */
/** @import { CompareCommand, CompareEvent, Origin } from "./messages.js" */
/** @import { CompareStore } from "./state.js" */
import { sentence } from "../app/sentence.js";
import { COMPARE } from "../app/strings/compare.js";
import { TROUBLE } from "../app/strings/trouble.js";
import { isWritten, readLoss } from "../app/written.js";
import { letter } from "./runs.js";
import { currentJudge, judged, lossOf, methodOf, valuesOf, withBranches } from "./state.js";

/** Milliseconds of quiet after which a change goes to the Worker: opening the runs takes longer than a key press. */
const CHANGE_PAUSE = 150;

/** What a person can do: each method changes the state and tells the Worker. */
export class CompareApp {
  #store;
  #worker;
  #assets;
  #persistence;
  #timer = 0;

  /**
   * @param {CompareStore} store
   * @param {WorkerLine<CompareCommand, CompareEvent>} worker
   * @param {Assets} assets
   * @param {Persistence} persistence
   */
  constructor(store, worker, assets, persistence) {
    this.#store = store;
    this.#worker = worker;
    this.#assets = assets;
    this.#persistence = persistence;
  }

  async start() {
    try {
      const index = await this.#assets.index();
      this.#store.dispatch({ type: "assets", ...index });
      const { scenario, runs } = this.#store.state().settings;
      for (const { id, method, loss } of runs) await this.#readable(method, loss, COMPARE.run(letter(id)));
      const known = index.scenarios.find(({ name }) => name === scenario) ?? index.scenarios[0];
      await this.chooseScenario(known.name);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The Worker, and what it holds, once more. */
  async restart() {
    for (const key of ["load", "open"]) this.#store.dispatch({ type: "dismiss", key });
    this.#worker.start();
    await this.start();
  }

  /** @param {string} policy */
  async choosePolicy(policy) {
    const own = this.#store.state().scenarios.find((scenario) => scenario.policy === policy);
    if (own) await this.chooseScenario(own.name);
  }

  /** @param {string} name */
  async chooseScenario(name) {
    const { scenarios, settings } = this.#store.state();
    const header = scenarios.find((scenario) => scenario.name === name);
    if (!header) return;
    try {
      const files = await this.#assets.preferences(header);
      const parse = (/** @type {string} */ text) => this.#worker.ask({ type: "parse", text });
      const [train, heldOut] = await Promise.all([parse(files.train), parse(files.heldOut)]);
      const edited = this.#persistence.pairs(name);
      const same = settings.scenario === name && settings.sampler.prompt !== "";
      this.#store.dispatch({
        type: "scenario",
        policy: header.policy,
        scenario: name,
        pairs: (edited ?? train.pairs).filter((/** @type {PairText} */ { enabled, only }) => enabled !== false && only === undefined),
        edited: edited !== null,
        heldOut: heldOut.pairs,
        prompt: same ? null : header.prompt,
      });
      this.#open();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {number} seed */
  setSeed(seed) {
    this.#change({ type: "seed", seed });
  }

  /** @param {string} judge */
  setJudge(judge) {
    this.#store.dispatch({ type: "dismiss", key: "judge" });
    this.#change({ type: "judge", judge });
  }

  /** @param {string} name @param {number} value */
  setShared(name, value) {
    this.#change({ type: "shared", name, value });
  }

  addRun() {
    this.#change({ type: "add" });
  }

  /** @param {number} id @param {string} method */
  async setMethod(id, method) {
    await this.#setLoss(id, method, lossOf(this.#store.state(), method));
  }

  /** Another loss for a run by one that a person writes, if it can be read. @param {number} id @param {string} loss */
  async writeLoss(id, loss) {
    const run = this.#store.state().settings.runs.find((run) => run.id === id);
    if (run) await this.#setLoss(id, run.method, loss);
  }

  /** @param {number} id @param {string} method @param {string} loss */
  async #setLoss(id, method, loss) {
    if (await this.#readable(method, loss, COMPARE.run(letter(id)))) this.#change({ type: "method", id, method, loss });
  }

  /** Whether there is such a method; if it is one that a person has written, the core reads it first. @param {string} method @param {string} loss @param {string} run */
  async #readable(method, loss, run) {
    this.#store.dispatch({ type: "dismiss", key: "loss" });
    if (!isWritten(method) || methodOf(this.#store.state(), { method, loss })) return true;
    const { read, problem } = await readLoss((method, loss) => this.#worker.ask({ type: "written", method, loss }), method, loss, run);
    if (read) this.#store.dispatch({ type: "written", loss, method: read });
    else this.#store.dispatch({ type: "notice", notice: { key: "loss", kind: "error", text: problem } });
    return read !== undefined;
  }

  /** @param {number} id @param {string} name @param {number | null} value null if it is the shared one again */
  setValue(id, name, value) {
    this.#change({ type: "value", id, name, value });
  }

  /** Takes a run away, and what branches off from it; the others go on. @param {number} id */
  removeRun(id) {
    const ids = withBranches(this.#store.state().settings.runs, id);
    this.#store.dispatch({ type: "remove", id });
    this.#worker.send({ type: "remove", ids });
  }

  /** One more run, from a recorded step of another; the others stay where they are. @param {Origin} from @param {string} method @param {string} loss */
  async branch(from, method, loss) {
    if (!(await this.#readable(method, loss, COMPARE.run(letter(from.run))))) return;
    this.#store.dispatch({ type: "branch", from, method, loss });
    const state = this.#store.state();
    const run = state.settings.runs.at(-1);
    if (!run || run.from !== from) return;
    this.#worker.send({ type: "branch", run: { ...run, values: valuesOf(state, run) }, judge: this.#judge() });
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

  /** All runs back to step 0; branches wait until it is their turn again. */
  reset() {
    this.#open();
  }

  /** @param {number} index @param {string} metric */
  setChart(index, metric) {
    this.#store.dispatch({ type: "chart", index, metric });
  }

  /** @param {Partial<Sampler>} change */
  sampleWith(change) {
    this.#store.dispatch({ type: "sampler", change });
    this.#worker.send({ type: "sampler", sampler: this.#store.state().settings.sampler });
  }

  /** @param {string} text */
  refuse(text) {
    this.#store.dispatch({ type: "notice", notice: { key: "value", kind: "error", text } });
  }

  /** A change that takes all runs back to step 0. @param {import("./state.js").Action} action */
  #change(action) {
    this.#store.dispatch({ type: "dismiss", key: "value" });
    this.#store.dispatch(action);
    this.#open();
  }

  #judge() {
    const state = this.#store.state();
    return judged(state) ? currentJudge(state) : "";
  }

  #open() {
    for (const key of ["training", "open"]) this.#store.dispatch({ type: "dismiss", key });
    this.#worker.send({ type: "pause" });
    this.#store.dispatch({ type: "opening" });
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      const state = this.#store.state();
      const { policies, settings, session, pairs, heldOut } = state;
      const policy = policies.find(({ name }) => name === settings.policy);
      if (!policy) return;
      this.#worker.send({
        type: "open",
        session: session.number,
        policy: this.#assets.policyFolder(policy.name),
        title: policy.title,
        maxTokens: policy.maxTokens,
        seed: settings.seed,
        judge: this.#judge(),
        pairs,
        heldOut,
        runs: settings.runs.map((run) => ({ ...run, values: valuesOf(state, run) })),
        sampler: settings.sampler,
      });
    }, CHANGE_PAUSE);
  }

  /** @param {unknown} error */
  #fail(error) {
    const text = TROUBLE.failed(sentence(error));
    this.#store.dispatch({ type: "notice", notice: { key: "load", kind: "error", text, remedy: "restart" } });
  }
}
