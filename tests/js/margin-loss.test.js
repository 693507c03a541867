import assert from "node:assert/strict";
import { test } from "node:test";
import { heightAt, isOfMarginAlone, reach } from "../../www/app/margin-loss.js";

test("a loss is one of the margin alone if it reads nothing else of a pair", () => {
  assert.ok(isOfMarginAlone("-(1 - label_smoothing) * logsigmoid(beta * ((lw - rw) - (ll - rl)))"));
  assert.ok(isOfMarginAlone("relu(1 - gain*((lw-rw)-(ll-rl)))"));
  assert.ok(!isOfMarginAlone("square((lw - rw) / nw - (ll - rl) / nl - 0.5 / beta)"), "the lengths count");
  assert.ok(!isOfMarginAlone("-logsigmoid(beta * ((lw - rw) - (ll - rl) - lambda * relu(rw - lw)))"));
  assert.ok(!isOfMarginAlone("-logsigmoid(beta * ((lw - rw) - (ll - rl))) - lw"));
  assert.ok(!isOfMarginAlone(undefined), "a loss that cannot be written is not known to be one");
  assert.ok(!isOfMarginAlone(""));
});

test("the curve reaches to where it bends and as far as the pairs lie", () => {
  assert.equal(reach(0.1, []), 50);
  assert.equal(reach(1, []), 5);
  assert.equal(reach(1, [3, -17]), 20);
  assert.equal(reach(0.1, [60]), 100);
  assert.equal(reach(undefined, [NaN]), 50);
});

test("between its points a curve is straight", () => {
  const [xs, ys] = [[-2, 0, 2], [4, 0, 1]];
  assert.deepEqual([-2, -1, 0, 1, 2].map((x) => heightAt(xs, ys, x)), [4, 2, 0, 0.5, 1]);
});
