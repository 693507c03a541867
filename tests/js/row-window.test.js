import assert from "node:assert/strict";
import { test } from "node:test";
import { layoutOf, MARGIN, scrolledTo } from "../../www/app/row-window.js";

const heights = new Array(1000).fill(50);
const total = (/** @type {import("../../www/app/row-window.js").Layout} */ layout, /** @type {number[]} */ of) =>
  layout.reduce((/** @type {number} */ sum, part) => sum + (typeof part === "number" ? of[part] : part.gap), 0);
const rows = (/** @type {import("../../www/app/row-window.js").Layout} */ layout) => layout.filter((part) => typeof part === "number");

test("only what is in sight is drawn, and gaps stand for the rest", () => {
  const layout = layoutOf(heights, 10_000, 400);
  assert.deepEqual([layout[0], layout.at(-1)], [{ gap: 50 * rows(layout)[0] }, { gap: 50 * (999 - /** @type {number} */ (rows(layout).at(-1))) }]);
  assert.ok(rows(layout).length <= (400 + 2 * MARGIN) / 50 + 1, "few rows");
  assert.ok(rows(layout).includes(200) && rows(layout).includes(207));
  assert.equal(total(layout, heights), 50_000);
});

test("at the ends there is no gap", () => {
  assert.equal(layoutOf(heights, 0, 400)[0], 0);
  assert.equal(layoutOf(heights, 49_600, 400).at(-1), 999);
  assert.deepEqual(layoutOf([], 0, 400), []);
  assert.deepEqual(layoutOf([20, 20], 0, 400), [0, 1]);
});

test("the row that has the focus is drawn wherever it is", () => {
  for (const kept of [0, 3, 500, 999]) {
    const layout = layoutOf(heights, 10_000, 400, kept);
    assert.ok(layout.includes(kept));
    assert.equal(total(layout, heights), 50_000);
    const drawn = rows(layout);
    assert.deepEqual(drawn, [...drawn].sort((a, b) => Number(a) - Number(b)));
  }
});

test("rows of different heights fill the same place", () => {
  const mixed = heights.map((_, row) => 20 + ((row * 37) % 90));
  const sum = mixed.reduce((a, b) => a + b);
  for (let top = 0; top < sum; top += 997) assert.equal(total(layoutOf(mixed, top, 300), mixed), sum);
});

test("a row is scrolled into sight by the shortest way", () => {
  assert.equal(scrolledTo(heights, 2, 0, 400), 0, "it is in sight");
  assert.equal(scrolledTo(heights, 10, 0, 400), 150, "to the lower edge");
  assert.equal(scrolledTo(heights, 10, 2000, 400), 500, "to the upper edge");
});
