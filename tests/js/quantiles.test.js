import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "../../www/app/history.js";
import { SPREAD, spreadRows } from "../../www/app/margin-spread.js";
import { quantile } from "../../www/app/quantiles.js";

/** @param {number[]} margins */
const scores = (margins) => margins.map((margin, id) => ({ id, chosen: 0, rejected: 0, referenceChosen: 0, referenceRejected: 0, margin }));

test("a quantile lies between its neighbours in proportion", () => {
  const sorted = [1, 2, 4, 8];
  assert.deepEqual([0, 0.5, 1].map((q) => quantile(sorted, q)), [1, 3, 8]);
  assert.ok(Math.abs(quantile(sorted, 0.9) - 6.8) < 1e-12);
  assert.equal(quantile([7], 0.3), 7);
});

test("the spread of all pairs is a row of a history", () => {
  const rows = spreadRows(40, scores([3, -1, 0, 1, 2]));
  const history = History.empty().append(rows);
  assert.equal(history.steps[0], 40);
  const at = (/** @type {string} */ name) => history.at(0, history.indexOf(name));
  assert.deepEqual([at(SPREAD.least), at(SPREAD.middle), at(SPREAD.most)], [-1, 1, 3]);
  assert.ok(Math.abs(at(SPREAD.low) - -0.6) < 1e-6 && Math.abs(at(SPREAD.high) - 2.6) < 1e-6);
});

test("no pair has no spread", () => {
  assert.equal(History.empty().append(spreadRows(3, [])).length, 0);
});
