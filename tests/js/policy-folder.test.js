import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import fc from "fast-check";
import { Persistence } from "../../www/app/persistence.js";
import { isTold, policyIn, readHeads } from "../../www/app/policies/policy-folder.js";
import { Shelf } from "../../www/app/policies/shelf.js";
import { memory, PREFIX } from "../../www/app/storage.js";
import { strToU8, unzipSync, zipSync } from "../../www/vendor/fflate.js";
import { Tokenizer } from "../../www/vendor/tokenizers.js";
import { Broughts } from "../../www/worker/broughts.js";

const NAMES = new URL("../../www/assets/policies/names/", import.meta.url);
const [config, tokenizer, weights] = await Promise.all(["config.json", "tokenizer.json", "model.safetensors"].map(async (name) => new Uint8Array(await readFile(new URL(name, NAMES)))));
const FILES = { "config.json": config, "tokenizer.json": tokenizer, "model.safetensors": weights };

/** @type {import("../../www/app/policies/policy-folder.js").Unzip} */
const unzip = (zip, wanted) => unzipSync(zip, { filter: ({ name, originalSize }) => wanted(name, originalSize) });
/** @param {Record<string, Uint8Array>} files */
const chosen = (files) => Object.entries(files).map(([path, bytes]) => ({ path, bytes }));
/** @param {Record<string, Uint8Array>} files @param {string} [folder] */
const below = (files, folder = "mine") => Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${folder}/${name}`, bytes]));
/** @param {Record<string, Uint8Array>} files */
const zipped = (files) => [{ path: "mine.zip", bytes: zipSync(files) }];

/** The page's own core, as far as it is asked. @param {(config: string, weights: Uint8Array) => void} [open] */
function broughts(open = () => {}) {
  /** @type {Map<string, any>} */
  const kept = new Map();
  let room = true;
  const libraries = async () => ({
    unzip,
    get: async (/** @type {string} */ key) => kept.get(key),
    async set(/** @type {string} */ key, /** @type {any} */ value) {
      if (!room) throw new DOMException("no room", "QuotaExceededError");
      kept.set(key, value);
    },
    del: async (/** @type {string} */ key) => void kept.delete(key),
  });
  const wasm = /** @type {any} */ ({
    LanguageSession: {
      open(/** @type {string} */ config, /** @type {Uint8Array} */ weights) {
        open(config, weights);
        return { free() {} };
      },
    },
  });
  return { shelf: new Broughts(wasm, Tokenizer, libraries), kept, fill: () => (room = false) };
}

test("three files, a folder and a zip of it are a policy", () => {
  for (const [files, title] of /** @type {[import("../../www/app/policies/policy-folder.js").NamedFile[], string][]} */ ([
    [chosen(FILES), "config.json"],
    [chosen(below({ ...FILES, "vocab.json": weights })), "mine"],
    [zipped(FILES), "mine"],
    [zipped(below(FILES, "deep/er")), "er"],
    [zipped({ ...below(FILES, "policy"), ...below(FILES, "reference"), "train.py": config }), "policy"],
  ])) {
    const policy = policyIn(files, unzip);
    assert.equal(policy.title, title);
    assert.deepEqual(policy.files, FILES);
  }
});

test("whatever is wrong with it is a sentence", () => {
  const { "config.json": _, ...headless } = FILES;
  const { "model.safetensors": __, ...weightless } = FILES;
  const nothing = new Uint8Array();
  /** @type {[import("../../www/app/policies/policy-folder.js").NamedFile[], RegExp][]} */
  const wrong = [
    [[], /No files were chosen/],
    [chosen(headless), /There is no config\.json in it/],
    [chosen({ "a.json": config }), /no config\.json, no tokenizer\.json, no model\.safetensors in it/],
    [chosen({ ...weightless, "model-00001-of-00002.safetensors": nothing }), /split over several files/],
    [chosen({ ...weightless, "model.safetensors.index.json": nothing }), /split over several files/],
    [chosen({ ...weightless, "pytorch_model.bin": nothing }), /in pytorch_model\.bin, which can run code/],
    [zipped(below({ ...weightless, "pytorch_model.bin": nothing })), /in pytorch_model\.bin/],
    [zipped(below({ ...weightless, "model-00001-of-00002.safetensors": nothing })), /split over several/],
    [[{ path: "x.zip", bytes: strToU8("PK\u0003\u0004 and no more") }], /x\.zip cannot be unpacked/],
    [[{ path: "x.zip", bytes: nothing }], /x\.zip cannot be unpacked/],
    [zipped({ ...below(FILES, "a"), ...below(FILES, "b") }), /several policies in it, in “a”, “b”/],
    [chosen({ ...FILES, "model.safetensors": new Uint8Array(65 * 2 ** 20) }), /model\.safetensors is larger than 64 MB/],
    [zipped({ ...FILES, "model.safetensors": new Uint8Array(65 * 2 ** 20) }), /mine\.zip\/model\.safetensors is larger than 64 MB/],
  ];
  for (const [files, told] of wrong) assert.throws(() => policyIn(files, unzip), told);
});

test("a zip that says it is smaller than it is stays as small as it said", () => {
  const zip = zipSync({ ...FILES, "model.safetensors": new Uint8Array(40 * 2 ** 20) });
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  // The size before packing stands in the central directory, 24 bytes after each mark.
  for (let at = 0; at < zip.length - 4; at++) if (view.getUint32(at, true) === 0x02014b50 && view.getUint32(at + 24, true) === 40 * 2 ** 20) view.setUint32(at + 24, 1000, true);
  try {
    const { files } = policyIn([{ path: "mine.zip", bytes: zip }], unzip);
    assert.ok(files["model.safetensors"].length <= 1000);
  } catch (error) {
    assert.match(String(error), /mine\.zip cannot be unpacked/);
  }
});

test("files that are no JSON, or of another tokenizer, are refused", () => {
  const heads = (/** @type {Partial<typeof FILES>} */ other) => readHeads({ ...FILES, ...other });
  assert.equal(heads({}).config.model_type, "gpt2");
  assert.throws(() => heads({ "config.json": strToU8("{") }), /config\.json is no JSON/);
  assert.throws(() => heads({ "tokenizer.json": strToU8("") }), /tokenizer\.json is no JSON/);
  assert.throws(() => heads({ "tokenizer.json": strToU8('{"model":{"type":"WordLevel"}}') }), /type WordLevel, and this page reads BPE, WordPiece and Unigram/);
  assert.throws(() => heads({ "tokenizer.json": strToU8("null") }), /type undefined/);
});

test("a policy is checked, named by its content, kept, and read back", async () => {
  /** @type {string[]} */
  const opened = [];
  const { shelf, kept } = broughts((config) => opened.push(config));
  const brought = await shelf.add(chosen(below(FILES)));
  assert.deepEqual({ ...brought, folder: brought.folder.slice(0, 8) }, { folder: "brought/", title: "mine", parameters: 105_664, context: 32, kept: true });
  assert.equal(opened.length, 1);
  assert.equal((await shelf.add(zipped(FILES))).folder, brought.folder, "the same files are the same policy");
  assert.deepEqual(await shelf.files(brought.folder), [config, tokenizer, weights]);
  await shelf.forget(brought.folder);
  assert.equal(kept.size, 0);
  await assert.rejects(shelf.files(brought.folder), /no longer keeps its files: bring it again/);
});

test("without room it is there for this visit", async () => {
  const { shelf, fill } = broughts();
  fill();
  const brought = await shelf.add(chosen(FILES));
  assert.equal(brought.kept, false);
  assert.deepEqual(await shelf.files(brought.folder), [config, tokenizer, weights]);
});

test("what the core says of it comes through, and so does a tokenizer of another policy", async () => {
  const refused = broughts(() => {
    throw new Error('config.json asks for model_type = "mamba", but only "gpt2" or "llama" is supported');
  });
  await assert.rejects(refused.shelf.add(chosen(FILES)), /mamba/);
  assert.equal(refused.kept.size, 0);
  const smaller = strToU8(JSON.stringify({ ...JSON.parse(new TextDecoder().decode(config)), vocab_size: 20 }));
  await assert.rejects(broughts().shelf.add(chosen({ ...FILES, "config.json": smaller })), /tokenizer\.json knows token 54, but config\.json has a vocabulary of 20/);
  await assert.rejects(broughts().shelf.add(chosen({ ...FILES, "tokenizer.json": strToU8('{"model":{"type":"BPE"}}') })), /tokenizer\.json cannot be read/);
});

test("the list of brought policies outlives a visit; what another hand put there is set aside", async () => {
  const storage = memory();
  /** @type {string[]} */
  const said = [];
  const open = () => new Shelf(new Persistence(storage, (text) => said.push(text)), /** @type {any} */ (worker));
  const worker = {
    /** @type {string[]} */
    forgotten: [],
    bring: async () => ({ folder: "brought/1", title: "x".repeat(90), parameters: 1000, context: 24, kept: true }),
    forget: async (/** @type {string} */ name) => void worker.forgotten.push(name),
  };
  const { header } = await open().add([]);
  assert.deepEqual([header.name, header.title.length, header.maxTokens], ["brought/1", 60, 12]);
  const later = open();
  assert.deepEqual(later.headers, [header]);
  await later.remove("brought/1");
  assert.deepEqual([open().headers, worker.forgotten], [[], ["brought/1"]]);
  for (const text of ["{", "[null]", "[{}]", '[{"name":"assistant"}]', "7"]) {
    storage.setItem(`${PREFIX}policies`, text);
    assert.deepEqual(open().headers, []);
  }
  assert.equal(said.length, 5);
});

test("any bytes are read or refused by a sentence", () => {
  const name = fc.constantFrom("config.json", "tokenizer.json", "model.safetensors", "a/config.json", "x.zip", "pytorch_model.bin", "");
  fc.assert(
    fc.property(fc.array(fc.record({ path: name, bytes: fc.uint8Array({ maxLength: 60 }) }), { maxLength: 5 }), (files) => {
      try {
        policyIn(files, unzip);
      } catch (error) {
        assert.match(String(error), /^Error: .*[.:]/);
      }
    }),
    { numRuns: 300, seed: 5 },
  );
  assert.deepEqual(["a/model.safetensors", "x.ZIP", "b.bin", "optimizer.pt", "notes.txt"].map(isTold), [true, true, false, true, false]);
});
