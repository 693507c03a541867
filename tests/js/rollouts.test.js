import assert from "node:assert/strict";
import { test } from "node:test";
import { share } from "../../www/app/views/rollouts.js";

test("an answer's share is how often it is preferred to each of the others", () => {
  assert.deepEqual([0, 1].map((index) => share([0.8], 2, index)), [0.8, 1 - 0.8]);
  // Of three: the first beats the second, ties with the third, which loses to the second.
  const shares = [0, 1, 2].map((index) => share([1, 0.5, 1], 3, index));
  assert.deepEqual(shares, [0.75, 0.5, 0.25]);
});
