import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_CLOSE_UP, reduceCloseUp, watch } from "../../www/app/close-up-state.js";
import { readCommand } from "../../www/app/messages.js";
import { expansionsIn } from "../../www/worker/close-up.js";

const shown = { tokens: [], rest: { policy: 0, reference: 0 }, others: 0, entropy: { policy: 0, reference: 0 } };
const place = /** @type {const} */ ({ pair: 1, side: "chosen", index: 2 });

test("only what is looked at now is taken in", () => {
  const closeUp = watch(NO_CLOSE_UP, { token: place });
  const event = /** @type {const} */ ({ type: "next", session: 1, step: 3, at: { ...place }, shown });
  assert.equal(reduceCloseUp(closeUp, event).next, event);
  const late = { ...event, at: { ...place, index: 1 } };
  assert.equal(reduceCloseUp(closeUp, late).next, null);
});

test("what is looked at no longer is let go", () => {
  const seen = reduceCloseUp(watch(NO_CLOSE_UP, { answers: { prompt: "Mar", milliseconds: 9 } }), {
    type: "answers", session: 1, step: 0, at: { prompt: "Mar", milliseconds: 9 }, problem: "no", shown: null,
  });
  assert.equal(seen.answers?.problem, "no");
  assert.equal(watch(seen, { token: place }).answers, seen.answers, "the others stay");
  assert.equal(watch(seen, { answers: null }).answers, null);
});

test("the Worker refuses what is no place", () => {
  const command = { type: "watch", token: place, beginning: { prompt: "", answer: "a", tokens: [1] }, answers: null };
  assert.equal(readCommand(command), command);
  for (const wrong of [{ token: { ...place, side: "left" } }, { beginning: { prompt: "", answer: "", tokens: ["a"] } }, { answers: { prompt: 3, milliseconds: 1 } }]) {
    assert.throws(() => readCommand({ ...command, ...wrong }), /unfit/);
  }
  assert.throws(() => readCommand({ type: "rewind", step: "5" }), /unfit/);
});

test("answers are added up as far as the time allows, by doublings", () => {
  assert.deepEqual([40, 100, 199, 201, 5000].map((took) => expansionsIn(took, 400)), [256, 128, 64, 32, 32]);
  assert.equal(expansionsIn(0, 6400), 16_384, "and no farther than the memory goes");
});
