import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Tokenizer } from "../../www/vendor/tokenizers.js";
import { TextCodec } from "../../www/worker/text-codec.js";

/** @type {(name: string) => Promise<any>} */
const fixture = async (name) =>
  JSON.parse(await readFile(new URL(`../fixtures/tokenizers/${name}`, import.meta.url), "utf8"));

/** @typedef {{ text: string, ids: number[], decoded: string }} Case */

// The same cases as the native reader's, in tests/tokenizer.rs.
test("ids and texts are Hugging Face's, on random Unicode as well", async () => {
  /** @type {Record<string, Case[]>} */
  const files = await fixture("cases.json");
  for (const [file, cases] of Object.entries(files)) {
    const codec = new TextCodec(new Tokenizer(await fixture(file), {}));
    assert.ok(cases.length > 200);
    for (const { text, ids, decoded } of cases) {
      assert.deepEqual(codec.encode(text).ids, ids, `${file}: ${JSON.stringify(text)}`);
      assert.equal(codec.decode(ids), decoded, `${file}: ${JSON.stringify(text)}`);
    }
  }
});

test("what the vocabulary lacks is listed once, special tokens by name", async () => {
  const codec = new TextCodec(new Tokenizer(await fixture("characters.json"), {}));
  assert.deepEqual(codec.encode("Zoë Noë").unknown, ["ë", " "]);
  assert.deepEqual(codec.encode("Maria"), { ids: codec.encode("Maria").ids, unknown: [], special: [] });
  const bpe = new TextCodec(new Tokenizer(await fixture("byte-level-bpe.json"), {}));
  assert.deepEqual(bpe.encode("a <|endoftext|>").special, ["<|endoftext|>"]);
  assert.deepEqual(bpe.encode("東京 🐇").unknown, []);
});

/** Numbers in [0, 1) that are the same each time (mulberry32). @param {number} seed */
const luck = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};

test("any text comes back from its tokens under the shipped policies that read any text", async () => {
  for (const policy of ["assistant", "prose"]) {
    const file = new URL(`../../www/assets/policies/${policy}/tokenizer.json`, import.meta.url);
    const codec = new TextCodec(new Tokenizer(JSON.parse(await readFile(file, "utf8")), {}));
    const next = luck(1);
    // A plane at a time, so that letters are as likely as what nobody types.
    const ends = [0x7f, 0x2ff, 0x1fff, 0xd7ff, 0x10ffff];
    for (let round = 0; round < 500; round++) {
      const end = ends[round % ends.length];
      const points = Array.from({ length: Math.floor(24 * next()) }, () => Math.floor(end * next()));
      const text = String.fromCodePoint(...points.filter((point) => point < 0xd800 || point > 0xdfff));
      const { ids, unknown, special } = codec.encode(text);
      assert.deepEqual({ unknown, special }, { unknown: [], special: [] });
      assert.equal(codec.decode(ids), text, JSON.stringify(text));
    }
  }
});

test("the texts of the vocabulary, token by token, make up any text", async () => {
  const codec = new TextCodec(new Tokenizer(await fixture("characters.json"), {}));
  const vocabulary = codec.vocabulary();
  const texts = codec.encode("Maria").ids.map((id) => vocabulary[id]);
  assert.equal(texts.join(""), "Maria");
  for (const id of codec.special.keys()) assert.equal(vocabulary[id], "");
});
