// @ts-check
/** @import { DiffusionSession, DrawOptions, SamplePair } from "../pkg/playground.js" */
/** @import { Command, DataSource, DiffusionEvent, FieldChoice, JudgeKind, OpenCommand, Recipe, Sampler, Shape, WayChoice } from "../diffusion/messages.js" */
/** @import { Wasm } from "./core.js" */
import { sentence } from "../app/sentence.js";
import { WORKER } from "../app/strings/worker.js";
import { gridClasses, placesOfField } from "../diffusion/shown.js";
import { EngineChange } from "./engine-change.js";
import { JobSchedule } from "./job-schedule.js";
import { Pacer } from "./pacer.js";
import { Tempo } from "./tempo.js";
import { PairMaker } from "./pair-maker.js";
import { policyFile } from "./policy-files.js";
import { Rate } from "./rate.js";
import { SampleData } from "./sample-data.js";
import { SampleQuality } from "./sample-quality.js";

/** Milliseconds of training between two looks at the inbox. */
const SLICE = 25;
/** Pairs that are measured and never learnt from. */
const HELD_OUT = 16;
/** The turn of a recipe that makes those: no other comes so far. */
const HELD_OUT_TURN = 1000;
/** Pairs that are scored in one go. */
const SCORED_AT_ONCE = 16;
/** Samples of the policy whose way from noise is shown. */
const WAYS = { images: 6, points: 64 };

/** @typedef {(event: DiffusionEvent, transfer?: Transferable[]) => void} Post */

/** What is shown beside the metrics: measured at a low rate while training, at once when paused. */
const pacers = () => ({
  questions: new Pacer(500),
  samples: new Pacer(300, 0.25),
  field: new Pacer(500, 0.1),
  rollouts: new Pacer(1000),
  scores: new Pacer(150, 0.1),
  errors: new Pacer(500),
  way: new Pacer(1500, 0.1),
  quality: new Pacer(1000, 0.2),
  // Only the pause and the step show it: it runs over all pairs.
  evaluation: new Pacer(Infinity),
});
/** @typedef {keyof ReturnType<typeof pacers>} SideJob */

/**
 * Holds the one run of a diffusion policy there is, trains it and publishes what it measures. The run can do one
 * thing at a time, so every method here must be awaited before the next is called.
 */
export class DiffusionTrainer {
  running = false;
  #wasm;
  #post;
  #engines;
  #pairMaker;
  #quality;
  /** The files of the policies that were opened. @type {Map<string, { config: string, weights: Uint8Array }>} */
  #files = new Map();
  #number = 0;
  /** @type {DiffusionSession | null} */
  #session = null;
  /** Of the policy that is open. */
  #config = "";
  /** @type {Shape} */
  #shape = { dimensions: 0, classes: 0, timesteps: 0 };
  /** @type {DataSource} */
  #data = "";
  /** @type {Recipe} */
  #recipe = { from: "policy", count: 0, candidates: 2 };
  #rule = "";
  /** @type {JudgeKind} */
  #judgeKind = "rule";
  /** What was made of a policy before any training, by how. @type {Map<string, SamplePair[]>} */
  #made = new Map();
  /** @type {Map<number, SamplePair>} */
  #pairs = new Map();
  /** Pairs whose turn to be scored is yet to come. @type {number[]} */
  #unscored = [];
  /** @type {number | null} */
  #selected = null;
  /** @type {Sampler} */
  #sampler = { steps: 1, guidance: 1, eta: 0, seed: 0 };
  /** @type {FieldChoice} */
  #field = { shown: false, timestep: 0, class: null };
  /** @type {WayChoice} */
  #way = { shown: false, class: 0 };
  /** The reference's samples, which no update changes, and how they were drawn. */
  #drawnReference = { as: "", values: /** @type {Float32Array} */ (new Float32Array()) };

  #sideJobs = new JobSchedule(pacers());
  #metrics = new Pacer(34, 1);
  /** What a lost GPU may cost: milliseconds of training. */
  #keeping = new Pacer(2000);
  /** The step at which the run rests by itself. */
  #until = Infinity;
  #tempo = new Tempo();
  #rate = new Rate();

  /** @param {Wasm} wasm @param {Post} post @param {() => void} wake has the trainer asked soon whether something is to be done @param {URL} assets */
  constructor(wasm, post, wake, assets) {
    this.#wasm = wasm;
    this.#post = post;
    this.#engines = new EngineChange(wasm, post, wake, () => {
      const session = this.#opened();
      const graphs = () => session.graphs(gridClasses(this.#shape).length, this.#sampler);
      return { number: this.#number, session, graphs };
    });
    const data = new SampleData(wasm, assets);
    this.#pairMaker = new PairMaker(wasm, data);
    this.#quality = new SampleQuality(wasm, data);
  }

  /** @param {OpenCommand} command */
  async open(command) {
    this.close();
    const { method, seed, values, recipe } = command;
    const { config, weights } = command.files ?? (await this.#policy(command.policy));
    const { dimensions, classes, num_train_timesteps: timesteps } = JSON.parse(config);
    this.#config = config;
    this.#shape = { dimensions, classes, timesteps };
    this.#session = this.#wasm.DiffusionSession.open(config, weights, { method, loss: "", seed, values });
    this.#data = command.data;
    this.#recipe = recipe;
    if (typeof command.data !== "string") this.#quality.forget();
    this.#tempo.set(command.speed, performance.now());
    this.#selected = command.selected;
    this.#sampler = command.sampler;
    this.#field = command.field;
    this.#way = command.way;
    this.#drawnReference.as = "";
    this.#judge(command.judgeKind, command.rule);
    const pairs = command.pairs ?? (await this.#firstPairs(command, recipe, 0));
    this.#session.setHeldOutPairs(await this.#firstPairs(command, { ...recipe, count: HELD_OUT }, HELD_OUT_TURN));
    this.#number = command.session;
    this.#post({ type: "data", session: this.#number, data: dimensions === 2 ? await this.#pairMaker.data(this.#data) : null });
    // The page gives them their ids and sends them back.
    if (!command.pairs) this.#post({ type: "made", session: this.#number, pairs });
    else await this.#setPairs(pairs);
    this.#begin(command.session);
    this.#engines.begin(command.engine);
  }

  /** @param {string} folder */
  async #policy(folder) {
    const known = this.#files.get(folder);
    if (known) return known;
    const [config, weights] = await Promise.all([policyFile(folder, "config.json"), policyFile(folder, "model.safetensors")]);
    const files = { config: new TextDecoder().decode(config), weights: new Uint8Array(weights) };
    this.#files.set(folder, files);
    return files;
  }

  close() {
    this.running = false;
    this.#engines.drop();
    this.#session?.free();
    this.#session = null;
    this.#pairs.clear();
  }

  /** @param {number} number */
  #begin(number) {
    this.#number = number;
    this.running = false;
    this.#rate.restart(performance.now());
    this.#post({ type: "started", session: number, engine: this.#engines.words, shape: this.#shape });
    this.#unscored = [];
    this.#sideJobs.stale();
  }

  /** @param {Recipe} recipe @param {string} rule @param {Sampler} sampler @param {number} turn */
  #make(recipe, rule, sampler, turn) {
    const of = { session: this.#opened(), shape: this.#shape, data: this.#data, recipe, rule, draw: sampler, turn };
    return this.#pairMaker.make(of);
  }

  /** Pairs of a policy that has learnt nothing yet: the same whenever it is opened. @param {OpenCommand} command @param {Recipe} recipe @param {number} turn */
  async #firstPairs({ policy, rule, sampler }, recipe, turn) {
    const key = JSON.stringify([policy, rule, sampler, recipe, turn]);
    const made = this.#made.get(key) ?? (await this.#make(recipe, rule, sampler, turn));
    this.#made.set(key, made);
    return made;
  }

  /** Other pairs, as they would be proposed at this turn. @param {Extract<Command, { type: "propose" }>} command */
  propose({ recipe, rule, turn, sampler }) {
    return this.#make(recipe, rule, sampler, turn);
  }

  /** Two samples of the policy, of one class. @param {Extract<Command, { type: "candidates" }>} command */
  async candidates({ class: of, sampler }) {
    const both = await this.#opened().sample(false, Uint32Array.of(of, of), sampler);
    const { dimensions } = this.#shape;
    return { class: of, first: both.slice(0, dimensions), second: both.slice(dimensions) };
  }

  /** The policy as it stands: its files. */
  async checkpoint() {
    return { config: this.#config, weights: await this.#opened().weights() };
  }

  /** Says who judges the policy's own samples; if the rule is none, the judge before stays. @param {JudgeKind} kind @param {string} rule */
  #judge(kind, rule) {
    const session = this.#opened();
    this.#rule = rule;
    this.#judgeKind = kind;
    this.#sideJobs.stale("quality", "evaluation");
    this.#sideJobs.want("questions", "samples");
    try {
      if (kind === "person") session.askPerson();
      else session.setRule(rule);
    } catch (error) {
      const text = WORKER.judgeStays(sentence(error));
      this.#post({ type: "failure", cause: "judge", text });
    }
  }

  /** @param {Exclude<Command, { type: "open" | "propose" | "candidates" | "checkpoint" }>} command */
  async obey(command) {
    const session = this.#session;
    if (!session) return;
    switch (command.type) {
      case "run":
        this.#until = command.until ?? Infinity;
        this.running = true;
        this.#hold();
        this.#progress();
        break;
      case "pause":
        await this.#pause();
        break;
      case "step":
        if (this.running) await this.#pause();
        await session.update();
        this.#sideJobs.stale();
        this.#unscored = [];
        await this.#publishMetrics();
        this.#progress();
        break;
      case "reset":
        await session.reset(command.seed);
        this.#begin(command.session);
        this.#progress();
        break;
      case "pairs":
        await this.#setPairs(command.pairs);
        break;
      case "value":
        session.setValue(command.name, command.value);
        // A margin is in units of beta, and so are the loss and the rewards.
        this.#sideJobs.stale("evaluation");
        this.#unscored = [];
        this.#sideJobs.want("scores");
        break;
      case "speed":
        this.#tempo.set(command.speed, performance.now());
        this.#hold();
        break;
      case "engine":
        this.#engines.choose(command.engine);
        break;
      case "judge":
        this.#judge(command.judgeKind, command.rule);
        break;
      case "answer":
        session.answer(command.id, command.preferred);
        this.#sideJobs.want("questions");
        break;
      case "select":
        this.#selected = command.id;
        this.#sideJobs.want("errors");
        break;
      case "sampler":
        this.#sampler = command.sampler;
        this.#sideJobs.want("samples", "way");
        this.#sideJobs.stale("quality");
        break;
      case "field":
        this.#field = command.field;
        this.#sideJobs.want("field");
        break;
      case "way":
        this.#way = command.way;
        this.#sideJobs.want("way");
        break;
    }
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

  /** Where the GPU was lost, the run goes on without it until it is ready again; says so then. */
  async recover() {
    if (!this.#session) return undefined;
    return this.#engines.recover(performance.now(), () => {
      this.#sideJobs.stale();
      this.#progress();
    });
  }

  /** Whether there is something to train: a run does not go on before the person has judged anything. */
  get active() {
    return this.running && !this.#session?.awaitsPerson;
  }

  /** Trains for a slice of time, or until the speed is kept; says how many milliseconds to wait then. */
  async train() {
    const session = this.#opened();
    const end = performance.now() + SLICE;
    try {
      for (let now = performance.now(); now < end; now = performance.now()) {
        if (session.step >= this.#until) {
          await this.#pause();
          return 0;
        }
        const wait = this.#tempo.wait(now);
        if (wait > 0) return wait;
        await session.update();
        this.#tempo.count();
        this.#rate.count();
        if (this.#engines.rest > 0) return this.#engines.rest;
      }
    } finally {
      this.#sideJobs.stale();
    }
    return 0;
  }

  #hold() {
    const now = performance.now();
    this.#tempo.restart(now);
    this.#rate.restart(now);
  }

  /** After a mistake: what is measured is published, the numbers on screen are those of the last good weights. */
  async stop() {
    this.running = false;
    if (!this.#session) return;
    this.#sideJobs.stale();
    this.#progress();
  }

  async #pause() {
    this.running = false;
    // The numbers of all pairs are to be those of this step.
    this.#unscored = [];
    await this.#publishMetrics();
    this.#progress();
  }

  #progress() {
    this.#post({ type: "progress", session: this.#number, running: this.running, step: this.#opened().step });
  }

  /** @param {SamplePair[]} pairs */
  async #setPairs(pairs) {
    await this.#opened().setTrainingPairs(pairs);
    this.#pairs = new Map(pairs.map((pair) => [pair.id, pair]));
    this.#unscored = [];
    this.#sideJobs.stale("questions", "evaluation");
    this.#sideJobs.want("scores", "errors");
  }

  /** Publishes what is due; when training rests, what is out of date, one thing at a time: then commands come first. */
  async publish() {
    const session = this.#session;
    if (!session) return;
    if (this.running && this.#metrics.due(performance.now())) await this.#publishMetrics();
    const now = performance.now();
    if (this.running && this.#keeping.due(now)) {
      await session.keep();
      this.#keeping.ran(now, performance.now());
    }
    const name = this.#next();
    if (name) await this.#sideJobs.perform(name, () => this.#perform(name));
  }

  /** Whether something is out of date and is due now. */
  get behind() {
    return this.#session !== null && this.#next() !== undefined;
  }

  /** What is to be measured next, beside the metrics. */
  #next() {
    const [training, now] = [this.active, performance.now()];
    const due = this.#sideJobs.names.filter((name) => this.#serves(name) && this.#sideJobs.isDue(name, training, now));
    return this.#sideJobs.first(due);
  }

  /** Whether somebody sees what a job measures. @param {SideJob} name */
  #serves(name) {
    switch (name) {
      case "questions":
        return this.#judgeKind === "person";
      case "field":
        return this.#field.shown && this.#shape.dimensions === 2;
      case "way":
        return this.#way.shown;
      case "evaluation":
        // The sentence on the pause comes when the numbers beside the pairs are those of this step too.
        return !this.running && this.#pairs.size > 0 && !this.#sideJobs.isStale("scores");
      case "errors":
        return this.#selected !== null && this.#pairs.has(this.#selected);
      default:
        return true;
    }
  }

  /** @param {SideJob} name */
  async #perform(name) {
    switch (name) {
      case "questions":
        return this.#publishQuestions();
      case "samples":
        return this.#publishSamples();
      case "field":
        return this.#publishField();
      case "rollouts":
        // What an update tells of them comes with its metrics.
        await this.#publishMetrics();
        return this.#post({ type: "rollouts", session: this.#number, rollouts: this.#opened().rollouts() });
      case "scores":
        return this.#publishScores();
      case "errors":
        return this.#publishErrors();
      case "way":
        return this.#publishWay();
      case "quality":
        return this.#postRows({ type: "quality", session: this.#number, ...(await this.#measureQuality()) });
      case "evaluation":
        return this.#postRows({ type: "evaluated", session: this.#number, ...(await this.#opened().evaluate()) });
    }
  }

  async #publishMetrics() {
    const session = this.#opened();
    const start = performance.now();
    const rows = await (this.running ? session.arrivedMetrics() : session.metrics());
    this.#rate.renew(start);
    if (rows.steps.length > 0) this.#postRows({ type: "measured", session: this.#number, rate: this.#rate.perSecond, ...rows });
    this.#metrics.ran(start, performance.now());
  }

  /** @param {Extract<DiffusionEvent, { type: "measured" | "evaluated" | "quality" }>} event */
  #postRows(event) {
    this.#post(event, [event.steps.buffer, event.values.buffer]);
  }

  #measureQuality() {
    const subject = { source: this.#data, shape: this.#shape, recipe: this.#recipe, rule: this.#rule };
    return this.#quality.measure(this.#opened(), subject, this.#sampler);
  }

  /** What the person is asked. */
  async #publishQuestions() {
    const session = this.#opened();
    const questions = await session.questions();
    this.#post({ type: "questions", session: this.#number, questions, compared: session.compared });
  }

  async #publishSamples() {
    const session = this.#opened();
    const { step } = session;
    const classes = gridClasses(this.#shape);
    const policy = await session.sample(false, classes, this.#sampler);
    const as = JSON.stringify(this.#sampler);
    if (this.#drawnReference.as !== as) {
      this.#drawnReference = { as, values: await session.sample(true, classes, this.#sampler) };
    }
    const reference = this.#drawnReference.values;
    this.#post({ type: "samples", session: this.#number, step, classes, policy, reference, points: this.#points(policy, reference) });
  }

  /** What the rule gives the samples; nothing if it is none. @param {Float32Array} policy @param {Float32Array} reference */
  #points(policy, reference) {
    const by = (/** @type {Float32Array} */ values) => this.#wasm.rulePoints(this.#rule, values, this.#shape.dimensions);
    try {
      return { policy: by(policy), reference: by(reference) };
    } catch {
      // Whoever set the rule has been told.
      return null;
    }
  }

  async #publishField() {
    const session = this.#opened();
    const { timestep, class: of } = this.#field;
    const places = placesOfField();
    const at = Math.min(timestep, this.#shape.timesteps - 1);
    const scores = await session.field(false, places, of ?? undefined, at);
    this.#post({ type: "field", session: this.#number, step: session.step, timestep: at, places, scores });
  }

  /** Those of some pairs at a time, so that nothing waits long. */
  async #publishScores() {
    if (this.#unscored.length === 0) this.#unscored = [...this.#pairs.keys()];
    const ids = this.#unscored.splice(0, SCORED_AT_ONCE);
    if (ids.length === 0) return;
    this.#post({ type: "scores", session: this.#number, scores: await this.#opened().scorePairs(Uint32Array.from(ids)) });
    if (this.#unscored.length > 0) this.#sideJobs.stale("scores");
  }

  async #publishErrors() {
    const pair = this.#selected === null ? undefined : this.#pairs.get(this.#selected);
    if (pair) this.#post({ type: "errors", session: this.#number, id: pair.id, errors: await this.#opened().errors(pair) });
  }

  async #publishWay() {
    const session = this.#opened();
    const of = this.#way.class;
    const classes = new Uint32Array(this.#shape.dimensions === 2 ? WAYS.points : WAYS.images).fill(of);
    /** @type {DrawOptions} */
    const draw = this.#sampler;
    const policy = await session.trajectory(false, classes, draw);
    const reference = await session.trajectory(true, classes, draw);
    const { timesteps } = policy;
    this.#post({ type: "way", session: this.#number, step: session.step, class: of, timesteps, policy: policy.states, reference: reference.states });
  }

  #opened() {
    if (!this.#session) throw new Error(WORKER.noPolicy);
    return this.#session;
  }
}
