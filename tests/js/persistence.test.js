import assert from "node:assert/strict";
import { test } from "node:test";
import { Persistence } from "../../www/app/persistence.js";
import { DEFAULT_SETTINGS } from "../../www/app/state.js";

const PAIRS = [{ prompt: "a", chosen: "b", rejected: "c" }];
/** @type {import("../../www/app/messages.js").Judgement[]} */
const SAID = [{ prompt: "a", first: "b", second: "c", preferred: "second" }];

class Memory {
  /** @type {Map<string, string>} */
  entries = new Map();
  getItem(/** @type {string} */ key) {
    return this.entries.get(key) ?? null;
  }
  setItem(/** @type {string} */ key, /** @type {string} */ value) {
    this.entries.set(key, value);
  }
  removeItem(/** @type {string} */ key) {
    this.entries.delete(key);
  }
}

/** @param {Memory | null} storage */
function open(storage) {
  /** @type {string[]} */
  const said = [];
  return { persistence: new Persistence(storage, (text) => said.push(text)), said };
}

test("pairs and settings come back as they were", () => {
  const storage = new Memory();
  open(storage).persistence.savePairs("s", PAIRS);
  open(storage).persistence.saveJudgements("s", SAID);
  open(storage).persistence.saveSettings({ ...DEFAULT_SETTINGS, seed: 7, values: { dpo: { beta: 0.5 } }, judgeKinds: { s: "person" } });
  const { persistence, said } = open(storage);
  assert.deepEqual(persistence.pairs("s"), PAIRS);
  assert.deepEqual(persistence.judgements("s"), SAID);
  assert.deepEqual([persistence.pairs("other"), persistence.judgements("other")], [null, []]);
  assert.deepEqual(persistence.settings().judgeKinds, { s: "person" });
  assert.deepEqual([persistence.settings().seed, persistence.settings().values], [7, { dpo: { beta: 0.5 } }]);
  persistence.savePairs("s", null);
  persistence.saveJudgements("s", []);
  assert.deepEqual([persistence.pairs("s"), persistence.judgements("s")], [null, []]);
  assert.deepEqual(said, []);
});

test("a first visit has the defaults", () => {
  assert.deepEqual(open(new Memory()).persistence.settings(), DEFAULT_SETTINGS);
});

test("what cannot be read is set aside, not lost, and told", () => {
  const bad = ["{", "7", '[{"prompt": 1}]', "null", '{"seed": "x"}', '{"values": {"dpo": {"beta": "1"}}}', '{"judgeKinds": {"s": "jury"}}'];
  for (const text of bad) {
    const storage = new Memory();
    open(storage).persistence.savePairs("s", PAIRS);
    open(storage).persistence.saveJudgements("s", SAID);
    open(storage).persistence.saveSettings(DEFAULT_SETTINGS);
    for (const key of storage.entries.keys()) storage.entries.set(key, text);
    const { persistence, said } = open(storage);
    assert.equal(persistence.pairs("s"), null);
    assert.deepEqual(persistence.judgements("s"), []);
    assert.deepEqual(persistence.settings(), DEFAULT_SETTINGS);
    assert.equal(said.length, 3);
    assert.ok(said.every((sentence) => /cannot be read/.test(sentence)));
    assert.deepEqual([...storage.entries.values()], [text, text, text]);
  }
});

test("a full or broken storage is told and the page goes on", () => {
  const full = new Memory();
  full.setItem = () => {
    throw new DOMException("no room", "QuotaExceededError");
  };
  const { persistence, said } = open(full);
  persistence.savePairs("s", PAIRS);
  persistence.saveJudgements("s", SAID);
  assert.equal(said.length, 2);
  for (const sentence of said) assert.match(sentence, /full.*Export/);
  const broken = new Memory();
  broken.getItem = () => {
    throw new Error("disk");
  };
  const other = open(broken);
  assert.deepEqual(other.persistence.settings(), DEFAULT_SETTINGS);
  assert.match(other.said[0], /failed/);
  assert.match(open(null).said[0], /lost on reload/);
});
