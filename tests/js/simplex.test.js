import assert from "node:assert/strict";
import { test } from "node:test";
import { CORNERS, RATIO, WHOLE, around, gridStep, place, sharesAt } from "../../www/games/simplex.js";

/** @param {number[]} found @param {number[]} wanted */
const near = (found, wanted) => found.forEach((value, index) => assert.ok(Math.abs(value - wanted[index]) < 1e-12, `${found} is not ${wanted}`));

test("certainty stands in a corner, ignorance in the middle, and both ways agree", () => {
  CORNERS.forEach((corner, index) => {
    const shares = [0, 1, 2].map((other) => (other === index ? 1 : 0));
    assert.deepEqual(place(shares), corner);
    near(sharesAt(corner), shares);
  });
  assert.ok(Math.abs(place([1 / 3, 1 / 3, 1 / 3]).x - 0.5) < 1e-12);
  for (const shares of [[0.5, 0.3, 0.2], [0.05, 0.05, 0.9]]) near(sharesAt(place(shares)), shares);
  assert.ok(Math.min(...sharesAt({ x: 2, y: 0.2 })) < 0, "outside the triangle");
});

test("a close look holds all points, keeps its shape and is never closer than the eye can use", () => {
  const points = [[0.5, 0.3, 0.2], [0.54, 0.18, 0.28]].map(place);
  const { x, y, width } = around(points);
  assert.ok(width < WHOLE.width);
  for (const point of points) {
    assert.ok(point.x > x && point.x < x + width);
    assert.ok(point.y > y && point.y < y + width * RATIO);
  }
  assert.equal(around([place([0.2, 0.2, 0.6])]).width, 0.05);
  assert.deepEqual(around(CORNERS), WHOLE);
  assert.deepEqual(around([]), WHOLE);
});

test("the grid is as fine as the look is close", () => {
  assert.equal(gridStep(WHOLE), 0.1);
  assert.equal(gridStep({ x: 0, y: 0, width: 0.05 }), 0.005);
  assert.equal(gridStep({ x: 0, y: 0, width: 0.2 }), 0.02);
});
