import assert from "node:assert/strict";
import { test } from "node:test";
import { classless } from "../../www/diffusion/classless.js";
import { EXAMPLES, centred, extended, fromBase64, isKeptShape, pointsAlong, readStrokes, toBase64, writtenStrokes } from "../../www/diffusion/own-shape.js";
import { REACH } from "../../www/diffusion/shown.js";

test("points along strokes are evenly spaced, round corners too, and a dot is one point", () => {
  const points = pointsAlong([[[0, 0], [0.05, 0], [0.05, 0.05]], [[1, 1]]]);
  const pairs = Array.from({ length: points.length / 2 }, (_, index) => [points[2 * index], points[2 * index + 1]]);
  assert.deepEqual(pairs.at(-1), [1, 1]);
  const along = pairs.slice(0, -1).map(([x, y]) => x + y);
  along.forEach((length, index) => assert.ok(Math.abs(length - 0.02 * index) < 1e-6, `${index}: ${length}`));
  assert.equal(along.length, 6, "0 to 0.1 in steps of 0.02");
});

test("strokes are written as numbers and read again; what is no corner is told with its line", () => {
  const strokes = /** @type {[number, number][][]} */ ([[[-1, 0.5], [1.234, 0]], [[0, -2]]]);
  const text = writtenStrokes(strokes);
  assert.equal(text, "-1 0.5, 1.23 0\n0 -2");
  assert.deepEqual(readStrokes(text), { strokes: [[[-1, 0.5], [1.23, 0]], [[0, -2]]], problem: null });
  assert.deepEqual(readStrokes("\n−1 0, 1 0\n").strokes, [[[-1, 0], [1, 0]]], "a true minus sign, and empty lines");
  for (const wrong of ["0 0\n1", "0 0\n1 x", "0 0\n1 2 3", "0 0\n3 0", "0 0\n0 0,"]) {
    assert.match(readStrokes(wrong).problem ?? "", /^Line 2: “.*” is no corner/, wrong);
  }
});

test("a pointer that hardly moves adds no corner", () => {
  const stroke = /** @type {[number, number][]} */ ([[0, 0]]);
  assert.equal(extended(stroke, [0.01, 0.01]), stroke);
  assert.deepEqual(extended(stroke, [0.1, 0]), [[0, 0], [0.1, 0]]);
});

test("a shape is moved and scaled as the core does: mean 0, variance 1", () => {
  const points = pointsAlong(centred([[[-1, 1], [2.5, 1]], [[2, -1.5], [2.2, 0.9]]]));
  const count = points.length / 2;
  const sums = [0, 0, 0];
  points.forEach((value, place) => {
    sums[place % 2] += value / count;
    sums[2] += value ** 2 / (2 * count);
  });
  assert.ok(Math.abs(sums[0]) < 0.02 && Math.abs(sums[1]) < 0.02, `${sums}`);
  assert.ok(Math.abs(sums[2] - 1) < 0.03, `${sums}`);
});

test("every example lies on the plane", () => {
  for (const { name, strokes } of EXAMPLES) {
    assert.ok(strokes.flat(2).every((value) => Math.abs(value) <= REACH), name);
    assert.equal(readStrokes(writtenStrokes(strokes)).problem, null, name);
  }
});

/** Bytes as safetensors has them. @param {Record<string, { shape: number[], values: number[] }>} tensors */
function safetensors(tensors) {
  /** @type {Record<string, object>} */
  const header = { __metadata__: { format: "pt" } };
  /** @type {number[]} */
  const data = [];
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    header[name] = { dtype: "U8", shape, data_offsets: [data.length, data.length + values.length] };
    data.push(...values);
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return Uint8Array.from([...length, ...text, ...data]);
}

test("a policy without classes keeps what it was told of none, and all else", () => {
  const weights = safetensors({
    "blocks.0.up.weight": { shape: [2], values: [7, 8] },
    "class.weight": { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] },
    "output.bias": { shape: [1], values: [9] },
  });
  const made = classless({ config: JSON.stringify({ classes: 2, width: 2 }), weights });
  assert.deepEqual(JSON.parse(made.config), { classes: 0, width: 2 });
  const start = 8 + Number(new DataView(made.weights.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(made.weights.subarray(8, start)));
  const read = (/** @type {string} */ name) => [...made.weights.subarray(start + header[name].data_offsets[0], start + header[name].data_offsets[1])];
  assert.deepEqual(header["class.weight"].shape, [1, 2]);
  assert.deepEqual(read("class.weight"), [5, 6], "the last row is that of none");
  assert.deepEqual([read("blocks.0.up.weight"), read("output.bias")], [[7, 8], [9]]);
  assert.equal(made.weights.length, start + 5, "nothing is left between or behind");
});

test("what the browser kept of a shape is a shape, or is not taken", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, place) => place);
  assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
  const kept = { strokes: [[[0, 1]]], config: "{}", weights: toBase64(bytes), learnt: { distance: 0.1, floor: 0.05, updates: 10, seconds: 1 } };
  assert.ok(isKeptShape(JSON.parse(JSON.stringify(kept))));
  for (const change of [{ strokes: [[]] }, { strokes: [[[0]]] }, { weights: 1 }, { learnt: {} }, { config: null }]) {
    assert.ok(!isKeptShape({ ...kept, ...change }), JSON.stringify(change));
  }
  assert.ok(!isKeptShape(null));
});
