import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, MOST_POINTS, traced } from "../../www/app/margin-traces.js";

const score = (/** @type {number} */ id, /** @type {number} */ margin) => ({ id, margin, chosen: 0, rejected: 0, referenceChosen: 0, referenceRejected: 0 });
const scores = (/** @type {number[]} */ ...margins) => new Map(margins.map((margin, id) => [id, score(id, margin)]));

const line = (/** @type {Map<number, import("../../www/app/margin-traces.js").Trace>} */ traces, id = 0) => {
  const { steps, margins } = /** @type {import("../../www/app/margin-traces.js").Trace} */ (traces.get(id));
  return { steps, margins };
};

test("margins are kept with their steps, of pairs that have numbers", () => {
  const first = traced(new Map(), 0, scores(0, 0));
  const second = traced(first, 10, scores(1));
  assert.deepEqual([line(second), second.size], [{ steps: [0, 10], margins: [0, 1] }, 1]);
  assert.deepEqual(line(first), { steps: [0], margins: [0] }, "what was is not changed");
  const [old, fresh] = [score(0, 1), score(1, 2)];
  const some = traced(traced(new Map(), 5, new Map([[0, old]])), 9, new Map([[0, old], [1, fresh]]));
  assert.deepEqual([line(some), line(some, 1)], [{ steps: [5], margins: [1] }, { steps: [9], margins: [2] }], "what was not measured again gets no point");
});

test("a run that goes on from an earlier step forgets the later ones", () => {
  let traces = new Map();
  for (const [step, margin] of [[0, 0], [5, 1], [9, 2]]) traces = traced(traces, step, scores(margin));
  assert.deepEqual(line(traced(traces, 5, scores(7))), { steps: [0, 5], margins: [0, 7] });
  assert.deepEqual(line(traced(traces, 0, scores(0))), { steps: [0], margins: [0] });
});

test("a long trace is thinned, from its first to its last point", () => {
  let traces = new Map();
  for (let step = 0; step <= 1000; step++) {
    traces = traced(traces, step, scores(step / 10));
    const { steps } = line(traces);
    assert.ok(steps.length <= MOST_POINTS && steps[0] === 0 && steps.at(-1) === step);
  }
  assert.ok(line(traces).steps.length > MOST_POINTS / 3);
});

test("a line spans its box, and zero is always in it", () => {
  assert.deepEqual(lineOf({ steps: [10, 20, 30], margins: [0, -1, 3] }, 60, 16), {
    points: [{ x: 0, y: 12 }, { x: 30, y: 16 }, { x: 60, y: 0 }],
    zero: 12,
  });
  assert.deepEqual(lineOf({ steps: [4], margins: [0] }, 60, 16), { points: [{ x: 0, y: 8 }], zero: 8 });
  assert.deepEqual(lineOf({ steps: [0, 1], margins: [2, 2] }, 60, 16).points.map(({ y }) => y), [0, 0]);
});
