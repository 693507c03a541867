import assert from "node:assert/strict";
import { test } from "node:test";
import { withChanges } from "../../www/compare/figures.js";
import { placeLabels } from "../../www/app/labels.js";
import { readCommand } from "../../www/compare/messages.js";
import { isSettings, startingSettings } from "../../www/compare/settings.js";
import { currentStep, DEFAULT_SETTINGS, initialState, lossOf, reduce, titleOf, valuesOf, withBranches } from "../../www/compare/state.js";
import { thinned } from "../../www/app/thin.js";
import { DEFAULT_SETTINGS as TRAIN } from "../../www/app/state.js";

/** @typedef {import("../../www/compare/state.js").Action} Action */
/** @typedef {import("../../www/compare/state.js").State} State */
/** @typedef {import("../../www/compare/messages.js").CompareEvent} CompareEvent */

test("labels stay at their lines where there is room", () => {
  assert.deepEqual(placeLabels([10, 50, 90], 15, 0, 100), [10, 50, 90]);
  assert.deepEqual(placeLabels([], 15, 0, 100), []);
});

test("labels that would overlap part evenly and keep their order", () => {
  assert.deepEqual(placeLabels([50, 52], 10, 0, 100), [46, 56]);
  assert.deepEqual(placeLabels([52, 50], 10, 0, 100), [56, 46]);
  assert.deepEqual(placeLabels([50, 50, 50], 10, 0, 100), [40, 50, 60]);
  // The block of two pushes into the third one, and all three move.
  assert.deepEqual(placeLabels([50, 50, 58], 10, 0, 100), [128 / 3, 158 / 3, 188 / 3]);
});

test("labels stay within the chart", () => {
  assert.deepEqual(placeLabels([-20, 3, 200], 10, 0, 100), [0, 10, 100]);
  assert.deepEqual(placeLabels([99, 100], 10, 0, 100), [90, 100]);
});

test("snapshots are thinned evenly, the first and the last stay", () => {
  assert.deepEqual(thinned([0, 25, 50], 3), [0, 25, 50]);
  assert.deepEqual(thinned([0, 25, 50, 75], 3), [0, 50, 75]);
  /** @type {number[]} */
  let kept = [];
  for (let step = 0; step <= 5000; step += 25) kept = thinned([...kept, step], 20);
  assert.equal(kept.length, 20);
  assert.deepEqual([kept[0], kept.at(-1)], [0, 5000]);
  const gaps = kept.slice(1).map((step, index) => step - kept[index]);
  assert.ok(Math.max(...gaps) <= 600, `${kept}`);
});

test("rows get the change from the reference on each side", () => {
  const columns = ["logps/chosen", "logps/rejected", "logps/reference_chosen", "logps/reference_rejected"];
  const rows = withChanges({ columns, steps: Uint32Array.of(1, 2), values: Float32Array.of(-5, -7, -4, -4, -3, -9, -4, NaN) });
  assert.deepEqual(rows.columns.slice(4), ["change/chosen", "change/rejected"]);
  assert.deepEqual([...rows.values.slice(4, 6), ...rows.values.slice(10)], [-1, -3, 1, NaN]);
  assert.ok(Number.isNaN(withChanges({ columns: ["loss"], steps: Uint32Array.of(1), values: Float32Array.of(1) }).values[1]));
});

const hyper = { label: "", help: "", min: 0, max: 10, step: 0.1, scale: /** @type {const} */ ("linear") };
const needs = { chosen: true, rejected: true, apart: false, draws: false, keeps: false, critic: false };
const method = (/** @type {string} */ name) => ({ name, title: name.toUpperCase(), summary: "", source: "", needs, hyperparameters: [{ ...hyper, name: "beta", default: 0.1 }] });
const catalogue = {
  methods: ["dpo", "ipo", "d2o", "kto"].map(method),
  sampling: [],
  training: [{ ...hyper, name: "learning_rate", default: 1 }],
  language: { examples: {}, measured: [], functions: [] },
  metrics: [],
};

/** @param {Action[]} actions */
const after = (...actions) => [/** @type {Action} */ ({ type: "event", event: { type: "catalogue", catalogue } }), ...actions].reduce(reduce, initialState(DEFAULT_SETTINGS));
/** @type {(event: CompareEvent) => Action} */
const heard = (event) => ({ type: "event", event });
/** @type {(id: number, steps: number[], loss: number[]) => CompareEvent} */
const measured = (id, steps, loss) => ({ type: "measured", session: 1, rate: 1, runs: [{ id, columns: ["loss"], steps: Uint32Array.from(steps), values: Float32Array.from(loss) }] });

test("the page opens with two runs, and the next ones are others", () => {
  const state = after({ type: "add" }, { type: "add" });
  assert.deepEqual(state.settings.runs.map(({ id, method }) => [id, method]), [[0, "dpo"], [1, "ipo"], [2, "d2o"], [3, "kto"]]);
  const full = [...Array(4)].reduce((state) => reduce(state, { type: "add" }), state);
  assert.equal(full.settings.runs.length, 6);
  const again = reduce(reduce(state, { type: "remove", id: 1 }), { type: "add" });
  assert.deepEqual(again.settings.runs.map(({ id, method }) => [id, method]), [[0, "dpo"], [2, "d2o"], [3, "kto"], [1, "ipo"]]);
});

test("a run's numbers are its own, then the shared ones, then the defaults", () => {
  const state = after({ type: "shared", name: "learning_rate", value: 2 }, { type: "value", id: 1, name: "learning_rate", value: 3 }, { type: "value", id: 1, name: "beta", value: 0.5 });
  const values = (/** @type {State} */ state) => state.settings.runs.map((run) => valuesOf(state, run));
  assert.deepEqual(values(state), [{ beta: 0.1, learning_rate: 2 }, { beta: 0.5, learning_rate: 3 }]);
  const emptied = reduce(state, { type: "value", id: 1, name: "learning_rate", value: null });
  assert.deepEqual(values(emptied)[1], { beta: 0.5, learning_rate: 2 });
  const changed = reduce(state, { type: "method", id: 1, method: "kto", loss: "" });
  assert.deepEqual(values(changed)[1], { beta: 0.1, learning_rate: 3 }, "another method has numbers of its own");
});

test("what is measured goes to its run, and what is of an earlier session to none", () => {
  let state = after({ type: "opening" }, heard({ type: "started", session: 1, pairs: 2, heldOut: 1 }));
  state = reduce(state, heard({ type: "evaluated", session: 1, id: 0, columns: ["loss"], steps: Uint32Array.of(0), values: Float32Array.of(0.7) }));
  state = reduce(state, heard(measured(0, [1, 2], [0.6, 0.5])));
  const [first, second] = [0, 1].map((id) => /** @type {import("../../www/compare/state.js").RunState} */ (state.runs.get(id)));
  assert.deepEqual([first.history.length, first.step, first.evaluated, second.history.length], [3, 2, null, 0]);
  assert.equal(first.latest.loss, 0.5);
  assert.equal(currentStep(state), 2);
  assert.equal(reduce(state, heard(/** @type {CompareEvent} */ ({ ...measured(0, [3], [0.4]), session: 0 }))), state);
  const anew = reduce(state, { type: "opening" });
  assert.equal(anew.runs.get(0)?.history.length, 0);
});

test("a branch takes the numbers that are trained with along, and goes with the run that it left", () => {
  const from = { run: 0, step: 25, reference: /** @type {const} */ ("same") };
  let state = after({ type: "value", id: 0, name: "beta", value: 0.3 }, { type: "value", id: 0, name: "learning_rate", value: 4 }, { type: "branch", method: "kto", loss: "", from });
  assert.deepEqual(state.settings.runs[2], { id: 2, method: "kto", loss: "", values: { learning_rate: 4 }, from });
  state = reduce(state, { type: "branch", method: "ipo", loss: "", from: { run: 2, step: 50, reference: "snapshot" } });
  assert.deepEqual(withBranches(state.settings.runs, 0), [0, 2, 3]);
  assert.deepEqual(reduce(state, { type: "remove", id: 0 }).settings.runs.map(({ id }) => id), [1]);
});

test("each run by a loss that a person wrote has the numbers of its own text", () => {
  const loss = "relu(1 - gain * (lw - ll))";
  const gain = { ...hyper, name: "gain", default: 1 };
  /** @type {(text: string, numbers: typeof gain[]) => Action} */
  const written = (text, hyperparameters) => ({ type: "written", loss: text, method: { ...method("custom"), hyperparameters } });
  const choose = (/** @type {number} */ id, /** @type {string} */ text) => /** @type {Action} */ ({ type: "method", id, method: "custom", loss: text });
  let state = after(written(loss, [gain]), written("-lw", []), choose(0, loss), choose(1, "-lw"), { type: "value", id: 0, name: "gain", value: 3 });
  const values = (/** @type {State} */ state) => state.settings.runs.map((run) => valuesOf(state, run));
  assert.deepEqual(values(state), [{ gain: 3, learning_rate: 1 }, { learning_rate: 1 }]);
  assert.deepEqual(state.settings.runs.map((run) => titleOf(state, run)), ["A CUSTOM", "B CUSTOM"]);
  assert.equal(lossOf(state, "custom"), "-lw", "the next one starts from what was written last");
  assert.equal(lossOf(state, "dpo"), "");
  // A number of the same name stays when the text changes.
  state = reduce(reduce(state, written("gain * ll", [gain])), choose(0, "gain * ll"));
  assert.equal(values(state)[0].gain, 3);
  assert.deepEqual(values(reduce(state, { type: "method", id: 0, method: "kto", loss: "" }))[0], { beta: 0.1, learning_rate: 1 });
});

test("settings outlive a reload, and what is broken does not", () => {
  assert.ok(isSettings(DEFAULT_SETTINGS));
  const start = startingSettings(null, { ...TRAIN, policy: "names", scenario: "shorter", judges: { shorter: "longer" } });
  assert.deepEqual([start.policy, start.scenario, start.judges.shorter, start.runs.length], ["names", "shorter", "longer", 2]);
  const branch = { id: 2, method: "kto", values: {}, from: { run: 0, step: 25, reference: /** @type {const} */ ("same") } };
  const older = /** @type {any} */ ({ ...DEFAULT_SETTINGS, runs: [branch] });
  assert.equal(startingSettings(older, { ...TRAIN, losses: { custom: "-lw" } }).runs[0].loss, "");
  const runs = DEFAULT_SETTINGS.runs;
  assert.ok(isSettings({ ...DEFAULT_SETTINGS, runs: [...runs, branch] }));
  for (const broken of [
    null,
    {},
    { ...DEFAULT_SETTINGS, runs: [branch, ...runs] },
    { ...DEFAULT_SETTINGS, runs: [runs[0], runs[0]] },
    { ...DEFAULT_SETTINGS, runs: [{ ...runs[0], id: 6 }] },
    { ...DEFAULT_SETTINGS, runs: [{ ...runs[0], loss: 1 }] },
    { ...DEFAULT_SETTINGS, charts: ["loss"] },
    { ...DEFAULT_SETTINGS, seed: "1" },
  ]) {
    assert.ok(!isSettings(broken), JSON.stringify(broken));
  }
});

test("commands are checked before they are obeyed", () => {
  const run = { id: 2, method: "kto", loss: "", values: { beta: 1 }, from: { run: 0, step: 25, reference: "same" } };
  assert.equal(readCommand({ type: "branch", run, judge: "" }).type, "branch");
  assert.throws(() => readCommand({ type: "branch", run: { ...run, from: { run: 0 } }, judge: "" }), /unfit run/);
  assert.throws(() => readCommand({ type: "explode" }), /there is no command/);
});
