import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, MOST_POINTS, traced } from "../../www/app/margin-traces.js";

const score = (/** @type {number} */ id, /** @type {number} */ margin) => ({ id, margin, chosen: 0, rejected: 0, referenceChosen: 0, referenceRejected: 0 });
const scores = (/** @type {number[]} */ ...margins) => new Map(margins.map((margin, id) => [id, score(id, margin)]));

test("margins are kept with their steps, of pairs that have numbers", () => {
  const first = traced(new Map(), 0, scores(0, 0));
  const second = traced(first, 10, scores(1));
  assert.deepEqual([...second], [[0, { steps: [0, 10], margins: [0, 1] }]]);
  assert.deepEqual(first.get(0), { steps: [0], margins: [0] }, "what was is not changed");
});

test("a run that goes on from an earlier step forgets the later ones", () => {
  let traces = new Map();
  for (const [step, margin] of [[0, 0], [5, 1], [9, 2]]) traces = traced(traces, step, scores(margin));
  assert.deepEqual(traced(traces, 5, scores(7)).get(0), { steps: [0, 5], margins: [0, 7] });
  assert.deepEqual(traced(traces, 0, scores(0)).get(0), { steps: [0], margins: [0] });
});

test("a long trace is thinned, from its first to its last point", () => {
  let traces = new Map();
  for (let step = 0; step <= 1000; step++) {
    traces = traced(traces, step, scores(step / 10));
    const { steps } = traces.get(0);
    assert.ok(steps.length <= MOST_POINTS && steps[0] === 0 && steps.at(-1) === step);
  }
  assert.ok(traces.get(0).steps.length > MOST_POINTS / 3);
});

test("a line spans its box, and zero is always in it", () => {
  assert.deepEqual(lineOf({ steps: [10, 20, 30], margins: [0, -1, 3] }, 60, 16), {
    points: [{ x: 0, y: 12 }, { x: 30, y: 16 }, { x: 60, y: 0 }],
    zero: 12,
  });
  assert.deepEqual(lineOf({ steps: [4], margins: [0] }, 60, 16), { points: [{ x: 0, y: 8 }], zero: 8 });
  assert.deepEqual(lineOf({ steps: [0, 1], margins: [2, 2] }, 60, 16).points.map(({ y }) => y), [0, 0]);
});
