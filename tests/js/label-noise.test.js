import assert from "node:assert/strict";
import { test } from "node:test";
import { drawFlips } from "../../www/app/label-noise.js";

const pairs = Array.from({ length: 40 }, (_, id) => ({ id, prompt: "", chosen: `a${id}`, rejected: "b" }));

test("so many per cent are drawn, none twice, and a seed repeats them", () => {
  for (const [percent, count] of [[0, 0], [10, 4], [33, 13], [100, 40], [250, 40], [-5, 0]]) {
    const ids = drawFlips(pairs, percent, 7);
    assert.equal(ids.length, count, `${percent} %`);
    assert.equal(new Set(ids).size, count);
    assert.deepEqual(drawFlips(pairs, percent, 7), ids);
  }
  assert.notDeepEqual(drawFlips(pairs, 10, 8), drawFlips(pairs, 10, 7));
});

test("every pair has the same chance", () => {
  const counts = new Array(40).fill(0);
  for (let seed = 0; seed < 2000; seed++) for (const id of drawFlips(pairs, 25, seed)) counts[id]++;
  // 500 each; a standard deviation is 19.
  assert.ok(counts.every((count) => Math.abs(count - 500) < 100), String(counts));
});

test("pairs with one side, or with two that are the same, have no label to flip", () => {
  const some = [...pairs.slice(0, 2), { id: 50, prompt: "", chosen: "a", rejected: "", only: /** @type {const} */ ("chosen") }, { id: 51, prompt: "", chosen: "", rejected: "" }];
  assert.deepEqual(drawFlips(some, 100, 1).sort(), [0, 1]);
});
