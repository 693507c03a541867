import assert from "node:assert/strict";
import { test } from "node:test";
import { compact, count, fixed, percent, percentage, signed, signedBriefly, visible } from "../../www/app/format.js";
import { nextRung, shareAt, valueAt } from "../../www/app/ladder.js";

test("numbers are written with a true minus and without a minus before 0", () => {
  assert.equal(fixed(-1.234), "−1.23");
  assert.equal(fixed(-0.001), "0.00");
  assert.equal(signed(0.5), "+0.50");
  assert.equal(signed(0.001), "0.00");
  assert.equal(signed(-2), "−2.00");
  assert.deepEqual([99.5, -512.25, 1344.2, NaN].map(signedBriefly), ["+99.50", "−512.3", "+1344", "–"]);
});

test("what was not measured is a dash", () => {
  for (const value of [undefined, NaN, Infinity]) {
    assert.deepEqual([fixed(value), signed(value), percent(value), compact(value)], ["–", "–", "–", "–"]);
  }
});

test("compact keeps three digits whatever the size", () => {
  assert.deepEqual([0, 0.1, 0.000123456, 1234.5, 2e-5, -7e6].map(compact), [
    "0", "0.1", "0.000123", "1230", "2.0e−5", "−7.0e+6",
  ]);
});

test("counts are grouped, shares are percentages, spaces can be seen", () => {
  assert.equal(count(1234567).replace(/\s/g, "_"), "1_234_567");
  assert.equal(percent(0.256), "26 %");
  assert.equal(visible("a b\n"), "a␣b↵");
});

test("arrow keys climb 1, 2, 5 where factors count and steps elsewhere", () => {
  const beta = { min: 0.001, max: 10, step: 0.01, scale: /** @type {const} */ ("log") };
  assert.equal(nextRung(beta, 0.1, 1), 0.2);
  assert.equal(nextRung(beta, 0.1, -1), 0.05);
  assert.equal(nextRung(beta, 0.3, 1), 0.5);
  assert.equal(nextRung(beta, 10, 1), 10);
  assert.equal(nextRung(beta, 0.001, -1), 0.001);
  const batch = { min: 1, max: 64, step: 1, scale: /** @type {const} */ ("integer") };
  assert.equal(nextRung(batch, 8, 1), 9);
  assert.equal(nextRung(batch, 1, -1), 1);
  const clip = { min: 0, max: 1000, step: 0.1, scale: /** @type {const} */ ("linear") };
  assert.equal(nextRung(clip, 0.2, 1), 0.3);
  const gain = { min: 0, max: 100, step: 0.01, scale: /** @type {const} */ ("log") };
  const up = [0, 0.01, 0.02, 50, 100].map((value) => nextRung(gain, value, 1));
  const down = [0, 0.01, 0.02, 1, 100].map((value) => nextRung(gain, value, -1));
  assert.deepEqual([up, down], [[0.01, 0.02, 0.05, 100, 100], [0, 0, 0.01, 0.5, 50]]);
});

test("probabilities are percentages, however small", () => {
  assert.deepEqual([1, 0.1234, 0.0001, 0.00001234, 0].map(percentage), ["100.00 %", "12.34 %", "0.01 %", "0.00123 %", "0.00 %"]);
});

test("a slider covers its range evenly, by whole numbers or by factors", () => {
  /** @type {(range: import("../../www/app/ladder.js").Range, shares?: number[]) => number[]} */
  const values = (range, shares = [0, 0.25, 0.5, 0.75, 1]) => shares.map((share) => valueAt(range, share));
  const mix = { min: 0, max: 1, step: 0.05, scale: /** @type {const} */ ("linear") };
  assert.deepEqual(values(mix), [0, 0.25, 0.5, 0.75, 1]);
  assert.deepEqual(values({ ...mix, min: 0.01 }, [0, 0.11, 0.5]), [0.01, 0.1, 0.5]);
  const batch = { min: 1, max: 64, step: 1, scale: /** @type {const} */ ("integer") };
  assert.deepEqual(values(batch), [1, 17, 33, 48, 64]);
  const beta = { min: 0.001, max: 10, step: 0.01, scale: /** @type {const} */ ("log") };
  assert.deepEqual(values(beta), [0.001, 0.01, 0.1, 1, 10]);
  const gain = { ...beta, min: 0, max: 100 };
  assert.deepEqual(values(gain), [0, 0.1, 1, 10, 100]);
  for (const range of [mix, batch, beta, gain]) {
    for (const value of values(range, [0, 0.1, 0.37, 0.9, 1])) {
      assert.equal(valueAt(range, shareAt(range, value)), value, "it stands where its value is");
    }
  }
});
