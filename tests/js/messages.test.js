import assert from "node:assert/strict";
import { test } from "node:test";
import { readCommand } from "../../www/app/messages.js";

const open = {
  type: "open", session: 1, policy: "p/", title: "P", maxTokens: 8, method: "dpo",
  loss: "",
  judge: "shorter",
  judgements: [{ prompt: "", first: "a", second: "b", preferred: "neither" }],
  guides: ["Hello."], engine: "cpu", speed: 0, seed: 1, values: { beta: 0.1 },
  pairs: [{ id: 1, prompt: "", chosen: "a", rejected: "b" }], heldOut: [], selected: null,
  sampler: { prompt: "", temperature: 1, count: 8, seed: 1 },
};

test("commands pass as they are", () => {
  assert.equal(readCommand(open), open);
  for (const type of ["run", "pause", "step"]) assert.equal(readCommand({ type }).type, type);
});

test("unfit commands are refused with the field's name", () => {
  /** @type {(change: object) => () => void} */
  const changed = (change) => () => readCommand({ ...open, ...change });
  assert.throws(changed({ seed: "1" }), /seed/);
  assert.throws(changed({ seed: NaN }), /seed/);
  assert.throws(changed({ pairs: [{ id: 1, prompt: "", chosen: "a" }] }), /pairs/);
  for (const more of [{ weight: -1 }, { weight: "2" }, { enabled: true }, { only: "prompt" }]) {
    assert.throws(changed({ pairs: [{ ...open.pairs[0], ...more }] }), /pairs/);
  }
  assert.doesNotThrow(changed({ pairs: [{ ...open.pairs[0], weight: 0.5, only: "chosen" }] }));
  assert.throws(changed({ values: { beta: "x" } }), /values/);
  assert.throws(changed({ sampler: null }), /sampler/);
  assert.throws(changed({ engine: "abacus" }), /engine/);
  assert.throws(changed({ judgeKind: "jury" }), /judgeKind/);
  assert.throws(changed({ judgements: [{ prompt: "", first: "a", second: "b", preferred: "third" }] }), /judgements/);
  assert.throws(() => readCommand({ type: "answer", id: 1, preferred: "third" }), /preferred/);
  for (const message of [null, 7, {}, { type: "toString" }, { type: "explode" }]) {
    assert.throws(() => readCommand(message), TypeError);
  }
});
