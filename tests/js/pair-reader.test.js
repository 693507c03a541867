import assert from "node:assert/strict";
import { test } from "node:test";
import { PairReader } from "../../www/worker/pair-reader.js";

test("pairs are read as tokens, others told of; an edit has only the text read that is new", () => {
  /** @type {string[]} */
  const read = [];
  const encode = (/** @type {string} */ text) => {
    read.push(text);
    return { ids: [text.length], unknown: text.includes("?") ? ["?"] : [], special: [] };
  };
  const files = /** @type {any} */ ({ codec: { encode }, limits: { title: "Names", context: 9, begins: true } });
  const reader = new PairReader();
  const pair = { id: 3, prompt: "p", chosen: "aa", rejected: "b" };
  const { usable, problems } = reader.read([pair, { ...pair, id: 4, rejected: "?" }], files);
  assert.deepEqual(usable, [{ id: 3, prompt: Uint32Array.of(1), chosen: Uint32Array.of(2), rejected: Uint32Array.of(1), weight: 1 }]);
  assert.deepEqual(problems.map(({ id, field }) => [id, field]), [[4, "rejected"]]);
  read.length = 0;
  reader.read([{ ...pair, chosen: "aaa" }], files);
  assert.deepEqual(read, ["aaa"]);
  reader.forget();
  read.length = 0;
  reader.read([pair], files);
  assert.deepEqual(read, ["p", "aa", "b"]);
});
