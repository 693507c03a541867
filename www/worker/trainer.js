// @ts-check
/** @import { Command, OpenCommand, Pair } from "../app/messages.js" */
/** @import { Wasm } from "./core.js" */
/** @import { Strong } from "./judge.js" */
/** @import { PolicyFiles } from "./policy-library.js" */
/** @import { Post, Run } from "./run.js" */
import { sentence } from "../app/sentence.js";
import { WORKER } from "../app/strings/worker.js";
import { drawAnswer, rolloutAsText } from "./as-text.js";
import { dissect } from "./dissection.js";
import { EngineChange } from "./engine-change.js";
import { Judge } from "./judge.js";
import { Pacer } from "./pacer.js";
import { PairReader } from "./pair-reader.js";
import { RunMetrics } from "./run-metrics.js";
import { SideJobs } from "./side-jobs.js";
import { roomFor, SnapshotRing } from "./snapshot-ring.js";
import { Tempo } from "./tempo.js";

/** Milliseconds of training between two looks at the inbox. */
const SLICE = 25;

/**
 * Holds the one run there is: opens it, trains it, pauses it, takes it back to earlier steps. Its session can do one
 * thing at a time, so every method here must be awaited before the next is called.
 */
export class Trainer {
  running = false;
  #wasm;
  #post;
  #engines;
  #judge;
  #metrics;
  #sideJobs;
  /** @type {Run | null} */
  #run = null;
  #reader = new PairReader();
  /** Held-out pairs that can be read. */
  #heldOut = 0;
  /** The step at which the run rests by itself. */
  #until = Infinity;
  #ring = new SnapshotRing(2);

  #recording = new Pacer(200);
  /** What a lost GPU may cost: milliseconds of training. */
  #keeping = new Pacer(2000);
  #tempo = new Tempo();

  /** @param {Wasm} wasm @param {Post} post @param {() => void} wake has the trainer asked soon whether something is to be done */
  constructor(wasm, post, wake) {
    this.#wasm = wasm;
    this.#post = post;
    this.#engines = new EngineChange(wasm, post, wake, () => {
      const { number, session } = this.#opened();
      return { number, session, graphs: () => session.graphs(this.#sideJobs.sampler.count) };
    });
    this.#judge = new Judge(post);
    this.#metrics = new RunMetrics(post);
    this.#sideJobs = new SideJobs(post);
  }

  /** Opens another run in the place of the one there is. @param {OpenCommand} command @param {PolicyFiles} files */
  async open(command, files) {
    this.close();
    const { method, loss, seed, values } = command;
    const session = this.#wasm.LanguageSession.open(files.config, files.weights, { method, loss, seed, values });
    const run = { number: command.session, session, files, maxTokens: command.maxTokens };
    this.#run = run;
    this.#tempo.set(command.speed, performance.now());
    this.#sideJobs.open(command);
    this.#reader.forget();
    const heldOut = command.heldOut.map((pair, index) => ({ ...pair, id: index }));
    const { usable } = this.#reader.read(heldOut, files);
    this.#heldOut = usable.length;
    await session.setHeldOutPairs(usable);
    await this.#chooseJudge(command);
    this.#judge.tellStrong(files);
    this.#judge.recall(run, command.judgements);
    this.#judge.guide(run, command.guides);
    this.#begin(command.session);
    await this.#setPairs(command.pairs);
    this.#ring = new SnapshotRing(roomFor(files.weights.length));
    await this.#record();
    this.#engines.begin(command.engine);
  }

  /** There is no run any more. */
  close() {
    this.running = false;
    this.#ring.clear();
    this.#judge.teach(0);
    this.#engines.drop();
    this.#run?.session.free();
    this.#run = null;
  }

  /** @param {number} number */
  #begin(number) {
    this.#opened().number = number;
    this.running = false;
    this.#metrics.begin();
    this.#post({ type: "started", session: number, engine: this.#engines.words });
    this.#sideJobs.stale();
  }

  /** Says who judges the policy's own answers. @param {Pick<OpenCommand, "judge" | "judgeKind">} command */
  async #chooseJudge({ judge, judgeKind }) {
    this.#sideJobs.stale("evaluation");
    this.#sideJobs.want("questions", "judge");
    await this.#judge.choose(this.#opened(), judge, judgeKind);
  }

  /** Another policy of the same shape is the stronger one. @param {Strong} strong */
  async strengthen(strong) {
    await this.#judge.strengthen(this.#opened(), strong);
    this.#sideJobs.stale("evaluation");
  }

  /** The policy as it stands is the stronger one. @param {string} method what it was trained by */
  async keep(method) {
    const { step } = this.#opened().session;
    await this.strengthen({ name: WORKER.keptAt(method, step), weights: await this.checkpoint() });
  }

  /** Does what a command says, if there is a run. @param {Exclude<Command, { type: "open" | "written" | "curve" | "parse" | "format" | "keep" | "strong" | "profile" | "dissect" | "bring" | "forget" | "source" | "draw" | "checkpoint" }>} command */
  async obey(command) {
    const run = this.#run;
    if (!run) return;
    const { session } = run;
    switch (command.type) {
      case "run":
        this.#until = command.until ?? Infinity;
        this.running = true;
        this.#hold();
        this.#progress();
        break;
      case "speed":
        this.#tempo.set(command.speed, performance.now());
        this.#hold();
        break;
      case "pause":
        await this.#pause();
        break;
      case "step":
        if (this.running) await this.#pause();
        this.#forgetLater();
        this.#judge.remark(await session.update());
        this.#sideJobs.stale();
        await this.#publishMetrics();
        await this.#record();
        this.#progress();
        break;
      case "reset":
        await session.reset(command.seed);
        this.#begin(command.session);
        this.#ring.clear();
        await this.#record();
        this.#progress();
        break;
      case "rewind":
        await this.#rewind(command.step);
        break;
      case "watch":
        this.#sideJobs.watch(command);
        break;
      case "pairs":
        await this.#setPairs(command.pairs);
        break;
      case "judge":
        await this.#chooseJudge(command);
        break;
      case "teach":
        this.#judge.teach(command.updates);
        break;
      case "answer":
        session.answer(command.id, command.preferred);
        this.#sideJobs.want("questions");
        break;
      case "judgements":
        this.#judge.recall(run, command.judgements);
        break;
      case "guides":
        this.#judge.guide(run, command.guides);
        break;
      case "engine":
        this.#engines.choose(command.engine);
        break;
      case "value":
        session.setValue(command.name, command.value);
        // A margin is in units of beta, and so are the loss and the rewards.
        this.#sideJobs.stale("evaluation");
        this.#sideJobs.want("scores");
        break;
      case "select":
        this.#sideJobs.select(command.id);
        break;
      case "sampler":
        this.#sideJobs.sample(command.sampler);
        break;
    }
  }

  /** Keeps the run as it stands, to be gone back to. */
  async #record() {
    const { session } = this.#opened();
    if (this.#ring.at(session.step)) return;
    this.#ring.add(await session.record());
    this.#publishRecorded();
  }

  /** The run goes on from where it stands: what once came later is no more. */
  #forgetLater() {
    const { step } = this.#opened().session;
    if (this.#ring.newest <= step) return;
    this.#ring.dropAfter(step);
    this.#publishRecorded();
  }

  #publishRecorded() {
    this.#post({ type: "recorded", session: this.#opened().number, steps: this.#ring.steps });
  }

  /** The run rests and stands where it stood at a step that was recorded. @param {number} step */
  async #rewind(step) {
    if (this.running) await this.#pause();
    await this.#record();
    const snapshot = this.#ring.at(step);
    if (!snapshot) throw new Error(WORKER.stepGone(step));
    await this.#opened().session.rewind(snapshot);
    this.#sideJobs.want();
    this.#progress();
  }

  /** Whether an engine waits to take over. */
  get ready() {
    return this.#engines.ready;
  }

  /** Goes on with the engine that has been made ready, if there is one. */
  async takeOver() {
    await this.#engines.takeOver(() => {
      this.#hold();
      this.#sideJobs.stale();
    });
  }

  /** Whether there is something to train: a run waits for the person's first word, and for a stronger policy to judge. */
  get active() {
    if (this.#judge.learning) return true;
    return this.running && this.#run !== null && !this.#judge.awaited(this.#run);
  }

  /** Trains for a slice of time, or until the speed is kept; says how many milliseconds to wait then. */
  async train() {
    const { session } = this.#opened();
    const end = performance.now() + SLICE;
    if (this.#judge.learning) {
      this.#sideJobs.stale("judge", "evaluation");
      await this.#judge.learn(session, end);
      return 0;
    }
    this.#forgetLater();
    for (let now = performance.now(); now < end; now = performance.now()) {
      if (session.step >= this.#until) {
        await this.#pause();
        return 0;
      }
      const wait = this.#tempo.wait(now);
      if (wait > 0) return wait;
      try {
        this.#judge.remark(await session.update());
      } finally {
        this.#sideJobs.stale();
      }
      this.#tempo.count();
      this.#metrics.count();
      if (this.#engines.rest > 0) return this.#engines.rest;
    }
    return 0;
  }

  /** Counts from now on how fast the run is. */
  #hold() {
    const now = performance.now();
    this.#tempo.restart(now);
    this.#metrics.restart(now);
  }

  /** Where the GPU was lost, the run goes on without it until it is ready again; says so then. */
  async recover() {
    if (!this.#run) return undefined;
    return this.#engines.recover(performance.now(), () => {
      this.#sideJobs.stale();
      this.#progress();
    });
  }

  /** After a mistake: what is measured is published, the numbers on screen are those of the last good weights. */
  async stop() {
    this.running = false;
    this.#judge.teach(0);
    if (!this.#run) return;
    this.#sideJobs.stale();
    this.#progress();
  }

  /** Publishes what is due; when training rests, everything that is out of date. */
  async publish() {
    const run = this.#run;
    if (!run) return;
    const { session } = run;
    if (this.running && this.#metrics.due(performance.now())) await this.#publishMetrics();
    const now = performance.now();
    if (this.running && this.#keeping.due(now)) {
      await session.keep();
      this.#keeping.ran(now, performance.now());
    }
    if (this.running && this.#ring.wants(session.step) && this.#recording.due(now)) {
      await this.#record();
      this.#recording.ran(now, performance.now());
    }
    await this.#sideJobs.publish(run, { running: this.running, training: this.active, asksPerson: this.#judge.isPerson });
  }

  /** @param {Pair[]} pairs */
  async #setPairs(pairs) {
    const { number, session, files } = this.#opened();
    const { usable, problems } = this.#reader.read(pairs, files);
    this.#post({ type: "problems", session: number, problems, heldOut: this.#heldOut });
    await session.setTrainingPairs(usable);
    this.#sideJobs.setPairs(pairs, usable);
  }

  /** The next update in its parts, without making it; a run pauses for that. @returns {Promise<import("../app/messages.js").Dissection>} */
  async dissect() {
    if (this.running) await this.#pause();
    await this.#publishMetrics();
    const { session, files } = this.#opened();
    const { rollouts, ...parts } = await dissect(session);
    // What waits to be compared was withdrawn with the trial.
    this.#sideJobs.stale("questions");
    return { ...parts, rollouts: rollouts.map((rollout) => rolloutAsText(rollout, files.codec)) };
  }

  /** Whether pairs are left to score, whatever else rests. */
  get measuring() {
    return this.#run !== null && this.#sideJobs.scoring;
  }

  /**
   * An answer of the policy's own to a prompt, and if it can be none of those to avoid.
   * @param {{ prompt: string, temperature: number, seed: number, avoid: string[] }} of
   */
  async draw(of) {
    return drawAnswer(this.#opened(), { ...of, count: Math.max(1, this.#sideJobs.sampler.count) });
  }

  /** Makes one update and tells where its time goes. */
  async profile() {
    this.#forgetLater();
    const profile = await this.#opened().session.profile();
    this.#sideJobs.stale();
    await this.#publishMetrics();
    this.#progress();
    return profile;
  }

  /** The files of the policy as it stands, and its weights before training. */
  async source() {
    const { config, tokenizer, weights: reference } = this.#opened().files;
    return { config, tokenizer, weights: await this.checkpoint(), reference };
  }

  /** The policy as it stands, as a safetensors file. */
  checkpoint() {
    return this.#opened().session.weights();
  }

  #opened() {
    if (!this.#run) throw new Error(WORKER.noPolicy);
    return this.#run;
  }

  async #pause() {
    this.running = false;
    await this.#publishMetrics();
    await this.#record();
    this.#progress();
  }

  #progress() {
    const { number, session } = this.#opened();
    this.#post({ type: "progress", session: number, running: this.running, step: session.step });
  }

  #publishMetrics() {
    return this.#metrics.publish(this.#opened(), this.running);
  }
}
