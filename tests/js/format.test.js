import assert from "node:assert/strict";
import { test } from "node:test";
import { compact, count, fixed, percent, signed, visible } from "../../www/app/format.js";
import { nextRung } from "../../www/app/ladder.js";

test("numbers are written with a true minus and without a minus before 0", () => {
  assert.equal(fixed(-1.234), "−1.23");
  assert.equal(fixed(-0.001), "0.00");
  assert.equal(signed(0.5), "+0.50");
  assert.equal(signed(0.001), "0.00");
  assert.equal(signed(-2), "−2.00");
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
});
