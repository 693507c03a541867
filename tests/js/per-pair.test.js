import assert from "node:assert/strict";
import { test } from "node:test";
import { gain, perPair } from "../../www/app/per-pair.js";

test("the gain is the difference of the log-ratios", () => {
  assert.equal(gain({ id: 1, chosen: -4, rejected: -9, referenceChosen: -5, referenceRejected: -6, margin: 0 }), 4);
});

test("each pair has its loss, and its pull beside the strongest", () => {
  const curve = Float32Array.of(0.75, 0.25, -0.5, -0.125);
  assert.deepEqual(perPair(curve, [1, 1], 0.5), [{ loss: 0.75, slope: 0.5, pull: 1 }, { loss: 0.25, slope: 0.125, pull: 0.25 }]);
});

test("weights count in the mean and in the pull", () => {
  const curve = Float32Array.of(1, 0, -0.25, -0.5);
  const shares = perPair(curve, [3, 1], 0.75);
  assert.deepEqual(shares?.map(({ pull }) => pull), [1, 0.5 / 0.75]);
});

test("where the mean is not the measured loss, no pair is given a share", () => {
  assert.equal(perPair(Float32Array.of(0.7, 0.7, -1, -1), [1, 1], 0.5), null);
  assert.equal(perPair(Float32Array.of(0.7, 0.7, -1, -1), [1, 1], NaN), null);
  assert.equal(perPair(undefined, [1], 0.7), null);
});
