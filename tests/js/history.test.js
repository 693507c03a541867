import assert from "node:assert/strict";
import { test } from "node:test";
import { decimate, spread } from "../../www/app/decimate.js";
import { History, MOST_ROWS, rowOf } from "../../www/app/history.js";

const COLUMNS = ["loss", "kl"];

/** @param {number} first @param {[number, number][]} rows */
function rows(first, rows) {
  const steps = Uint32Array.from(rows, (_, index) => first + index);
  return { columns: COLUMNS, steps, values: Float32Array.from(rows.flat()) };
}

/** @param {number} count @param {(step: number) => number} loss */
function long(count, loss) {
  let history = History.empty();
  for (let step = 0; step < count; step += 100) {
    history = history.append(rows(step, Array.from({ length: 100 }, (_, i) => [loss(step + i), NaN])));
  }
  return history;
}

test("rows are appended and read by name", () => {
  const history = History.empty().append(rows(0, [[1, NaN], [2, 5]])).append(rows(2, [[3, NaN]]));
  assert.equal(history.length, 3);
  assert.equal(history.at(2, history.indexOf("loss")), 3);
  assert.equal(history.at(1, history.indexOf("kl")), 5);
  assert.ok(Number.isNaN(history.at(0, history.indexOf("unknown"))));
  assert.deepEqual(rowOf(rows(0, [[1, 2], [3, 4]])), { loss: 3, kl: 4 });
});

test("a history that is shown does not change when its successor grows", () => {
  const first = History.empty().append(rows(0, [[1, 1]]));
  first.append(rows(1, [[2, 2]]));
  assert.equal(first.length, 1);
  assert.equal(decimate(first, ["loss"])[0].length, 1);
});

test("the CSV leaves empty what was not measured", () => {
  const history = History.empty().append(rows(0, [[0.5, NaN], [0.25, 2]]));
  assert.equal(history.toCsv(), "step,loss,kl\n0,0.5,\n1,0.25,2\n");
});

test("a very long run keeps evenly spaced rows within bounds", () => {
  const history = long(50_000, (step) => step);
  assert.ok(history.length <= MOST_ROWS && history.length > MOST_ROWS / 2);
  for (let row = 0; row < history.length; row++) {
    assert.equal(history.steps[row], row * history.stride);
    assert.equal(history.at(row, 0), row * history.stride);
  }
});

test("decimation keeps the peaks and gaps and stays in order", () => {
  const history = long(10_000, (step) => (step === 4321 ? 99 : step === 77 ? -99 : 0));
  const [steps, losses, kl] = decimate(history, ["loss", "kl"], 500);
  assert.ok(steps.length <= 500);
  assert.equal(losses.length, steps.length);
  assert.ok(losses.includes(99) && losses.includes(-99));
  assert.ok(kl.every((value) => value === null));
  assert.ok(steps.every((step, index) => index === 0 || step >= steps[index - 1]));
  assert.equal(steps.at(-1), 9999);
});

test("a spread holds the first and the last row", () => {
  assert.deepEqual(spread(3, 12), [0, 1, 2]);
  const rows = spread(1000, 12);
  assert.deepEqual([rows.length, rows[0], rows.at(-1)], [12, 0, 999]);
  assert.deepEqual(spread(0, 12), []);
});

test("a run that goes on from an earlier step measures the later ones again", () => {
  const rows = (/** @type {number[]} */ steps, /** @type {number} */ value) => ({
    columns: ["loss"],
    steps: Uint32Array.from(steps),
    values: Float32Array.from(steps, () => value),
  });
  const history = History.empty().append(rows([1, 2, 3, 4], 1)).append(rows([3, 4, 5], 2));
  assert.deepEqual([...history.steps.subarray(0, history.length)], [1, 2, 3, 4, 5]);
  assert.deepEqual([0, 1, 2, 3, 4].map((row) => history.at(row, 0)), [1, 1, 2, 2, 2]);
});

test("of the rows of a stretch, a spread shows the one that tells the most", () => {
  const rows = spread(111, 12, (row) => (row % 10 === 3 ? 2 : row % 2));
  assert.ok(rows.slice(1, -1).every((row) => row % 10 === 3), `${rows}`);
});

test("a spread shows what is measured seldom", () => {
  for (let length = 40; length < 400; length += 7) {
    const rows = spread(length, 12, (row) => Number(row % 10 === 0));
    assert.deepEqual([rows[0], rows.at(-1)], [0, length - 1]);
    assert.ok(rows.every((row, index) => index === 0 || row > rows[index - 1]), `${rows}`);
    assert.ok(rows.filter((row) => row % 10 === 0).length >= Math.min(11, length / 10 - 1), `${length}: ${rows}`);
  }
});

test("the rows after a step can be let go of", () => {
  const history = History.empty().append(rows(0, [[1, 1], [2, 2], [3, 3], [4, 4]]));
  assert.equal(history.until(9), history);
  const shorter = history.until(1);
  assert.equal(shorter.length, 2);
  assert.equal(shorter.append(rows(2, [[9, 9]])).at(2, 0), 9);
  assert.equal(history.until(-1).length, 0);
});

test("a stretch of steps is drawn with its neighbours, at its own resolution", () => {
  const history = History.empty().append(rows(0, [[1, 1], [2, 2], [3, 3], [4, 4], [5, 5], [6, 6]]));
  assert.deepEqual(decimate(history, ["loss"], 2000, [2, 3]), [[1, 2, 3, 4], [2, 3, 4, 5]]);
  assert.deepEqual(decimate(history, ["loss"], 2000, [2.5, 2.7])[0], [2, 3]);
  assert.deepEqual(decimate(history, ["loss"], 2000, [-3, 0])[0], [0, 1]);
  const full = long(8000, (step) => step);
  const [steps] = decimate(full, ["loss"], 2000, [4000, 4999]);
  assert.equal(steps.length, 1002, "every row of a thousand steps and one on either side");
});
