import assert from "node:assert/strict";
import { test } from "node:test";
import { awaitsPerson, currentGuides, currentJudge, currentJudgeKind, currentLoss, currentValues, judgeLearns, DEFAULT_SETTINGS, initialState, readGuides, reduce } from "../../www/app/state.js";

/** @typedef {import("../../www/app/state.js").Action} Action */
/** @typedef {import("../../www/app/state.js").State} State */

const pair = (/** @type {string} */ chosen) => ({ prompt: "p", chosen, rejected: "r" });
const hyper = { name: "beta", label: "beta", help: "", default: 0.1, min: 0.001, max: 10, step: 0.1, scale: /** @type {const} */ ("log") };
const method = { name: "dpo", title: "DPO", summary: "", source: "", needs: { chosen: true, rejected: true, apart: false, draws: false, keeps: false, critic: false }, hyperparameters: [hyper], lossAtReference: Math.LN2 };
const online = { ...method, name: "ipo_md", needs: { ...method.needs, draws: true, keeps: false, judge: /** @type {const} */ ("preferences") } };
const catalogue = {
  methods: [method, online],
  sampling: [{ ...hyper, name: "temperature", default: 1 }],
  language: { examples: { custom: "-lw" }, measured: [], functions: [] },
  training: [{ ...hyper, name: "learning_rate", default: 1e-4 }],
  metrics: [],
};
const COLUMNS = ["loss", "rewards/margins", "kl"];

/** @type {(actions: Action[], state?: State) => State} */
const after = (actions, state = opened()) => actions.reduce(reduce, state);

/** Three pairs, with ids 1 to 3, in session 1. @returns {State} */
function opened() {
  return after(
    [
      { type: "event", event: { type: "catalogue", catalogue } },
      {
        type: "scenario", policy: "names", scenario: "s", original: [], heldOut: [], judgements: [], prompt: "Mar",
        pairs: [pair("a"), pair("b"), pair("c")],
      },
      { type: "opening" },
      { type: "event", event: { type: "started", session: 1, engine: "CPU" } },
    ],
    initialState(DEFAULT_SETTINGS),
  );
}

/** @param {number} step @param {number[]} values @param {"measured" | "evaluated"} type @returns {Action} */
function rows(step, values, type = "measured") {
  const event = { type, session: 1, rate: 5, columns: COLUMNS, steps: Uint32Array.of(step), values: Float32Array.from(values) };
  return { type: "event", event: /** @type {any} */ (event) };
}

const ids = (/** @type {State} */ state) => state.pairs.map(({ id }) => id);

test("a scenario brings its pairs, its prompt and a selection", () => {
  const state = opened();
  assert.deepEqual([ids(state), state.selected, state.settings.sampler.prompt], [[1, 2, 3], 1, "Mar"]);
  assert.deepEqual([state.session.phase, state.session.engine, state.settings.method], ["ready", "CPU", "dpo"]);
});

test("an edit of the pairs is part of the state, and strips of a pair that is gone go with it", () => {
  const strip = { texts: [], policy: [], reference: [] };
  const shown = after([{ type: "event", event: { type: "tokens", session: 1, id: 1, chosen: strip, rejected: strip } }]);
  const edited = after([{ type: "edit", id: 2, field: "chosen", text: "x" }], shown);
  assert.deepEqual([edited.pairs[1].chosen, edited.tokens === null, edited.past.length], ["x", false, 1]);
  const deleted = after([{ type: "delete", id: 1 }], shown);
  assert.deepEqual([ids(deleted), deleted.selected, deleted.tokens], [[2, 3], 2, null]);
  assert.equal(after([{ type: "redo" }], shown), shown, "nothing to redo is nothing new");
});

test("what another session measured is ignored", () => {
  const event = rows(1, [0.5, 1, NaN]);
  const state = after([{ type: "restarting" }]);
  assert.equal(reduce(state, event), state);
});

test("rows are kept; what was measured less often stays in sight", () => {
  const state = after([
    rows(0, [0.69, 0, 0], "evaluated"),
    rows(1, [0.5, 1, NaN]),
    rows(10, [0.4, 2, 0.25], "evaluated"),
    rows(11, [0.3, 3, NaN]),
  ]);
  assert.equal(state.session.step, 11);
  assert.equal(state.history.length, 3, "the evaluation of a pause is no update");
  assert.equal(state.evaluation?.step, 10);
  assert.ok(Math.abs((state.latest?.loss ?? 0) - 0.3) < 1e-6);
});

test("a reset forgets what was measured and keeps what was typed", () => {
  const trained = after([
    { type: "edit", id: 1, field: "chosen", text: "typed" },
    rows(1, [0.5, 1, 0]),
    { type: "event", event: { type: "alarm", session: 1, text: "!" } },
    { type: "restarting" },
  ]);
  assert.deepEqual([trained.session.step, trained.history.length, trained.alarm, trained.latest], [0, 0, null, null]);
  assert.deepEqual([trained.pairs[0].chosen, trained.session.phase], ["typed", "ready"]);
});

test("problems take a pair's numbers away until it is mended", () => {
  const score = { id: 2, chosen: -1, rejected: -2, referenceChosen: -1, referenceRejected: -2, margin: 0 };
  const problem = { id: 2, field: /** @type {const} */ ("chosen"), message: "no" };
  const state = after([
    { type: "event", event: { type: "scores", session: 1, step: 0, all: true, scores: [score] } },
    { type: "event", event: { type: "problems", session: 1, problems: [problem, problem], heldOut: 4 } },
  ]);
  assert.equal(state.scores.has(2), false);
  assert.equal(state.problems.get(2)?.length, 2);
  assert.equal(state.heldOutUsable, 4);
});

test("token strips of a pair that is no longer selected are dropped", () => {
  const strip = { texts: [], policy: [], reference: [] };
  const event = /** @type {const} */ ({ type: "tokens", session: 1, id: 1, chosen: strip, rejected: strip });
  assert.notEqual(after([{ type: "event", event }]).tokens, null);
  assert.equal(after([{ type: "select", id: 2 }, { type: "event", event }]).tokens, null);
});

test("numbers belong to their method, and unfit ones give way to the default", () => {
  const state = after([{ type: "value", name: "beta", value: 0.5 }]);
  assert.deepEqual(currentValues(state), { beta: 0.5, learning_rate: 1e-4 });
  assert.equal(currentValues(after([{ type: "value", name: "beta", value: 99 }])).beta, 0.1);
});

test("a failure is a notice; a fatal one offers to start again", () => {
  const fail = (/** @type {"open" | "training"} */ cause) =>
    after([{ type: "event", event: { type: "failure", cause, text: "Oh." } }]);
  assert.deepEqual(fail("open").notices, [{ key: "open", kind: "error", text: "Oh.", remedy: "restart" }]);
  assert.equal(fail("open").session.phase, "failed");
  assert.deepEqual(fail("training").notices, [{ key: "training", kind: "error", text: "Oh." }]);
  assert.equal(fail("training").session.phase, "ready");
  const again = after([{ type: "notice", notice: { key: "open", kind: "note", text: "New." } }], fail("open"));
  assert.equal(again.notices.length, 1);
  assert.deepEqual(after([{ type: "dismiss", key: "open" }], again).notices, []);
});

test("a method that draws has the numbers of drawing, and its loss may be one's own", () => {
  assert.deepEqual(Object.keys(currentValues(opened())), ["beta", "learning_rate"]);
  const drawing = after([{ type: "method", method: "ipo_md" }]);
  assert.deepEqual(Object.keys(currentValues(drawing)), ["beta", "temperature", "learning_rate"]);
  const own = { ...method, name: "custom", hyperparameters: [{ ...hyper, name: "gain", default: 1 }] };
  assert.equal(currentLoss(opened(), "custom"), "-lw", "what it starts from");
  const written = after([{ type: "written", loss: "-gain * lw", method: own }]);
  assert.equal(currentLoss(written), "-gain * lw");
  assert.deepEqual(currentValues(written), { gain: 1, learning_rate: 1e-4 });
});

test("a scenario has its judge until another is chosen there", () => {
  const header = { name: "s", title: "", policy: "names", description: "", train: "", heldOut: "", prompt: "", judge: "longer" };
  const state = after([{ type: "assets", policies: [], scenarios: [header] }]);
  assert.equal(currentJudge(state), "longer");
  assert.equal(currentJudge(after([{ type: "judge", judge: "shorter" }], state)), "shorter");
});

test("who judges is chosen for a scenario, where a method asks at all", () => {
  const drawing = after([{ type: "method", method: "ipo_md" }]);
  assert.deepEqual([currentJudgeKind(opened()), currentJudgeKind(drawing)], [undefined, "rule"]);
  const learned = after([{ type: "judge-kind", kind: "learned preference" }], drawing);
  assert.deepEqual([currentJudgeKind(learned), judgeLearns(learned), judgeLearns(drawing)], ["learned preference", true, false]);
  const report = { updates: 2, learns: true, columns: ["judge/loss"], steps: Uint32Array.of(1, 2), values: Float32Array.of(0.7, 0.6) };
  const { judge } = after([{ type: "event", event: { type: "judge", session: 1, report } }], learned);
  assert.deepEqual([judge?.updates, judge?.learns, judge?.history.length], [2, true, 2]);
});

test("a question that was answered does not come back, and what was said outlives the run", () => {
  const questions = [3, 4, 5].map((id) => ({ id, prompt: "p", first: "a", second: "b" }));
  /** @type {Action} */
  const asked = { type: "event", event: { type: "questions", session: 1, questions } };
  const waiting = after([{ type: "method", method: "ipo_md" }, { type: "judge-kind", kind: "person" }, asked]);
  assert.deepEqual([waiting.person.questions.length, awaitsPerson(waiting), awaitsPerson(opened())], [3, true, false]);
  const answered = after([{ type: "answer", id: 3, preferred: "second" }], waiting);
  const said = { prompt: "p", first: "a", second: "b", preferred: "second" };
  assert.deepEqual([answered.person.questions.map(({ id }) => id), answered.judgements, awaitsPerson(answered)], [[4, 5], [said], false]);
  // What the Worker sent before it heard of the answer.
  assert.deepEqual(after([asked], answered).person.questions.map(({ id }) => id), [4, 5]);
  assert.equal(after([{ type: "answer", id: 3, preferred: "first" }], answered), answered);
  const restarted = after([{ type: "restarting" }], answered);
  assert.deepEqual([restarted.person.questions, restarted.judgements], [[], [said]]);
  // Forgotten, it can be brought back until something else is said.
  const forgotten = after([{ type: "forget" }], answered);
  assert.deepEqual([awaitsPerson(forgotten), after([{ type: "recall" }], forgotten).judgements], [true, [said]]);
  const other = after([{ type: "answer", id: 4, preferred: "neither" }], forgotten);
  assert.deepEqual([other.judgements.length, other.forgotten], [1, []]);
});

test("guides are typed with a bar between two", () => {
  assert.deepEqual(readGuides("  "), []);
  assert.deepEqual(readGuides("Hello there. | | Good morning! "), ["Hello there. ", "", "Good morning! "]);
  const state = after([{ type: "guides", guides: "Hello." }]);
  assert.equal(currentGuides(state), "Hello.");
});
