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
