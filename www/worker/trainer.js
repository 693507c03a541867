// @ts-check
/** @import { LanguageSession, TokenPair } from "../pkg/playground.js" */
/** @import { AnswersOf, Beginning, Command, EngineChoice, JudgeKind, Judgement, OpenCommand, Pair, Rows, Sampler, Side, TokenPlace, WorkerEvent } from "../app/messages.js" */
/** @import { Reading } from "../app/pair-problems.js" */
/** @import { Wasm } from "./core.js" */
/** @import { PolicyFiles } from "./policy-library.js" */
import { readPair } from "../app/pair-problems.js";
import { sentence } from "../app/sentence.js";
import { WORKER } from "../app/strings/worker.js";
import { told } from "../app/told.js";
import { expansionsIn, explore, lookAtAnswers, lookNext } from "./close-up.js";
import { engineInWords } from "./core-words.js";
import { dissect } from "./dissection.js";
import { questionAsText, rolloutAsText, samplesAsText, stripAsText } from "./as-text.js";
import { readPrompt } from "./prompt.js";
import { ScoreRounds } from "./score-rounds.js";
import { EngineChange } from "./engine-change.js";
import { Pacer } from "./pacer.js";
import { roomFor, SnapshotRing } from "./snapshot-ring.js";
import { Tempo } from "./tempo.js";

/** Milliseconds of training between two looks at the inbox. */
const SLICE = 25;
/** Milliseconds between two changes of the alarm's words while it lasts. */
const ALARM_PERIOD = 5000;
/** A GPU that is lost twice within so many milliseconds is not opened again. */
const LOST_AGAIN = 60_000;

/** A stronger policy of the same shape. @typedef {{ name: string, weights: Uint8Array }} Strong */
/** @typedef {(event: WorkerEvent, transfer?: Transferable[]) => void} Post */

/** What is shown beside the metrics: measured at a low rate while training, at once when paused. */
const SIDE_JOBS = /** @type {const} */ (["questions", "judge", "scores", "tokens", "rollouts", "samples", "next", "explored", "answers", "evaluation"]);
/** @typedef {typeof SIDE_JOBS[number]} SideJob */

/**
 * Holds the one session there is, trains it and publishes what it measures. The session can do one
 * thing at a time, so every method here must be awaited before the next is called.
 */
export class Trainer {
  running = false;
  #wasm;
  #post;
  #engines;
  #number = 0;
  /** @type {LanguageSession | null} */
  #session = null;
  /** @type {PolicyFiles | null} */
  #files = null;
  #maxTokens = 0;
  /** @type {Map<number, TokenPair>} */
  #tokens = new Map();
  /** @type {Map<number, string>} */
  #texts = new Map();
  #heldOut = 0;
  /** @type {JudgeKind} */
  #judgeKind = "rule";
  /** The stronger policies that were kept or opened, each of the shape of one that is shipped. @type {Map<PolicyFiles, Strong>} */
  #strong = new Map();
  /** The step at which the run rests by itself. */
  #until = Infinity;
  /** Updates that the judge was told to make beside the run's. */
  #teaching = 0;
  /** @type {number | null} */
  #selected = null;
  /** @type {Sampler} */
  #sampler = { prompt: "", temperature: 1, count: 0, seed: 0 };

  /** What the texts of the pairs are in tokens: an edit changes few of them. @type {Map<string, Reading>} */
  #readings = new Map();
  #rounds = new ScoreRounds();
  /** The only side of those that have one. @type {Map<number, Side>} */
  #alone = new Map();
  /** What is looked at closely. @type {{ token: TokenPlace | null, beginning: Beginning | null, answers: AnswersOf | null }} */
  #watched = { token: null, beginning: null, answers: null };
  /** How long the first answers to a prompt took to be added up: that decides how far all are. @type {{ prompt: string, took: number } | null} */
  #first = null;
  #ring = new SnapshotRing(2);

  /** @type {Record<SideJob, { stale: boolean, urgent: boolean, pacer: Pacer }>} */
  #jobs = {
    questions: { stale: false, urgent: false, pacer: new Pacer(500) },
    judge: { stale: false, urgent: false, pacer: new Pacer(333) },
    scores: { stale: false, urgent: false, pacer: new Pacer(333) },
    tokens: { stale: false, urgent: false, pacer: new Pacer(333) },
    rollouts: { stale: false, urgent: false, pacer: new Pacer(500) },
    samples: { stale: false, urgent: false, pacer: new Pacer(1000) },
    next: { stale: false, urgent: false, pacer: new Pacer(333) },
    explored: { stale: false, urgent: false, pacer: new Pacer(333) },
    answers: { stale: false, urgent: false, pacer: new Pacer(2000, 0.2) },
    // Only the pause and the step show it: it runs over all pairs.
    evaluation: { stale: false, urgent: false, pacer: new Pacer(Infinity) },
  };
  #metrics = new Pacer(34, 1);
  #recording = new Pacer(200);
  /** What a lost GPU may cost: milliseconds of training. */
  #keeping = new Pacer(2000);
  #alarm = { text: /** @type {string | null} */ (null), at: 0 };
  #trained = { steps: 0, since: 0, rate: 0 };
  #tempo = new Tempo();
  /** @type {EngineChoice} */
  #choice = "cpu";
  #lostAt = -Infinity;

  /** @param {Wasm} wasm @param {Post} post @param {() => void} wake has the trainer asked soon whether something is to be done */
  constructor(wasm, post, wake) {
    this.#wasm = wasm;
    this.#post = post;
    this.#engines = new EngineChange(wasm, wake);
  }

  /** @param {OpenCommand} command @param {PolicyFiles} files */
  async open(command, files) {
    this.close();
    const { method, loss, seed, values } = command;
    this.#session = this.#wasm.LanguageSession.open(files.config, files.weights, { method, loss, seed, values });
    this.#choice = command.engine;
    this.#tempo.set(command.speed, performance.now());
    this.#files = files;
    this.#first = null;
    this.#maxTokens = command.maxTokens;
    this.#selected = command.selected;
    this.#sampler = command.sampler;
    this.#texts.clear();
    this.#readings.clear();
    this.#rounds.begin();
    const heldOut = command.heldOut.map((pair, index) => ({ ...pair, id: index }));
    const usable = heldOut.flatMap((pair) => this.#read(pair).tokens ?? []);
    this.#heldOut = usable.length;
    await this.#session.setHeldOutPairs(usable);
    await this.#judge(command.judge, command.judgeKind);
    this.#post({ type: "strong", name: this.#strongest?.name ?? null });
    this.#recall(command.judgements);
    this.#guide(command.guides);
    this.#begin(command.session);
    await this.setPairs(command.pairs);
    this.#ring = new SnapshotRing(roomFor(files.weights.length));
    await this.#record();
    if (this.#choice !== "cpu") this.#prepare();
  }

  close() {
    this.running = false;
    this.#ring.clear();
    this.#teaching = 0;
    this.#engines.drop();
    this.#session?.free();
    this.#session = null;
  }

  /** @param {number} number */
  #begin(number) {
    this.#number = number;
    this.running = false;
    this.#alarm = { text: null, at: 0 };
    this.#trained.rate = 0;
    this.#post({ type: "started", session: number, engine: this.#engine });
    this.#stale();
  }

  /** What stands before the prompts while kept answers are drawn; what cannot be read is told and left out. @param {string[]} guides */
  #guide(guides) {
    const { codec, limits } = /** @type {PolicyFiles} */ (this.#files);
    const readings = guides.map((guide) => codec.encode(guide));
    const strange = readings.flatMap(({ unknown, special }) => [...unknown, ...special]);
    if (strange.length > 0) {
      const text = WORKER.guideLeftOut(limits.title, strange);
      this.#post({ type: "failure", cause: "judge", text });
    }
    const fit = readings.filter(({ unknown, special }) => unknown.length + special.length === 0);
    this.#opened().setGuides(fit.map(({ ids }) => Uint32Array.from(ids)));
  }

  /**
   * Says who judges the policy's own answers; if the rule is none, the judge before stays.
   * @param {string} rule @param {JudgeKind} [kind]
   */
  async #judge(rule, kind = "rule") {
    const { codec } = /** @type {PolicyFiles} */ (this.#files);
    const session = this.#opened();
    this.#teaching = 0;
    this.#stale("questions", "judge", "evaluation");
    this.#jobs.questions.urgent = this.#jobs.judge.urgent = true;
    try {
      if (kind === "rule") session.setRule(rule, codec.vocabulary());
      else if (kind === "person") session.askPerson();
      else if (kind === "density ratio") await this.#measureBy(this.#strongest);
      else await session.setLearnedJudge(kind, rule, codec.vocabulary());
      this.#judgeKind = kind;
    } catch (error) {
      const text = WORKER.judgeStays(sentence(error));
      this.#post({ type: "failure", cause: "judge", text });
    }
  }

  /** The stronger policy of the one that is trained, if there is one. */
  get #strongest() {
    return this.#strong.get(/** @type {PolicyFiles} */ (this.#files));
  }

  /** The density ratio of a stronger policy judges; nobody does without one. @param {Strong | undefined} strong */
  async #measureBy(strong) {
    if (strong) await this.#opened().setDensityJudge(strong.weights);
    else this.#opened().dismissJudge();
  }

  /** Another policy of the same shape is the stronger one. @param {Strong} strong */
  async strengthen(strong) {
    if (this.#judgeKind === "density ratio") await this.#measureBy(strong);
    this.#strong.set(/** @type {PolicyFiles} */ (this.#files), strong);
    this.#post({ type: "strong", name: strong.name });
    this.#stale("evaluation");
  }

  /** The policy as it stands is the stronger one. @param {string} method what it was trained by */
  async keep(method) {
    const { step } = this.#opened();
    await this.strengthen({ name: WORKER.keptAt(method, step), weights: await this.checkpoint() });
  }

  /** All that the person has said; what this policy cannot read is told and left out. @param {Judgement[]} judgements */
  #recall(judgements) {
    const { codec, limits } = /** @type {PolicyFiles} */ (this.#files);
    const session = this.#opened();
    session.forget();
    const lost = judgements.filter(({ prompt, first, second, preferred }) => {
      const texts = [prompt, first, second].map((text) => codec.encode(text));
      if (texts.some(({ unknown, special }) => unknown.length + special.length > 0)) return true;
      const [about, one, other] = texts.map(({ ids }) => Uint32Array.from(ids));
      try {
        session.recall(about, one, other, preferred);
        return false;
      } catch {
        return true;
      }
    });
    if (lost.length === 0) return;
    const text = WORKER.judgementsLeftOut(limits.title, lost.length, judgements.length);
    this.#post({ type: "failure", cause: "judge", text });
  }

  /** @param {Exclude<Command, { type: "open" | "written" | "curve" | "parse" | "format" | "keep" | "strong" | "profile" | "dissect" | "bring" | "forget" | "source" | "draw" | "checkpoint" }>} command */
  async obey(command) {
    if (!this.#session) return;
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
        this.#remark(await this.#session.update());
        this.#stale();
        await this.#publishMetrics();
        await this.#record();
        this.#progress();
        break;
      case "reset":
        await this.#session.reset(command.seed);
        this.#begin(command.session);
        this.#ring.clear();
        await this.#record();
        this.#progress();
        break;
      case "rewind":
        await this.#rewind(command.step);
        break;
      case "watch": {
        const { token, beginning, answers } = command;
        this.#watch("next", this.#watched.token, token);
        this.#watch("explored", this.#watched.beginning, beginning);
        this.#watch("answers", this.#watched.answers, answers);
        this.#watched = { token, beginning, answers };
        break;
      }
      case "pairs":
        await this.setPairs(command.pairs);
        break;
      case "judge":
        await this.#judge(command.judge, command.judgeKind);
        break;
      case "teach":
        this.#teaching = command.updates;
        break;
      case "answer":
        this.#session.answer(command.id, command.preferred);
        this.#stale("questions");
        this.#jobs.questions.urgent = true;
        break;
      case "judgements":
        this.#recall(command.judgements);
        break;
      case "guides":
        this.#guide(command.guides);
        break;
      case "engine":
        this.#choice = command.engine;
        this.#prepare();
        break;
      case "value":
        this.#session.setValue(command.name, command.value);
        // A margin is in units of beta, and so are the loss and the rewards.
        this.#stale("scores", "evaluation");
        this.#jobs.scores.urgent = true;
        break;
      case "select":
        this.#selected = command.id;
        this.#stale("tokens", "rollouts");
        this.#jobs.tokens.urgent = this.#jobs.rollouts.urgent = true;
        break;
      case "sampler":
        this.#sampler = command.sampler;
        this.#stale("samples");
        this.#jobs.samples.urgent = true;
        break;
    }
  }

  /** Something else is looked at: its numbers are wanted at once. @param {SideJob} job @param {unknown} before @param {unknown} now */
  #watch(job, before, now) {
    if (now !== null && JSON.stringify(now) !== JSON.stringify(before)) this.#jobs[job].stale = this.#jobs[job].urgent = true;
  }

  /** Keeps the run as it stands, to be gone back to. */
  async #record() {
    const session = this.#opened();
    if (this.#ring.at(session.step)) return;
    this.#ring.add(await session.record());
    this.#publishRecorded();
  }

  /** The run goes on from where it stands: what once came later is no more. */
  #forgetLater() {
    const { step } = this.#opened();
    if (this.#ring.newest <= step) return;
    this.#ring.dropAfter(step);
    this.#publishRecorded();
  }

  #publishRecorded() {
    this.#post({ type: "recorded", session: this.#number, steps: this.#ring.steps });
  }

  /** The run rests and stands where it stood at a step that was recorded. @param {number} step */
  async #rewind(step) {
    if (this.running) await this.#pause();
    await this.#record();
    const snapshot = this.#ring.at(step);
    if (!snapshot) throw new Error(WORKER.stepGone(step));
    await this.#opened().rewind(snapshot);
    this.#stale();
    for (const name of SIDE_JOBS) this.#jobs[name].urgent = true;
    this.#progress();
  }

  /** Has the engine that was chosen made ready, while the run goes on with the one it has. */
  #prepare() {
    this.#engines.prepare(this.#choice, this.#opened().graphs(this.#sampler.count), {
      progress: (done, all) => this.#post({ type: "preparing", session: this.#number, done, all }),
      failed: (error) => {
        this.#post({ type: "engine", session: this.#number, engine: this.#engine });
        const text = WORKER.engineStays(sentence(error));
        this.#post({ type: "failure", cause: "other", text });
      },
    });
  }

  /** Whether an engine waits to take over. */
  get ready() {
    return this.#engines.ready;
  }

  /** Goes on with the engine that has been made ready, if there is one. */
  async takeOver() {
    const engine = this.#engines.take();
    if (!engine) return;
    const session = this.#opened();
    try {
      await session.switchEngine(engine);
    } finally {
      this.#hold();
      this.#post({ type: "engine", session: this.#number, engine: this.#engine });
      this.#stale();
    }
  }

  /** Whether there is something to train: a run waits for the person's first word, and for a stronger policy to judge. */
  get active() {
    const waits = this.#session?.awaitsPerson || (this.#judgeKind === "density ratio" && !this.#strongest);
    return this.#teaching > 0 || (this.running && !waits);
  }

  /** Trains for a slice of time, or until the speed is kept; says how many milliseconds to wait then. */
  async train() {
    const session = this.#opened();
    const end = performance.now() + SLICE;
    if (this.#teaching > 0) {
      await this.#teach(end);
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
        this.#remark(await session.update());
      } finally {
        this.#stale();
      }
      this.#tempo.count();
      this.#trained.steps++;
      if (this.#engines.rest > 0) return this.#engines.rest;
    }
    return 0;
  }

  /** Counts from now on how fast the run is. */
  #hold() {
    const since = performance.now();
    this.#tempo.restart(since);
    this.#trained = { steps: 0, since, rate: 0 };
  }

  /** The judge alone learns, until `end` or until it was taught enough. @param {number} end */
  async #teach(end) {
    this.#stale("judge", "evaluation");
    try {
      for (; this.#teaching > 0 && performance.now() < end; this.#teaching--) await this.#opened().updateJudge();
    } catch (error) {
      this.#teaching = 0;
      this.#remark(error);
    }
  }

  /** What broke the judge, if anything did, while the run goes on. @param {unknown} error */
  #remark(error) {
    if (error !== undefined) this.#post({ type: "failure", cause: "judge", text: WORKER.judgeRests(sentence(error)) });
  }

  /** Where the GPU was lost, the run goes on without it until it is ready again; says so then. */
  async recover() {
    const lost = this.#session?.recover();
    if (lost === undefined) return undefined;
    this.#post({ type: "engine", session: this.#number, engine: this.#engine });
    this.#stale();
    this.#progress();
    const now = performance.now();
    if (now - this.#lostAt > LOST_AGAIN) this.#prepare();
    this.#lostAt = now;
    return told(lost);
  }

  /** After a mistake: what is measured is published, the numbers on screen are those of the last good weights. */
  async stop() {
    this.running = false;
    this.#teaching = 0;
    if (!this.#session) return;
    this.#stale();
    this.#progress();
  }

  /** Publishes what is due; when training rests, everything that is out of date. */
  async publish() {
    if (!this.#session) return;
    if (this.running && this.#metrics.due(performance.now())) await this.#publishMetrics();
    const now = performance.now();
    if (this.running && this.#keeping.due(now)) {
      await this.#session.keep();
      this.#keeping.ran(now, performance.now());
    }
    if (this.running && this.#ring.wants(this.#session.step) && this.#recording.due(now)) {
      await this.#record();
      this.#recording.ran(now, performance.now());
    }
    for (const name of SIDE_JOBS) {
      const job = this.#jobs[name];
      const start = performance.now();
      if (!job.stale || !(job.urgent || !this.active || job.pacer.due(start))) continue;
      if (name === "evaluation" && (this.running || this.active)) continue;
      job.stale = job.urgent = false;
      await this.#perform(name);
      job.pacer.ran(start, performance.now());
    }
  }

  /** @param {Pair[]} pairs */
  async setPairs(pairs) {
    const session = this.#opened();
    const known = this.#readings;
    this.#readings = new Map();
    const { codec } = /** @type {PolicyFiles} */ (this.#files);
    const readings = pairs.map((pair) =>
      this.#read(pair, (text) => {
        const reading = known.get(text) ?? codec.encode(text);
        this.#readings.set(text, reading);
        return reading;
      }),
    );
    this.#post({
      type: "problems",
      session: this.#number,
      problems: readings.flatMap((reading) => reading.problems),
      heldOut: this.#heldOut,
    });
    const usable = readings.flatMap((reading) => reading.tokens ?? []);
    await session.setTrainingPairs(usable);
    this.#tokens = new Map(usable.map((pair) => [pair.id, pair]));
    this.#alone = new Map(pairs.flatMap(({ id, only }) => (only === undefined ? [] : [[id, only]])));

    const texts = new Map(pairs.map((pair) => [pair.id, JSON.stringify([pair.prompt, pair.chosen, pair.rejected])]));
    for (const { id } of usable) {
      if (texts.get(id) !== this.#texts.get(id)) this.#rounds.edit(id);
    }
    this.#texts = texts;
    this.#stale("questions", "judge", "scores", "evaluation", "tokens", "next", "answers");
    this.#jobs.scores.urgent = true;
    if (this.#selected !== null && this.#rounds.isEdited(this.#selected)) this.#jobs.tokens.urgent = true;
  }

  /** The next update in its parts, without making it; a run pauses for that. @returns {Promise<import("../app/messages.js").Dissection>} */
  async dissect() {
    if (this.running) await this.#pause();
    await this.#publishMetrics();
    const { rollouts, ...parts } = await dissect(this.#opened());
    // What waits to be compared was withdrawn with the trial.
    this.#stale("questions");
    const { codec } = /** @type {PolicyFiles} */ (this.#files);
    return { ...parts, rollouts: rollouts.map((rollout) => rolloutAsText(rollout, codec)) };
  }

  /** Whether pairs are left to score, whatever else rests. */
  get measuring() {
    return this.#session !== null && this.#jobs.scores.stale;
  }

  /**
   * An answer of the policy's own to a prompt, and if it can be none of those to avoid.
   * @param {{ prompt: string, temperature: number, seed: number, avoid: string[] }} of
   */
  async draw({ prompt, temperature, seed, avoid }) {
    const session = this.#opened();
    const files = /** @type {PolicyFiles} */ (this.#files);
    const { ids, room, problem } = readPrompt(prompt, files);
    if (problem !== null) throw new Error(problem);
    const maxTokens = Math.min(this.#maxTokens, room);
    const options = { count: Math.max(1, this.#sampler.count), temperature, topK: 0, topP: 1, maxTokens, seed };
    const { policy } = await session.sample(ids, options);
    const texts = policy.map((completion) => files.codec.decode(completion));
    return texts.find((text) => text !== "" && !avoid.includes(text)) ?? texts[0];
  }

  /** Makes one update and tells where its time goes. */
  async profile() {
    this.#forgetLater();
    const profile = await this.#opened().profile();
    this.#stale();
    await this.#publishMetrics();
    this.#progress();
    return profile;
  }

  /** The files of the policy as it stands, and its weights before training. */
  async source() {
    const { config, tokenizer, weights: reference } = /** @type {PolicyFiles} */ (this.#files);
    return { config, tokenizer, weights: await this.checkpoint(), reference };
  }

  /** The policy as it stands, as a safetensors file. */
  checkpoint() {
    return this.#opened().weights();
  }

  /** What runs the graphs, in the page's words. */
  get #engine() {
    return engineInWords(this.#opened().engine);
  }

  #opened() {
    if (!this.#session) throw new Error(WORKER.noPolicy);
    return this.#session;
  }

  async #pause() {
    this.running = false;
    await this.#publishMetrics();
    await this.#record();
    this.#progress();
  }

  #progress() {
    this.#post({ type: "progress", session: this.#number, running: this.running, step: this.#opened().step });
  }

  /** @param {SideJob[]} names all, if none is given */
  #stale(...names) {
    for (const name of names.length > 0 ? names : SIDE_JOBS) this.#jobs[name].stale = true;
    if (names.length === 0 || names.includes("scores")) this.#rounds.disturb();
  }

  /** @param {Pair} pair @param {(text: string) => Reading} [encode] */
  #read(pair, encode = (text) => /** @type {PolicyFiles} */ (this.#files).codec.encode(text)) {
    const { limits } = /** @type {PolicyFiles} */ (this.#files);
    const { tokens, problems } = readPair(pair, encode, limits);
    return {
      problems,
      tokens: tokens && {
        id: pair.id,
        prompt: Uint32Array.from(tokens.prompt),
        chosen: Uint32Array.from(tokens.chosen),
        rejected: Uint32Array.from(tokens.rejected),
        weight: pair.weight ?? 1,
      },
    };
  }

  async #publishMetrics() {
    const session = this.#opened();
    const start = performance.now();
    const rows = await (this.running ? session.arrivedMetrics() : session.metrics());
    const trained = this.#trained;
    if (start - trained.since > 500) {
      trained.rate = (1000 * trained.steps) / (start - trained.since);
      Object.assign(trained, { steps: 0, since: start });
    }
    if (rows.steps.length > 0) this.#postRows({ type: "measured", session: this.#number, rate: trained.rate, ...rows });
    this.#publishAlarm(start);
    this.#metrics.ran(start, performance.now());
  }

  /** @param {Extract<WorkerEvent, { type: "measured" | "evaluated" }>} event */
  #postRows(event) {
    this.#post(event, [event.steps.buffer, event.values.buffer]);
  }

  /** @param {number} now */
  #publishAlarm(now) {
    const alarm = this.#opened().alarm();
    const text = alarm === undefined ? null : told(alarm);
    const { text: shown, at } = this.#alarm;
    if (text === shown) return;
    // The words carry numbers that change at every step; a reader needs them calm.
    const lasts = text !== null && shown !== null;
    if (lasts && this.running && now - at < ALARM_PERIOD) return;
    this.#alarm = { text, at: now };
    this.#post({ type: "alarm", session: this.#number, text });
  }

  /** @param {SideJob} name */
  async #perform(name) {
    switch (name) {
      case "questions":
        return this.#publishQuestions();
      case "judge":
        return this.#publishJudge();
      case "scores":
        return this.#publishScores();
      case "tokens":
        return this.#publishTokens();
      case "rollouts":
        return this.#publishRollouts();
      case "samples":
        return this.#publishSamples();
      case "next":
        return this.#publishNext();
      case "explored":
        return this.#publishExplored();
      case "answers":
        return this.#publishAnswers();
      case "evaluation":
        if (this.#tokens.size === 0) return;
        return this.#postRows({ type: "evaluated", session: this.#number, ...(await this.#opened().evaluate()) });
    }
  }

  /** Where the judge stands, if it is one that learns. */
  #publishJudge() {
    const report = this.#opened().judge();
    if (report) this.#post({ type: "judge", session: this.#number, report });
  }

  /** What the person is asked. */
  async #publishQuestions() {
    if (this.#judgeKind !== "person") return;
    const { codec } = /** @type {PolicyFiles} */ (this.#files);
    const questions = await this.#opened().questions();
    this.#post({ type: "questions", session: this.#number, questions: questions.map((question) => questionAsText(question, codec)) });
  }

  /** The numbers of some pairs. */
  async #publishScores() {
    if (this.#tokens.size === 0) return;
    const session = this.#opened();
    const { step } = session;
    const { scores, all, more } = await this.#rounds.score(session, new Set(this.#tokens.keys()), this.running);
    this.#jobs.scores.stale = more;
    if (scores.length > 0) this.#post({ type: "scores", session: this.#number, step, all, scores });
  }

  /** What may stand in the place of a token that is looked at. */
  async #publishNext() {
    const { token: at } = this.#watched;
    const pair = at ? this.#tokens.get(at.pair) : undefined;
    if (!at || !pair) return;
    const session = this.#opened();
    const files = /** @type {PolicyFiles} */ (this.#files);
    const [{ step }, answer] = [session, pair[at.side]];
    const place = { prompt: pair.prompt, completion: answer.slice(0, at.index), here: answer[at.index] ?? files.end };
    this.#post({ type: "next", session: this.#number, step, at, shown: await lookNext(session, files, place) });
  }

  /** What may come next in a text that a person has typed. */
  async #publishExplored() {
    const { beginning: at } = this.#watched;
    if (!at) return;
    const session = this.#opened();
    const { step } = session;
    this.#post({ type: "explored", session: this.#number, step, at, ...(await explore(session, /** @type {PolicyFiles} */ (this.#files), at)) });
  }

  async #publishAnswers() {
    const { answers: at } = this.#watched;
    if (!at) return;
    const session = this.#opened();
    const { step } = session;
    const known = this.#first?.prompt === at.prompt ? this.#first : null;
    const what = { at, expansions: known ? expansionsIn(known.took, at.milliseconds) : undefined, maxTokens: this.#maxTokens, pairs: [...this.#tokens.values()], alone: this.#alone };
    const start = performance.now();
    this.#post({ type: "answers", session: this.#number, step, at, ...(await lookAtAnswers(session, /** @type {PolicyFiles} */ (this.#files), what)) });
    if (known) return;
    this.#first = { prompt: at.prompt, took: performance.now() - start };
    this.#jobs.answers.stale = this.#jobs.answers.urgent = true;
  }

  async #publishTokens() {
    const pair = this.#selected === null ? undefined : this.#tokens.get(this.#selected);
    if (!pair) return;
    const { codec } = /** @type {PolicyFiles} */ (this.#files);
    const { chosen, rejected } = await this.#opened().scoreTokens(pair);
    this.#post({ type: "tokens", session: this.#number, id: pair.id, chosen: stripAsText(chosen, codec), rejected: stripAsText(rejected, codec) });
  }

  /** What the last update learnt from of the policy's own, and what stands against the selected pair. */
  #publishRollouts() {
    const session = this.#opened();
    const { codec } = /** @type {PolicyFiles} */ (this.#files);
    const rollouts = session.rollouts().map((rollout) => rolloutAsText(rollout, codec));
    this.#post({ type: "rollouts", session: this.#number, rollouts });
    const pair = this.#selected === null ? undefined : this.#tokens.get(this.#selected);
    if (!pair) return;
    const answers = session.keptAnswers(pair).map((ids) => codec.decode(ids));
    this.#post({ type: "kept", session: this.#number, id: pair.id, answers });
  }

  async #publishSamples() {
    const samples = await samplesAsText(this.#opened(), /** @type {PolicyFiles} */ (this.#files), this.#sampler, this.#maxTokens);
    this.#post({ type: "samples", session: this.#number, ...samples });
  }
}
