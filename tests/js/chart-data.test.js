import assert from "node:assert/strict";
import { test } from "node:test";
import { chartData, measuredAt, nearest } from "../../www/app/chart-data.js";
import { History } from "../../www/app/history.js";

/** @param {string} column @param {[number, number][]} rows */
const history = (column, rows) => History.empty().append({ columns: [column], steps: Uint32Array.from(rows, ([step]) => step), values: Float32Array.from(rows, ([, value]) => value) });

test("a chart draws from several histories over all their steps", () => {
  const [one, other] = [history("loss", [[0, 1], [1, 2], [3, 4]]), history("spread", [[1, 7], [2, 8]])];
  assert.deepEqual(chartData(["loss", "spread"], [one, other], null), [[0, 1, 2, 3], [1, 2, undefined, 4], [undefined, 7, 8, undefined]]);
});

test("what no history has is nowhere measured", () => {
  assert.deepEqual(chartData(["loss", "kl"], [history("loss", [[0, 1]])], null), [[0], [1], [null]]);
  assert.deepEqual(chartData(["loss"], [], null), [[], []]);
});

test("the number at a step is the last that was measured by then", () => {
  const [xs, ys] = [[0, 5, 10, 15], [1, null, undefined, 4]];
  assert.deepEqual(measuredAt(xs, ys, 2), { step: 0, value: 1 });
  assert.deepEqual(measuredAt(xs, ys, 3), { step: 15, value: 4 });
  assert.equal(measuredAt(xs, [null, null], 1), null);
  assert.equal(measuredAt(xs, ys, -1), null);
});

test("the nearest step is found by its place", () => {
  assert.deepEqual([-4, 2, 3, 99].map((x) => nearest([0, 5, 10], x)), [0, 0, 1, 2]);
  assert.equal(nearest([], 3), -1);
});
