// @ts-check
/** @import { EngineChoice, Preferred } from "../app/messages.js" */
/** @import { WorkerLine } from "../app/worker-line.js" */
/** @import { SamplePair } from "../pkg/playground.js" */
/** @import { Command, DiffusionEvent, FieldChoice, JudgeKind, Recipe, Sampler, WayChoice } from "./messages.js" */
/** @import { OwnShape } from "./own-shape.js" */
/** @import { PolicyFiles } from "./classless.js" */
/** @import { Corner } from "./rules.js" */
/** @import { DiffusionStore, Offer } from "./state.js" */
import { sentence } from "../app/sentence.js";
import { STATUS } from "../app/strings/status.js";
import { TROUBLE } from "../app/strings/trouble.js";
import { letter } from "../compare/runs.js";
import { presentRun } from "./kept.js";
import { pointsAlong } from "./own-shape.js";
import { insideRule } from "./rules.js";
import { OWN_SHAPE } from "./scenarios.js";
import { currentJudgeKind, currentOffer, currentPolicy, currentRule, currentScenario, currentValues, methodName } from "./state.js";

/** A table of more pairs would be slow to scroll and to score. */
export const MOST_PAIRS = 500;
/** Candidates that a pair of real samples is picked from. */
const REAL_CANDIDATES = 8;

/** What a person can do with a diffusion policy: each method changes the state and tells the Worker. */
export class DiffusionApp {
  #store;
  #worker;
  #assets;
  /** How often pairs were proposed or offered: each time other ones. */
  #turns = 0;

  /** @param {DiffusionStore} store @param {WorkerLine<Command, DiffusionEvent>} worker @param {URL} assets */
  constructor(store, worker, assets) {
    this.#store = store;
    this.#worker = worker;
    this.#assets = assets;
    store.watch((state) => state.catalogue, (catalogue) => {
      // Not at once: what a listener dispatches waits for the others.
      if (catalogue) queueMicrotask(() => this.#open());
    });
    store.subscribe((state, before) => {
      const { phase } = state.session;
      if (phase !== "ready" && phase !== "opening") return;
      if (state.pairs !== before.pairs && state.original !== null) worker.send({ type: "pairs", pairs: state.pairs });
      if (state.selected !== before.selected) worker.send({ type: "select", id: state.selected });
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

  /** @param {string} method */
  chooseMethod(method) {
    this.#store.dispatch({ type: "method", method });
    this.#open();
  }

  /** Keeps the curves of the present run and its last samples. */
  keep() {
    const run = presentRun(this.#store.state());
    this.#store.dispatch({ type: "keep", run });
    return run;
  }

  /**
   * Keeps the present run and begins another one by `method`, with the same seed and the same pairs: from where that
   * one began, or from the policy as it stands, which is the reference then.
   * @param {string} method @param {"start" | "here"} from
   */
  async branch(method, from) {
    this.#worker.send({ type: "pause" });
    /** @type {PolicyFiles | null} */
    const files = from === "here" ? await this.#policy() : null;
    if (from === "here" && !files) return;
    const { id, step } = this.keep();
    if (files) this.#store.dispatch({ type: "branch", branch: { run: letter(id), step, files } });
    this.chooseMethod(method);
  }

  /** The scenario's own policy is where the next run begins. */
  leaveBranch() {
    this.#store.dispatch({ type: "branch", branch: null });
    this.#open();
  }

  /** A policy has learnt the person's shape: it is opened. @param {OwnShape} own */
  openShape(own) {
    this.#store.dispatch({ type: "own", own });
    this.chooseScenario(OWN_SHAPE);
  }

  /** @param {number} [until] the step at which the run rests by itself */
  run(until) {
    this.#store.dispatch({ type: "dismiss", key: "training" });
    this.#worker.send({ type: "run", until });
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
    this.#note("seed", STATUS.seed(seed));
  }

  /** @param {string} name @param {number} value */
  setValue(name, value) {
    this.#store.dispatch({ type: "dismiss", key: "value" });
    this.#store.dispatch({ type: "value", name, value });
    this.#worker.send({ type: "value", name, value });
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.#store.dispatch({ type: "speed", speed });
    this.#worker.send({ type: "speed", speed });
  }

  /** The run goes on with another engine. @param {EngineChoice} engine */
  chooseEngine(engine) {
    this.#store.dispatch({ type: "engine", engine });
    this.#worker.send({ type: "engine", engine });
  }

  /** What is better, from now on: the pairs stay as they are. @param {string} rule */
  chooseRule(rule) {
    this.#store.dispatch({ type: "dismiss", key: "judge" });
    this.#store.dispatch({ type: "rule", rule });
    this.#sendJudge();
  }

  /** Who judges the policy's own samples, from the next update on. @param {JudgeKind} judgeKind */
  chooseJudge(judgeKind) {
    this.#store.dispatch({ type: "judge-kind", judgeKind });
    this.#sendJudge();
  }

  #sendJudge() {
    const state = this.#store.state();
    this.#worker.send({ type: "judge", judgeKind: currentJudgeKind(state) ?? "rule", rule: currentRule(state) });
  }

  /** Begins a region of which no corner is known. */
  drawRegion() {
    this.#store.dispatch({ type: "hand", hand: { kind: "region", corners: [] } });
  }

  /** One corner more of the region that is being drawn. @param {Corner} corner */
  addCorner(corner) {
    const { hand } = this.#store.state();
    if (hand?.kind === "region") this.#store.dispatch({ type: "hand", hand: { kind: "region", corners: [...hand.corners, corner] } });
  }

  /** The region that was drawn becomes the rule. */
  closeRegion() {
    const { hand } = this.#store.state();
    if (hand?.kind === "region" && hand.corners.length > 2) this.chooseRule(insideRule(hand.corners));
  }

  /** Nothing more is made by hand. */
  putDown() {
    this.#store.dispatch({ type: "hand", hand: null });
  }

  /** @param {Partial<Sampler>} change */
  sampleWith(change) {
    this.#store.dispatch({ type: "dismiss", key: "value" });
    this.#store.dispatch({ type: "sampler", change });
    this.#worker.send({ type: "sampler", sampler: this.#store.state().settings.sampler });
  }

  /** @param {Partial<FieldChoice>} change */
  showField(change) {
    this.#store.dispatch({ type: "field", change });
    this.#worker.send({ type: "field", field: this.#store.state().settings.field });
  }

  /** @param {boolean} density */
  showDensity(density) {
    this.#store.dispatch({ type: "density", density });
  }

  /** @param {Partial<WayChoice>} change */
  showWay(change) {
    this.#store.dispatch({ type: "way", change });
    this.#worker.send({ type: "way", way: this.#store.state().settings.way });
  }

  /** @param {number} id */
  select(id) {
    this.#store.dispatch({ type: "select", id });
  }

  /** Other pairs by the rule in place of those there are. @param {Recipe["from"]} from @param {number} count */
  async propose(from, count) {
    const state = this.#store.state();
    const candidates = from === "data" ? REAL_CANDIDATES : 2;
    const ask = { type: "propose", recipe: { from, count, candidates }, rule: currentRule(state), turn: ++this.#turns, sampler: state.settings.sampler };
    const pairs = await this.#answered("propose", this.#worker.ask(ask));
    if (pairs) this.take(pairs, "replace");
  }

  /** @param {Omit<SamplePair, "id">[]} pairs @param {"replace" | "append"} how */
  take(pairs, how) {
    const kept = how === "append" ? this.#store.state().pairs.length : 0;
    const taken = pairs.slice(0, Math.max(0, MOST_PAIRS - kept));
    if (taken.length > 0) this.#store.dispatch({ type: how, pairs: taken });
    return taken.length;
  }

  /** The pairs as the scenario made them. */
  restore() {
    const { original } = this.#store.state();
    if (original) this.#store.dispatch({ type: "replace", pairs: original });
  }

  /** Has the person compare samples of a class, two by two. @param {number} of the class */
  async compare(of) {
    const turn = ++this.#turns;
    this.#store.dispatch({ type: "hand", hand: { kind: "pairs", class: of, offer: null, turn } });
    const { sampler } = this.#store.state().settings;
    const ask = { type: "candidates", class: of, sampler: { ...sampler, seed: sampler.seed + turn } };
    /** @type {Offer | null} */
    const offer = await this.#answered("hand", this.#worker.ask(ask));
    const { hand } = this.#store.state();
    if (!offer || hand?.kind !== "pairs" || hand.turn !== turn) return;
    this.#store.dispatch({ type: "hand", hand: { kind: "pairs", class: of, offer, turn } });
  }

  /** Says which of the two samples that are shown is better. @param {Preferred} preferred */
  answer(preferred) {
    const state = this.#store.state();
    const offer = currentOffer(state);
    if (!offer) return;
    if ("id" in offer) {
      const id = Number(offer.id);
      this.#store.dispatch({ type: "answer", id });
      return this.#worker.send({ type: "answer", id, preferred });
    }
    const { class: of, first, second } = offer;
    const [chosen, rejected] = preferred === "first" ? [first, second] : [second, first];
    if (preferred !== "neither") this.#store.dispatch({ type: "add", pair: { class: of, chosen, rejected } });
    return this.compare(of);
  }

  /** The policy as it stands, as a safetensors file. */
  async checkpoint() {
    return (await this.#policy())?.weights ?? null;
  }

  /** @returns {Promise<PolicyFiles | null>} */
  #policy() {
    return this.#answered("checkpoint", this.#worker.ask({ type: "checkpoint" }));
  }

  /** @param {string} text */
  refuse(text) {
    this.report("value", text);
  }

  /** @param {string} key @param {string} text */
  #note(key, text) {
    this.#store.dispatch({ type: "notice", notice: { key, kind: "note", text } });
  }

  /** @param {string} key @param {string} text */
  report(key, text) {
    this.#store.dispatch({ type: "notice", notice: { key, kind: "error", text } });
  }

  /** An answer of the Worker's; null where it refuses, which is told. @template T @param {string} key @param {Promise<T>} answer */
  async #answered(key, answer) {
    try {
      const value = await answer;
      this.#store.dispatch({ type: "dismiss", key });
      return value;
    } catch (error) {
      this.report(key, TROUBLE.failed(sentence(error)));
      return null;
    }
  }

  #open() {
    for (const key of ["open", "training"]) this.#store.dispatch({ type: "dismiss", key });
    this.#store.dispatch({ type: "opening" });
    const state = this.#store.state();
    const { settings, session } = state;
    const [policy, scenario] = [currentPolicy(state), currentScenario(state)];
    const own = policy.name === OWN_SHAPE ? state.own : null;
    this.#worker.send({
      type: "open",
      session: session.number,
      policy: own ? `${OWN_SHAPE} ${own.id}` : new URL(`policies/${policy.name}/`, this.#assets).href,
      files: state.branch?.files ?? own?.files ?? null,
      title: policy.title,
      data: own ? pointsAlong(own.strokes) : policy.data,
      method: methodName(state),
      seed: settings.seed,
      values: currentValues(state),
      speed: settings.speed,
      engine: settings.engine,
      judgeKind: currentJudgeKind(state) ?? "rule",
      rule: currentRule(state),
      pairs: state.original && state.pairs,
      recipe: scenario.recipe,
      selected: state.selected,
      sampler: settings.sampler,
      field: settings.field,
      way: settings.way,
    });
  }
}
