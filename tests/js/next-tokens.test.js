import assert from "node:assert/strict";
import { test } from "node:test";
import { entropy, likeliest, nextTokens } from "../../www/app/next-tokens.js";

/** @param {number[]} probabilities */
const logs = (probabilities) => Float32Array.from(probabilities, Math.log);
/** @param {number} one @param {number} other */
const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-6, `${one}, not ${other}`);

test("the likeliest tokens come first, equal ones by their id", () => {
  assert.deepEqual(likeliest(logs([0.1, 0.4, 0.1, 0.4]), 3), [1, 3, 0]);
});

test("both distributions' likeliest are listed, with what both give them", () => {
  const next = nextTokens(logs([0.5, 0.3, 0.15, 0.05]), logs([0.1, 0.1, 0.2, 0.6]), 1);
  assert.deepEqual(next.tokens.map(({ id }) => id), [0, 3]);
  near(next.tokens[1].policy, 0.05);
  near(next.tokens[1].reference, 0.6);
  near(next.rest.policy, 0.45);
  near(next.rest.reference, 0.3);
  assert.equal(next.others, 2);
});

test("a token that is asked for is listed whatever its rank", () => {
  const next = nextTokens(logs([0.5, 0.3, 0.15, 0.05]), logs([0.5, 0.3, 0.15, 0.05]), 1, 2);
  assert.deepEqual(next.tokens.map(({ id }) => id), [0, 2]);
});

test("entropy is that of the whole distribution", () => {
  near(entropy(logs([0.25, 0.25, 0.25, 0.25])), Math.log(4));
  near(entropy(logs([1, 0])), 0);
});
