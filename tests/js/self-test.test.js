import assert from "node:assert/strict";
import { test } from "node:test";
import { selfTest } from "../../www/app/self-test.js";
import { statusSentence } from "../../www/app/status.js";

/** DPO on pairs of two sides. */
const PAIRS = { loss: Math.LN2, margins: true };

/** @param {number} loss @param {number} margin @param {number} [step] */
const evaluation = (loss, margin, step = 0) => ({ step, row: { loss, "rewards/margins": margin } });

test("the policy must equal its reference at step 0", () => {
  assert.deepEqual(selfTest(PAIRS, evaluation(Math.LN2, 0)), {
    passed: true,
    text: "✓ Self-test: loss 0.6931 = ln 2, margins 0.0000",
  });
  assert.equal(selfTest({ ...PAIRS, loss: undefined }, evaluation(25, 0))?.passed, true);
});

test("it fails where a number is off or none", () => {
  for (const [loss, margin] of [[0.69, 0], [Math.LN2, 0.01], [NaN, 0], [Math.LN2, NaN]]) {
    const result = selfTest(PAIRS, evaluation(loss, margin));
    assert.equal(result?.passed, false);
    assert.match(result?.text ?? "", /✗ Self-test failed/);
  }
});

test("where all pairs have one side, there is no margin to look at", () => {
  assert.deepEqual(selfTest({ loss: undefined, margins: false }, evaluation(0.5, NaN)), { passed: true, text: "✓ Self-test: loss 0.5000" });
  assert.equal(selfTest({ loss: undefined, margins: false }, evaluation(NaN, NaN)), null);
});

test("it says nothing once training has begun", () => {
  assert.equal(selfTest(PAIRS, evaluation(0.5, 1, 3)), null);
  assert.equal(selfTest(PAIRS, null), null);
});

test("the status is a sentence with the step", () => {
  const session = { number: 1, phase: /** @type {const} */ ("ready"), running: false, step: 1200, seed: 1, rate: 0, engine: "", preparing: null };
  const row = {
    loss: 0.4123, "rewards/margins": 1.5, "rewards/accuracies": 0.75, "logps/chosen": -7, "logps/reference_chosen": -5,
  };
  const paused = statusSentence({ session, evaluation: { step: 1200, row } });
  assert.match(paused, /^Paused at step 1.200: loss 0\.41, margin 1\.50, accuracy 75 %, chosen log-prob fell 2\.0\.$/);
  // Numbers of another step would be wrong numbers.
  assert.match(statusSentence({ session, evaluation: { step: 1100, row } }), /^Paused at step 1.200\.$/);
  assert.match(statusSentence({ session: { ...session, running: true }, evaluation: null }), /^Running: step 1.200\.$/);
  assert.match(statusSentence({ session: { ...session, phase: "opening" }, evaluation: null }), /Loading/);
});
