import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "../../www/app/history.js";
import { statusSentence } from "../../www/app/status.js";
import { sentence as judgeSentence } from "../../www/app/views/judge.js";
import { pairsOf, sentence as personSentence } from "../../www/app/views/person.js";

/** @param {number} updates @param {boolean} learns @param {number[]} heldOut */
function judge(updates, learns, heldOut = []) {
  const history = History.empty().append({
    columns: ["judge/eval_accuracy"],
    steps: Uint32Array.from(heldOut, (_, index) => index + 1),
    values: Float32Array.from(heldOut),
  });
  return { judge: { updates, learns, history } };
}

test("where a judge stands is told with what was measured last", () => {
  assert.match(judgeSentence({ judge: null }), /being made/);
  assert.match(judgeSentence(judge(0, true)), /learnt nothing yet/);
  assert.equal(judgeSentence(judge(1, true, [NaN])), "1 update made. It makes one before each update of the policy.");
  assert.equal(
    judgeSentence(judge(3, false, [0.5, 0.75, NaN])),
    "3 updates made. It is right about 75 % of the held-out pairs. It rests until the pairs change.",
  );
});

test("what a person is asked is counted", () => {
  assert.match(personSentence(0, 0), /waits for your first word.*being drawn/);
  assert.match(personSentence(1, 2), /^2 judged.* 1 pair waits\.$/);
});

test("what a person preferred is exported as pairs, without ties", () => {
  /** @type {(preferred: import("../../www/app/messages.js").Preferred) => import("../../www/app/messages.js").Judgement} */
  const said = (preferred) => ({ prompt: "p", first: "a", second: "b", preferred });
  assert.deepEqual(pairsOf([said("first"), said("neither"), said("second")]), [
    { prompt: "p", chosen: "a", rejected: "b" },
    { prompt: "p", chosen: "b", rejected: "a" },
  ]);
});

test("a run that waits for a person says so", () => {
  const session = { number: 1, phase: /** @type {const} */ ("ready"), running: true, step: 0, seed: 1, rate: 0, engine: "CPU", preparing: null };
  assert.match(statusSentence({ session, evaluation: null }, "judged a first pair"), /^Waiting at step 0: .* judged a first pair\.$/);
  assert.match(statusSentence({ session: { ...session, running: false }, evaluation: null }, "judged"), /^Ready/);
});
