import assert from "node:assert/strict";
import { test } from "node:test";
import { SPREAD } from "../../www/app/margin-spread.js";
import { DEFAULT_SETTINGS, initialState, reduce } from "../../www/app/state.js";
import { looksBack, nearestStep, neighbour, newestStep } from "../../www/app/time-state.js";

/** @typedef {import("../../www/app/messages.js").WorkerEvent} WorkerEvent */
/** @typedef {import("../../www/app/state.js").State} State */

/** @param {State} state @param {WorkerEvent[]} events */
const hear = (state, ...events) => events.reduce((state, event) => reduce(state, { type: "event", event }), state);
const opened = () => hear(reduce(initialState(DEFAULT_SETTINGS), { type: "opening" }), { type: "started", session: 1, engine: "CPU" });
/** @type {(steps: number[], value?: number) => WorkerEvent} */
const measured = (steps, value = 1) => ({ type: "measured", session: 1, rate: 1, columns: ["loss"], steps: Uint32Array.from(steps), values: Float32Array.from(steps, () => value) });
/** @type {(step: number, all?: boolean) => WorkerEvent} */
const scores = (step, all = true) => ({ type: "scores", session: 1, step, all, scores: [0, 1, 2].map((margin, id) => ({ id, chosen: 0, rejected: 0, referenceChosen: 0, referenceRejected: 0, margin })) });
/** @type {(...steps: number[]) => WorkerEvent} */
const recorded = (...steps) => ({ type: "recorded", session: 1, steps });
/** @type {(step: number, running?: boolean) => WorkerEvent} */
const progress = (step, running = false) => ({ type: "progress", session: 1, running, step });

test("a run that stands before its newest step looks back", () => {
  const ahead = hear(opened(), recorded(0, 5, 10), progress(10));
  assert.deepEqual([looksBack(ahead), newestStep(ahead)], [false, 10]);
  const back = hear(ahead, progress(5));
  assert.deepEqual([looksBack(back), newestStep(back)], [true, 10]);
  assert.equal(looksBack(hear(back, progress(5, true))), false, "what trains is the newest");
});

test("looking back at step 0 keeps the charts, and its own evaluation is not measured twice", () => {
  /** @type {(step: number) => WorkerEvent} */
  const evaluated = (step) => ({ type: "evaluated", session: 1, columns: ["loss"], steps: Uint32Array.of(step), values: Float32Array.of(9) });
  const trained = hear(opened(), evaluated(0), measured([1, 2, 3]), recorded(0, 3), progress(3));
  assert.equal(trained.history.length, 4);
  const back = hear(trained, progress(0), evaluated(0));
  assert.equal(back.history.length, 4);
  assert.equal(back.evaluation?.step, 0);
  const again = hear(opened(), evaluated(0), evaluated(0));
  assert.equal(again.history.length, 1);
});

test("training from an earlier step drops what came later, once it is measured", () => {
  const trained = hear(opened(), measured([1, 2, 3, 4]), scores(4), recorded(0, 2, 4), progress(4), progress(2));
  assert.deepEqual([trained.history.length, trained.time.spread.length], [4, 1]);
  const onward = hear(trained, progress(2, true), recorded(0, 2), measured([3], 7));
  assert.deepEqual([onward.history.length, onward.history.at(2, 0), onward.time.spread.length], [3, 7, 0]);
});

test("the spread is that of all pairs, at the newest step only", () => {
  const state = hear(opened(), scores(3), progress(5), recorded(0, 5));
  assert.equal(hear(state, scores(5, false)).time.spread.length, 1, "some pairs are not all");
  assert.equal(hear(state, progress(0), scores(0)).time.spread.length, 1, "who looks back measures nothing new");
  const next = hear(state, scores(5)).time.spread;
  assert.deepEqual([next.length, next.at(1, next.indexOf(SPREAD.middle))], [2, 1]);
});

test("an answer that stands alone has no margin and no part in the spread", () => {
  const alone = { ...opened(), pairs: [{ id: 2, prompt: "", chosen: "a", rejected: "", only: /** @type {const} */ ("chosen") }] };
  const { spread } = hear(alone, scores(1)).time;
  assert.equal(spread.at(0, spread.indexOf(SPREAD.most)), 1, "the third margin is left out");
});

test("a new run has no past", () => {
  const state = reduce(hear(opened(), recorded(0, 5), scores(5)), { type: "restarting" });
  assert.deepEqual([state.time.recorded, state.time.spread.length], [[], 0]);
  assert.deepEqual(hear(state, recorded(0, 5)).time.recorded, [], "what an earlier run says is not heard");
});

test("recorded steps are gone along one by one, or to the nearest", () => {
  const steps = [0, 5, 12];
  assert.deepEqual([neighbour(steps, 5, 1), neighbour(steps, 5, -1), neighbour(steps, 7, 1), neighbour(steps, 7, -1)], [12, 0, 12, 5]);
  assert.deepEqual([neighbour(steps, 12, 1), neighbour(steps, 0, -1)], [undefined, undefined]);
  assert.deepEqual([1, 4, 8, 9, 99].map((step) => nearestStep(steps, step)), [0, 5, 5, 12, 12]);
});
