// @ts-check
/** @import { LanguageSession, Snapshot } from "../pkg/playground.js" */
/** @import { Sampler } from "../app/messages.js" */
/** @import { CompareCommand, CompareEvent, OpenCommand, RunSpec } from "../compare/messages.js" */
/** @import { Wasm } from "./core.js" */
/** @import { PolicyFiles } from "./policy-library.js" */
import { sentence } from "../app/sentence.js";
import { WORKER } from "../app/strings/worker.js";
import { thinned } from "../app/thin.js";
import { Pacer } from "./pacer.js";
import { PairReader } from "./pair-reader.js";
import { readPrompt } from "./prompt.js";
import { Rate } from "./rate.js";

/** Milliseconds of training between two looks at the inbox. */
const SLICE = 25;
/** Updates between two snapshots that runs can branch off from. */
const RECORD_EVERY = 25;
/** The most snapshots of a run. */
const MOST_RECORDED = 20;

/**
 * A run and what it has recorded.
 * @typedef {object} Run
 * @property {RunSpec} spec
 * @property {LanguageSession | null} session none while it waits for the step at which it branches off
 * @property {number} step
 * @property {Map<number, Snapshot>} recorded by step
 * @property {string | null} stopped why it goes no further
 * @property {boolean} evaluated whether the page knows how it stands
 * @property {boolean} fresh whether the page has yet to hear how it began
 */

/**
 * Samples of all runs at one step.
 * @typedef {object} Drawing
 * @property {Run[]} left those that have not answered yet
 * @property {Omit<import("../compare/messages.js").SideBySide, "problem">} drawn
 * @property {Uint32Array} ids the prompt
 * @property {{ count: number, temperature: number, topK: number, topP: number, maxTokens: number, seed: number }} options
 */

/**
 * Several runs side by side. A tick makes one update of each run that is furthest behind: runs that stand at one step
 * stay together, and one that branched off earlier catches up first. A session can do one thing at a time, so every
 * method here must be awaited before the next is called.
 */
export class Lockstep {
  running = false;
  #wasm;
  #post;
  #number = 0;
  /** @type {PolicyFiles | null} */
  #files = null;
  #judge = "";
  #maxTokens = 0;
  /** @type {Sampler} */
  #sampler = { prompt: "", temperature: 1, count: 0, seed: 0 };
  /** @type {Run[]} */
  #runs = [];
  /** Those whose turn it still is in the present tick. @type {Run[]} */
  #turn = [];
  #samples = { stale: false, urgent: false, pacer: new Pacer(1500) };
  /** The samples that are being drawn, a run at a time. @type {Drawing | null} */
  #drawing = null;
  #metrics = new Pacer(40, 1);
  /** A tick counts once, however many runs are in it. */
  #rate = new Rate();

  /** @param {Wasm} wasm @param {(event: CompareEvent, transfer?: Transferable[]) => void} post */
  constructor(wasm, post) {
    this.#wasm = wasm;
    this.#post = post;
  }

  /** All runs anew. @param {OpenCommand} command @param {PolicyFiles} files */
  async open(command, files) {
    this.close();
    this.#number = command.session;
    this.#files = files;
    this.#judge = command.judge;
    this.#maxTokens = command.maxTokens;
    this.#sampler = command.sampler;
    const reader = new PairReader();
    const { usable: pairs } = reader.read(command.pairs, files);
    const { usable: heldOut } = reader.read(command.heldOut.map((pair, id) => ({ ...pair, id })), files);
    for (const spec of command.runs) this.#runs.push(waiting(spec));
    for (const run of this.#runs) {
      if (run.spec.from) continue;
      const { method, loss, values } = run.spec;
      const options = { method, loss, seed: command.seed, values };
      run.session = this.#wasm.LanguageSession.open(files.config, files.weights, options);
      this.#setJudge(run.session);
      await run.session.setHeldOutPairs(heldOut);
      await run.session.setTrainingPairs(pairs);
      await this.#record(run);
    }
    await this.#openBranches();
    this.#samples.stale = true;
    this.#rate.restart(performance.now());
    this.#post({ type: "started", session: this.#number, pairs: pairs.length, heldOut: heldOut.length });
    this.#progress();
  }

  close() {
    this.running = false;
    this.#turn = [];
    this.#drawing = null;
    for (const run of this.#runs) free(run);
    this.#runs = [];
  }

  /** @param {Exclude<CompareCommand, { type: "open" | "written" | "parse" }>} command */
  async obey(command) {
    switch (command.type) {
      case "run":
        this.running = true;
        this.#rate.restart(performance.now());
        this.#progress();
        break;
      case "pause":
        await this.#pause();
        break;
      case "step":
        if (this.running) await this.#pause();
        await this.#update();
        await this.#finishTick();
        await this.#rest();
        break;
      case "branch":
        this.#judge = command.judge;
        this.#runs.push(waiting(command.run));
        await this.#openBranches();
        this.#samples.stale = true;
        this.#progress();
        break;
      case "remove":
        for (const run of this.#runs) if (command.ids.includes(run.spec.id)) free(run);
        this.#drawing = null;
        this.#runs = this.#runs.filter(({ spec }) => !command.ids.includes(spec.id));
        this.#turn = this.#turn.filter(({ spec }) => !command.ids.includes(spec.id));
        this.#samples.stale = true;
        this.#progress();
        break;
      case "sampler":
        this.#sampler = command.sampler;
        this.#drawing = null;
        this.#samples.stale = this.#samples.urgent = true;
        break;
    }
  }

  /** Trains for a slice of time. */
  async train() {
    const end = performance.now() + SLICE;
    do {
      if (!(await this.#update())) return this.#pause();
    } while (performance.now() < end && !this.#samplesDue());
  }

  /** Tells what there is to tell, a little at a time; true if the rest must come before more training. */
  async publish() {
    const start = performance.now();
    if (!this.running || this.#metrics.due(start)) {
      await this.#publishMetrics();
      this.#metrics.ran(start, performance.now());
    }
    if (!this.running) {
      const run = this.#runs.find(({ session, evaluated }) => session && !evaluated);
      if (run) {
        await this.#evaluate(run);
        return true;
      }
    }
    if (!this.#drawing && this.#samplesDue()) this.#beginSamples();
    else if (this.#drawing) await this.#drawNext(this.#drawing);
    return this.#drawing !== null;
  }

  /** Between two ticks, so that all runs answer at one step. */
  #samplesDue() {
    const { stale, urgent, pacer } = this.#samples;
    const wanted = stale && (urgent || !this.running || pacer.due(performance.now()));
    return wanted && this.#turn.length === 0;
  }

  /** One update of the run whose turn it is; false if no run can go on. */
  async #update() {
    if (this.#turn.length === 0) this.#beginTick();
    const run = this.#turn.shift();
    if (!run?.session) return false;
    // No update measures where a run begins, and its curve should start there.
    if (run.fresh) await this.#evaluate(run);
    try {
      await run.session.update();
    } catch (error) {
      // The others go on without it.
      run.stopped = sentence(error);
      const text = WORKER.runStopped(letter(run.spec.id), run.stopped);
      this.#post({ type: "failure", cause: "training", text });
    }
    run.step = run.session.step;
    run.evaluated = false;
    this.#samples.stale = true;
    const wanted = this.#runs.some(({ session, spec }) => !session && branchesAt(spec, run));
    if (run.step % RECORD_EVERY === 0 || wanted) await this.#record(run);
    if (wanted) await this.#openBranches();
    return true;
  }

  #beginTick() {
    const able = this.#runs.filter(({ session, stopped }) => session && stopped === null);
    const behind = Math.min(...able.map(({ step }) => step));
    this.#turn = able.filter(({ step }) => step === behind);
    this.#rate.count();
  }

  /** So that all who stood together do so again. */
  async #finishTick() {
    while (this.#turn.length > 0) await this.#update();
  }

  async #pause() {
    await this.#finishTick();
    this.running = false;
    await this.#rest();
  }

  /** What is due whenever the runs come to rest. */
  async #rest() {
    for (const run of this.#runs) if (run.session && run.stopped === null) await this.#record(run);
    await this.#publishMetrics();
    this.#progress();
  }

  /** Keeps the policy as it stands, to branch off from. @param {Run} run */
  async #record(run) {
    const { session, step, recorded } = run;
    if (!session || recorded.has(step)) return;
    recorded.set(step, await session.snapshot());
    const steps = [...recorded.keys()].sort((one, other) => one - other);
    const kept = thinned(steps, MOST_RECORDED);
    for (const step of steps) {
      if (kept.includes(step)) continue;
      recorded.get(step)?.free();
      recorded.delete(step);
    }
  }

  /** Starts the branches whose step is recorded; one of them may be what another waits for. */
  async #openBranches() {
    for (const run of this.#runs) {
      const { spec } = run;
      if (run.session || !spec.from) continue;
      const { run: id, step, reference } = spec.from;
      const parent = this.#runs.find(({ spec }) => spec.id === id);
      const snapshot = parent?.recorded.get(step);
      if (!parent?.session || !snapshot) continue;
      const options = { method: spec.method, loss: spec.loss, values: spec.values, reference };
      run.session = await parent.session.branch(snapshot, options);
      run.step = step;
      this.#setJudge(run.session);
      await this.#record(run);
    }
  }

  /** Has the rule judge what the policies write; says so if it is none. @param {LanguageSession} session */
  #setJudge(session) {
    if (this.#judge === "") return;
    try {
      session.setRule(this.#judge, /** @type {PolicyFiles} */ (this.#files).codec.vocabulary());
    } catch (error) {
      this.#post({ type: "failure", cause: "judge", text: WORKER.noJudge(sentence(error)) });
    }
  }

  #progress() {
    const runs = this.#runs.map(({ spec, session, step, recorded, stopped }) => ({
      id: spec.id,
      step: session ? step : null,
      recorded: [...recorded.keys()].sort((one, other) => one - other),
      stopped,
    }));
    this.#post({ type: "progress", session: this.#number, running: this.running, runs });
  }

  async #publishMetrics() {
    if (this.#rate.renew(performance.now()) && this.running) this.#progress();
    const runs = [];
    for (const { spec, session } of this.#runs) {
      if (!session) continue;
      const rows = await session.metrics().catch(() => null);
      if (rows && rows.steps.length > 0) runs.push({ id: spec.id, ...rows });
    }
    if (runs.length === 0) return;
    const buffers = runs.flatMap(({ steps, values }) => [steps.buffer, values.buffer]);
    this.#post({ type: "measured", session: this.#number, rate: this.#rate.perSecond, runs }, buffers);
  }

  /** @param {Run} run */
  async #evaluate(run) {
    run.evaluated = true;
    run.fresh = false;
    if (!run.session) return;
    try {
      const rows = await run.session.evaluate();
      const event = { type: /** @type {const} */ ("evaluated"), session: this.#number, id: run.spec.id, ...rows };
      this.#post(event, [rows.steps.buffer, rows.values.buffer]);
    } catch (error) {
      this.#post({ type: "failure", cause: "other", text: WORKER.runSays(letter(run.spec.id), sentence(error)) });
    }
  }

  #beginSamples() {
    Object.assign(this.#samples, { stale: false, urgent: false });
    const { prompt, temperature, count, seed } = this.#sampler;
    const { ids, room, problem } = readPrompt(prompt, /** @type {PolicyFiles} */ (this.#files));
    const left = this.#runs.filter(({ session }) => session);
    const step = Math.max(0, ...left.map((run) => run.step));
    const drawn = { step, prompt, reference: [], runs: [] };
    if (problem !== null) return this.#post({ type: "samples", session: this.#number, ...drawn, problem });
    const options = { count, temperature, topK: 0, topP: 1, maxTokens: Math.min(this.#maxTokens, room), seed };
    this.#drawing = { left, drawn, ids, options };
  }

  /** Has one more run answer. @param {Drawing} drawing */
  async #drawNext({ left, drawn, ids, options }) {
    const start = performance.now();
    const run = left.shift();
    if (run?.session) {
      const { codec } = /** @type {PolicyFiles} */ (this.#files);
      const { policy, reference } = await run.session.sample(ids, options);
      const texts = (/** @type {Uint32Array[]} */ completions) => completions.map((ids) => codec.decode(ids));
      drawn.runs.push({ id: run.spec.id, texts: texts(policy) });
      // A branch may have a reference of its own.
      if (!run.spec.from) drawn.reference = texts(reference);
    }
    if (left.length > 0) return;
    this.#drawing = null;
    this.#post({ type: "samples", session: this.#number, ...drawn, problem: null });
    const end = performance.now();
    this.#samples.pacer.ran(end - (end - start) * Math.max(1, drawn.runs.length), end);
  }
}

/** @param {RunSpec} spec @returns {Run} */
function waiting(spec) {
  return { spec, session: null, step: 0, recorded: new Map(), stopped: null, evaluated: false, fresh: true };
}

/** @param {Run} run */
function free({ session, recorded }) {
  session?.free();
  for (const snapshot of recorded.values()) snapshot.free();
  recorded.clear();
}

/** @param {RunSpec} spec @param {Run} run */
function branchesAt({ from }, run) {
  return from?.run === run.spec.id && from.step === run.step;
}

/** @param {number} id */
const letter = (id) => String.fromCharCode(65 + id);
