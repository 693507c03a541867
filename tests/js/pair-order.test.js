import assert from "node:assert/strict";
import { test } from "node:test";
import { shownPairs } from "../../www/app/pair-order.js";

const pairs = ["Ann", "bob", "CAT", "dog"].map((chosen, index) => ({ id: index + 1, prompt: "p", chosen, rejected: "x" }));
const score = (/** @type {number} */ id, /** @type {number} */ margin, /** @type {number} */ change) => ({
  id, margin, chosen: change - 1, rejected: -3, referenceChosen: -1, referenceRejected: -3,
});
const scores = new Map([score(1, 0.5, -4), score(2, -1, 1), score(4, 2, 3)].map((each) => [each.id, each]));
const places = (/** @type {import("../../www/app/pair-order.js").Order} */ order, filter = "") => shownPairs(pairs, scores, order, filter).map(({ place }) => place);

test("pairs are shown as listed, by margin or by the size of their change", () => {
  assert.deepEqual(places("listed"), [0, 1, 2, 3]);
  assert.deepEqual(places("margin-up"), [1, 0, 3, 2]);
  assert.deepEqual(places("margin-down"), [3, 0, 1, 2]);
  assert.deepEqual(places("change-down"), [0, 3, 1, 2]);
  assert.deepEqual(places("change-up"), [1, 3, 0, 2]);
});

test("pairs that are alike stay as listed", () => {
  const alike = new Map(pairs.map(({ id }) => [id, score(id, 0, 0)]));
  for (const order of /** @type {const} */ (["margin-up", "margin-down", "change-up"])) {
    assert.deepEqual(shownPairs(pairs, alike, order, "").map(({ place }) => place), [0, 1, 2, 3]);
  }
});

test("a filter finds a text in any field, whatever its case, and keeps the order", () => {
  assert.deepEqual(places("listed", "A"), [0, 2]);
  assert.deepEqual(places("margin-down", "o"), [3, 1]);
  assert.deepEqual(places("listed", "p"), [0, 1, 2, 3]);
  assert.deepEqual(places("listed", "nobody"), []);
});
