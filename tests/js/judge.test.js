import assert from "node:assert/strict";
import { test } from "node:test";
import { Judge } from "../../www/worker/judge.js";

/** A run that reads all but question marks, what its session was told, and what the page was told. */
function open() {
  /** @type {string[]} */
  const done = [];
  const session = {
    awaitsPerson: false,
    setRule(/** @type {string} */ rule) {
      if (rule === "bad") throw new Error("no rule");
      done.push(rule);
    },
    askPerson: () => void done.push("person"),
    dismissJudge: () => void done.push("nobody"),
    setDensityJudge: async () => void done.push("density ratio"),
    updateJudge: async () => void done.push("update"),
    forget() {},
    recall: () => void done.push("recall"),
  };
  const encode = (/** @type {string} */ text) => ({ ids: [1], unknown: text.includes("?") ? ["?"] : [], special: [] });
  const run = /** @type {any} */ ({ session, files: { codec: { encode, vocabulary: () => [] }, limits: { title: "Names" } } });
  /** @type {any[]} */
  const posted = [];
  return { judge: new Judge((event) => void posted.push(event)), run, done, posted };
}

test("a rule that is none is told of, and the judge before stays", async () => {
  const { judge, run, posted } = open();
  await judge.choose(run, "", "person");
  await judge.choose(run, "bad");
  assert.ok(judge.isPerson);
  assert.deepEqual(posted.map(({ type, cause }) => [type, cause]), [["failure", "judge"]]);
});

test("a run waits for the stronger policy by whose density ratio it is judged", async () => {
  const { judge, run, done, posted } = open();
  await judge.choose(run, "", "density ratio");
  assert.ok(judge.awaited(run));
  await judge.strengthen(run, { name: "strong", weights: new Uint8Array() });
  assert.ok(!judge.awaited(run));
  assert.deepEqual([done, posted], [["nobody", "density ratio"], [{ type: "strong", name: "strong" }]]);
});

test("a judge learns by itself as often as it was told, until another is chosen", async () => {
  const { judge, run, done } = open();
  judge.teach(2);
  await judge.learn(run.session, Infinity);
  assert.deepEqual([done, judge.learning], [["update", "update"], false]);
  judge.teach(2);
  await judge.choose(run, "rule");
  assert.ok(!judge.learning);
});

test("what a person said is recalled but for what the policy cannot read, which is told", () => {
  const { judge, run, done, posted } = open();
  const said = (/** @type {string} */ first) => ({ prompt: "", first, second: "b", preferred: /** @type {const} */ ("first") });
  judge.recall(run, [said("a"), said("what?")]);
  assert.deepEqual(done, ["recall"]);
  assert.match(posted[0].text, /1/);
});
