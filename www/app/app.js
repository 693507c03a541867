// @ts-check
/** @import { EngineChoice, JudgeKind, PairText, Preferred, Sampler, Side } from "./messages.js" */
/** @import { Watched } from "./close-up-state.js" */
/** @import { AppStore } from "./state.js" */
/** @import { Assets } from "./scenarios.js" */
/** @import { Persistence } from "./persistence.js" */
/** @import { Shelf } from "./policies/shelf.js" */
/** @import { WorkerClient } from "./worker-client.js" */
import { PairKeeper } from "./pair-keeper.js";
import { pairsInUse } from "./pair-sides.js";
import { writePairs } from "./preference-files/write.js";
import { isBrought } from "./scenarios.js";
import { sentence } from "./sentence.js";
import { currentGuides, currentJudge, currentJudgeKind, currentLoss, currentMethod, currentValues, readGuides } from "./state.js";
import { STRONG } from "./strings/judges.js";
import { LOSSES } from "./strings/losses.js";
import { PAIRS } from "./strings/pairs.js";
import { PROFILE } from "./strings/profile.js";
import { STATUS } from "./strings/status.js";
import { TROUBLE } from "./strings/trouble.js";
import { neighbour } from "./time-state.js";
import { CUSTOM, isWritten, readLoss } from "./written.js";

/** Larger files would stop the page while they are read. */
const MOST_BYTES = 16 * 2 ** 20;
/** Milliseconds of quiet after which an edit goes to the policy. */
const EDIT_PAUSE = 100;

/** What a person can do: each method changes the state and tells the Worker. */
export class App {
  #store;
  #worker;
  #assets;
  #persistence;
  /** The loss that is being read, if one is. @type {Promise<void> | undefined} */
  #reading;
  #shelf;
  #keeper;
  /** Answers that were drawn for the table: each takes another seed. */
  #drawn = 0;

  /**
   * @param {AppStore} store
   * @param {WorkerClient} worker
   * @param {Assets} assets
   * @param {Persistence} persistence
   * @param {Shelf} shelf
   */
  constructor(store, worker, assets, persistence, shelf) {
    this.#store = store;
    this.#worker = worker;
    this.#assets = assets;
    this.#persistence = persistence;
    this.#shelf = shelf;
    this.#keeper = new PairKeeper(persistence);
    this.#forwardEdits();
  }

  /** Loads what lies beside the page, then opens the scenario that was last seen. */
  async start() {
    try {
      const index = await this.#assets.index();
      this.#store.dispatch({ type: "assets", ...index, policies: [...index.policies, ...this.#shelf.headers] });
      const { scenario, method } = this.#store.state().settings;
      // What an older page kept may no longer be a loss.
      const unfit = isWritten(method) && !(await this.#readLoss(method, currentLoss(this.#store.state())));
      if (unfit) this.#store.dispatch({ type: "method", method: "dpo" });
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
    const { scenarios, settings } = this.#store.state();
    this.#store.dispatch({ type: "assets", policies: this.#policies(), scenarios });
    this.#store.dispatch({ type: "policy", policy });
    // A policy that was brought is tried on the pairs that are there.
    if (isBrought(policy)) return this.#open();
    const own = scenarios.filter((scenario) => scenario.policy === policy);
    const known = own.find(({ name }) => name === settings.scenario) ?? own[0];
    if (known) await this.chooseScenario(known.name);
  }

  /** A policy that was brought is kept no longer. @param {string} name */
  async forgetPolicy(name) {
    await this.#shelf.remove(name);
    this.#store.dispatch({ type: "assets", policies: this.#policies(), scenarios: this.#store.state().scenarios });
  }

  /** Those that come with the page, then those that were brought. */
  #policies() {
    const shipped = this.#store.state().policies.filter(({ name }) => !isBrought(name));
    return [...shipped, ...this.#shelf.headers];
  }

  /** @param {string} name */
  async chooseScenario(name) {
    const { policies, scenarios, settings } = this.#store.state();
    const header = scenarios.find((scenario) => scenario.name === name);
    if (!header) return;
    // What is pressed while the files come would be for the run that is about to end.
    this.#store.dispatch({ type: "opening" });
    try {
      const files = await this.#assets.preferences(header);
      const [train, heldOut] = await Promise.all([this.#worker.parse(files.train), this.#worker.parse(files.heldOut)]);
      this.#keeper.flush();
      const kept = this.#persistence.pairs(name);
      const same = settings.scenario === name;
      const brought = policies.find((policy) => policy.name === settings.policy && isBrought(policy.name));
      this.#store.dispatch({
        type: "scenario",
        policy: brought?.name ?? header.policy,
        scenario: name,
        original: train.pairs,
        heldOut: heldOut.pairs,
        pairs: kept ?? train.pairs,
        judgements: this.#persistence.judgements(name),
        prompt: same && settings.sampler.prompt !== "" ? null : header.prompt,
      });
      this.#open();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {string} method */
  async chooseMethod(method) {
    if (isWritten(method)) return this.writeLoss(method, currentLoss(this.#store.state(), method));
    this.#store.dispatch({ type: "dismiss", key: "loss" });
    this.#store.dispatch({ type: "method", method });
    this.#open();
  }

  /** Trains by what the person has written, if it can be read. @param {string} method @param {string} loss */
  writeLoss(method, loss) {
    return this.#train(() => this.#readLoss(method, loss));
  }

  /** Opens the present method's loss as a text that can be changed, with its numbers. */
  async openAsText() {
    const state = this.#store.state();
    const text = currentMethod(state)?.written;
    if (text) await this.#train(() => this.#readLoss(CUSTOM, text, currentValues(state)));
  }

  /** Opens a run of what has been written once it is read; what is pressed meanwhile is for that run. @param {() => Promise<boolean>} read */
  #train(read) {
    this.#reading = read().then((fit) => void (fit && this.#open()));
    return this.#reading;
  }

  /** @param {string} name @param {string} loss @param {Record<string, number>} [values] */
  async #readLoss(name, loss, values) {
    const { read, problem } = await readLoss((method, loss) => this.#worker.written(method, loss), name, loss, LOSSES.run);
    if (!read) {
      this.#report("loss", problem);
      return false;
    }
    this.#store.dispatch({ type: "dismiss", key: "loss" });
    this.#store.dispatch({ type: "written", loss, method: read, values });
    return true;
  }

  /** The loss of the present method and its slope over the margin. @param {number[]} margins */
  async curve(margins) {
    const state = this.#store.state();
    const { method } = state.settings;
    try {
      return await this.#worker.curve({ method, loss: currentLoss(state), values: currentValues(state), margins });
    } catch {
      // Without a curve there is nothing to draw; the run itself says what is wrong.
      return undefined;
    }
  }

  /** What stands before the prompts while answers that are kept are drawn: they are drawn anew. @param {string} guides */
  guide(guides) {
    this.#store.dispatch({ type: "dismiss", key: "judge" });
    this.#store.dispatch({ type: "guides", guides });
    this.#worker.send({ type: "guides", guides: readGuides(guides) });
  }

  /** The rule that judges the policy's own answers, from the next update on. @param {string} judge */
  chooseJudge(judge) {
    this.#store.dispatch({ type: "dismiss", key: "judge" });
    this.#store.dispatch({ type: "judge", judge });
    this.#sendJudge();
  }

  /** Who judges the policy's own answers, from the next update on. @param {JudgeKind} kind */
  chooseJudgeKind(kind) {
    this.#store.dispatch({ type: "dismiss", key: "judge" });
    this.#store.dispatch({ type: "judge-kind", kind });
    this.#sendJudge();
    // A judge that learns reads both sides.
    this.#sendPairs();
  }

  #sendJudge() {
    const state = this.#store.state();
    this.#worker.send({ type: "judge", judge: currentJudge(state), judgeKind: currentJudgeKind(state) });
  }

  /** The judge that learns makes some updates, whether the run rests or not. @param {number} updates */
  teach(updates) {
    this.#store.dispatch({ type: "dismiss", key: "judge" });
    this.#worker.send({ type: "teach", updates });
  }

  /** The policy as it stands is the stronger one, for judging by its density ratio. */
  async keepAsStrong() {
    const title = currentMethod(this.#store.state())?.title ?? "";
    try {
      await this.#worker.keep(title);
      this.#note("judge", STRONG.kept);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The stronger policy is one that was exported before. @param {File} file */
  async openStrong(file) {
    if (file.size > MOST_BYTES) return this.#report("judge", STRONG.tooLarge(file.name, MOST_BYTES / 2 ** 20));
    try {
      await this.#worker.strengthen(file.name, new Uint8Array(await file.arrayBuffer()));
      this.#store.dispatch({ type: "dismiss", key: "judge" });
    } catch (error) {
      this.#report("judge", STRONG.unfit(file.name, sentence(error)));
    }
  }

  /** Says which of the two answers that are shown is better. @param {Preferred} preferred */
  answer(preferred) {
    const [question] = this.#store.state().person.questions;
    if (!question) return;
    this.#store.dispatch({ type: "answer", id: question.id, preferred });
    this.#worker.send({ type: "answer", id: question.id, preferred });
  }

  /** Training no longer learns from what the person has said. */
  forgetJudgements() {
    this.#store.dispatch({ type: "forget" });
    this.#sendJudgements();
  }

  /** What was forgotten last is learnt from again. */
  recallJudgements() {
    this.#store.dispatch({ type: "recall" });
    this.#sendJudgements();
  }

  #sendJudgements() {
    this.#worker.send({ type: "judgements", judgements: this.#store.state().judgements });
  }

  /** The run goes on with another engine. @param {EngineChoice} engine */
  chooseEngine(engine) {
    this.#store.dispatch({ type: "engine", engine });
    this.#worker.send({ type: "engine", engine });
  }

  /** How many updates a second the run makes at most; 0 for as many as there is time for. @param {number} speed */
  setSpeed(speed) {
    this.#store.dispatch({ type: "speed", speed });
    this.#worker.send({ type: "speed", speed });
  }

  /** @param {number} [until] the step at which the run rests by itself */
  async run(until) {
    await this.#reading;
    this.#store.dispatch({ type: "dismiss", key: "training" });
    this.#worker.send({ type: "run", until });
  }

  pause() {
    this.#worker.send({ type: "pause" });
  }

  async step() {
    await this.#reading;
    this.#store.dispatch({ type: "dismiss", key: "training" });
    this.#worker.send({ type: "step" });
  }

  /** The run rests and shows the policy as it was at a recorded step; training would go on from there. @param {number} step */
  lookAt(step) {
    this.#store.dispatch({ type: "dismiss", key: "training" });
    this.#worker.send({ type: "rewind", step });
  }

  /** To the recorded step before the present one, or to the one after it. @param {1 | -1} direction */
  lookAlong(direction) {
    const { time, session } = this.#store.state();
    const step = neighbour(time.recorded, session.step, direction);
    if (step !== undefined) this.lookAt(step);
  }

  /** Looks closely at a token, a beginning or all answers, or no longer. @param {Partial<Watched>} change */
  watch(change) {
    this.#store.dispatch({ type: "watch", change });
    this.#worker.send({ type: "watch", ...this.#store.state().closeUp.watched });
  }

  /** Back to step 0 with the seed that is set. */
  reset() {
    this.#store.dispatch({ type: "dismiss", key: "training" });
    this.#store.dispatch({ type: "restarting" });
    const { number, seed } = this.#store.state().session;
    this.#worker.send({ type: "reset", session: number, seed });
  }

  /** @param {number} seed */
  setSeed(seed) {
    this.#store.dispatch({ type: "seed", seed });
    const { step, running, phase } = this.#store.state().session;
    if (phase !== "ready") return;
    if (step === 0 && !running) this.reset();
    else this.#note("seed", STATUS.seed(seed));
  }

  /** @param {string} name @param {number} value */
  setValue(name, value) {
    this.#store.dispatch({ type: "dismiss", key: "value" });
    this.#store.dispatch({ type: "value", name, value });
    this.#worker.send({ type: "value", name, value });
  }

  /** @param {string} text */
  refuse(text) {
    this.#store.dispatch({ type: "notice", notice: { key: "value", kind: "error", text } });
  }

  /** @param {number} id */
  select(id) {
    this.#store.dispatch({ type: "select", id });
    this.#worker.send({ type: "select", id });
  }

  /** @param {Partial<Sampler>} change */
  sampleWith(change) {
    this.#store.dispatch({ type: "sampler", change });
    this.#worker.send({ type: "sampler", sampler: this.#store.state().settings.sampler });
  }

  /** An answer of the policy's own for a side of a pair, another one than the other side's; null if none can be drawn. @param {number} id @param {Side} side */
  async draw(id, side) {
    const { pairs, settings } = this.#store.state();
    const pair = pairs.find((each) => each.id === id);
    if (!pair) return null;
    const { temperature, seed } = settings.sampler;
    const other = pair[side === "chosen" ? "rejected" : "chosen"];
    try {
      const text = await this.#worker.draw({ prompt: pair.prompt, temperature, seed: (seed + ++this.#drawn) >>> 0, avoid: [other] });
      this.#store.dispatch({ type: "dismiss", key: "draw" });
      this.#store.dispatch({ type: "fill", id, field: side, text });
      return text;
    } catch (error) {
      this.#report("draw", PAIRS.notDrawn(sentence(error)));
      return null;
    }
  }

  /** @param {string} text lines of preferences */
  parse(text) {
    return this.#worker.parse(text);
  }

  /** @param {PairText[]} pairs */
  async format(pairs) {
    try {
      return await writePairs(pairs, (plain) => this.#worker.format(plain));
    } catch (error) {
      this.#fail(error);
      return null;
    }
  }

  /** The next update in its parts, before it is made; null if it broke, which is told. */
  async dissect() {
    try {
      this.#store.dispatch({ type: "dismiss", key: "stages" });
      return await this.#worker.dissect();
    } catch (error) {
      this.#report("stages", PROFILE.notApart(sentence(error)));
      return null;
    }
  }

  /** Makes one update and measures where its time goes. */
  async profile() {
    try {
      const profile = await this.#worker.profile();
      this.#store.dispatch({ type: "dismiss", key: "profile" });
      this.#store.dispatch({ type: "profile", profile });
    } catch (error) {
      this.#report("profile", PROFILE.failed(sentence(error)));
    }
  }

  /** A zip of the run: the policy as a folder, or everything to go on with in TRL; null if there is none. @param {"policy" | "trl"} what */
  async exportRun(what) {
    try {
      const { exportedRun, zipOf } = await import("./export/export-run.js");
      const source = await this.#worker.source();
      return await zipOf(what, exportedRun(this.#store.state(), source));
    } catch (error) {
      this.#fail(error);
      return null;
    }
  }

  /** The policy as it stands, as a safetensors file; null if there is none. */
  async checkpoint() {
    try {
      return await this.#worker.checkpoint();
    } catch (error) {
      this.#fail(error);
      return null;
    }
  }

  #open() {
    this.#store.dispatch({ type: "opening" });
    const state = this.#store.state();
    const policy = state.policies.find(({ name }) => name === state.settings.policy);
    if (!policy) return;
    this.#worker.send({
      type: "open",
      session: state.session.number,
      policy: this.#assets.policyFolder(policy.name),
      title: policy.title,
      maxTokens: policy.maxTokens,
      method: state.settings.method || "dpo",
      loss: currentLoss(state),
      judge: currentJudge(state),
      judgeKind: currentJudgeKind(state),
      guides: readGuides(currentGuides(state)),
      judgements: state.judgements,
      engine: state.settings.engine,
      speed: state.settings.speed,
      seed: state.settings.seed,
      values: currentValues(state),
      pairs: pairsInUse(state),
      heldOut: state.heldOut,
      selected: state.selected,
      sampler: state.settings.sampler,
    });
    this.watch({});
  }

  /** Edits go to the Worker and into the browser's storage after a moment of quiet. */
  #forwardEdits() {
    const store = this.#store;
    let timer = 0;
    store.subscribe((state, before) => {
      if (state.settings !== before.settings) this.#persistence.saveSettings(state.settings);
      if (state.selected !== before.selected && state.session.phase === "ready") {
        this.#worker.send({ type: "select", id: state.selected });
      }
      // What comes with a scenario is kept as it is.
      if (state.original !== before.original) return;
      if (state.judgements !== before.judgements) this.#persistence.saveJudgements(state.settings.scenario, state.judgements);
      if (state.pairs === before.pairs) return;
      clearTimeout(timer);
      const { scenario } = state.settings;
      timer = window.setTimeout(() => {
        if (store.state().settings.scenario === scenario) this.#sendPairs();
      }, EDIT_PAUSE);
      this.#keeper.keep(scenario, state.pairs, state.original);
    });
  }

  #sendPairs() {
    const state = this.#store.state();
    const { phase } = state.session;
    if (phase === "ready" || phase === "opening") this.#worker.send({ type: "pairs", pairs: pairsInUse(state) });
  }

  /** @param {string} key @param {string} text */
  #note(key, text) {
    this.#store.dispatch({ type: "notice", notice: { key, kind: "note", text } });
  }

  /** @param {string} key @param {string} text */
  #report(key, text) {
    this.#store.dispatch({ type: "notice", notice: { key, kind: "error", text } });
  }

  /** @param {unknown} error */
  #fail(error) {
    const text = TROUBLE.failedKept(sentence(error));
    this.#store.dispatch({ type: "notice", notice: { key: "load", kind: "error", text, remedy: "restart" } });
  }
}
