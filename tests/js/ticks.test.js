import assert from "node:assert/strict";
import { test } from "node:test";
import { rung, ticks } from "../../www/app/ticks.js";

test("ticks are round numbers within the range", () => {
  assert.deepEqual(ticks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticks(-1.3, 2.2, 4), [-1, 0, 1, 2]);
  assert.deepEqual(ticks(0, 220, 5), [0, 50, 100, 150, 200]);
  assert.deepEqual(ticks(0.0012, 0.0031, 4), [0.0015, 0.002, 0.0025, 0.003]);
  assert.deepEqual(ticks(-0.1, 0.1, 2), [-0.1, 0, 0.1]);
  assert.ok(Object.is(ticks(-0.1, 0.1, 2)[1], 0), "no minus before a zero");
});

test("a range without width has one tick", () => {
  assert.deepEqual(ticks(3, 3, 5), [3]);
});

test("rungs are 1, 2, 5, 10", () => {
  assert.deepEqual([0.7, 1, 1.1, 2, 4, 5, 5.1, 40, 4000].map(rung), [1, 1, 2, 2, 5, 5, 10, 50, 5000]);
  assert.equal(rung(0.03), 0.05);
});
