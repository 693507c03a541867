import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf, guess, isComplete, mapped, speaksForItself, valuesOf } from "../../www/app/preference-files/columns.js";
import { slicesOf } from "../../www/app/preference-files/entries.js";
import { readPairs } from "../../www/app/preference-files/read.js";
import { writePairs } from "../../www/app/preference-files/write.js";

/** @typedef {import("../../www/app/messages.js").PairText} PairText */

/** As the core reads lines in TRL's explicit form, and nothing else. @param {string} text */
async function parse(text) {
  /** @type {import("../../www/app/messages.js").Parsed} */
  const read = { pairs: [], problems: [] };
  text.split("\n").forEach((line, index) => {
    try {
      const { prompt, chosen, rejected } = JSON.parse(line);
      if (![prompt, chosen, rejected].every((field) => typeof field === "string")) throw new TypeError("a field is missing");
      read.pairs.push({ prompt, chosen, rejected });
    } catch (error) {
      read.problems.push({ line: index + 1, message: /** @type {Error} */ (error).message });
    }
  });
  return read;
}
/** As the core writes them. @param {PairText[]} pairs */
const format = async (pairs) => pairs.map((pair) => `${JSON.stringify(pair)}\n`).join("");
const read = (/** @type {string} */ text, more = {}) => readPairs(text, { name: "x.jsonl", parse, ...more });
const entries = (/** @type {string} */ text, name = "x.jsonl") => [...slicesOf(text, name)].flatMap((slice) => slice.entries);
const pair = (/** @type {string} */ prompt, /** @type {string} */ chosen, /** @type {string} */ rejected, more = {}) => ({ prompt, chosen, rejected, ...more });
const jsonl = (/** @type {unknown[]} */ values) => values.map((value) => JSON.stringify(value)).join("\n");

test("lines keep their numbers, whatever ends them and however they are sliced", () => {
  const found = entries('\ufeff{"a": 1}\r\n\r\n  \r\nbroken\r\n{"a": 2}');
  assert.deepEqual(found, [
    { line: 1, text: '{"a": 1}', value: { a: 1 } },
    { line: 4, text: "broken", value: undefined },
    { line: 5, text: '{"a": 2}', value: { a: 2 } },
  ]);
  const line = `${JSON.stringify({ text: "x".repeat(1000) })}\n`;
  const many = [...slicesOf(line.repeat(2000), "x.jsonl")];
  assert.ok(many.length > 5, "it is read in slices");
  assert.deepEqual(many.flatMap((slice) => slice.entries.map((entry) => entry.line)), Array.from({ length: 2000 }, (_, index) => index + 1));
  const shares = many.map((slice) => slice.read);
  assert.deepEqual([shares, shares.at(-1)], [[...shares].sort((a, b) => a - b), 1]);
});

test("a list in JSON has entries as well, and a list on a line is none", () => {
  const text = JSON.stringify([{ chosen: "a" }, { chosen: "b" }], null, 2);
  assert.deepEqual(entries(text, "x.json"), [
    { line: 1, text: '{"chosen":"a"}', value: { chosen: "a" } },
    { line: 2, text: '{"chosen":"b"}', value: { chosen: "b" } },
  ]);
  assert.deepEqual(entries('[{"a": 1}]', "x.jsonl")[0].value, [{ a: 1 }]);
  assert.deepEqual(entries("[1, 2]", "x.json")[0].value, [1, 2]);
});

test("tables have quotes, line breaks in them, and any of the usual separators", () => {
  const text = 'prompt,chosen,rejected,weight,enabled\n"Hi, you","a ""b""\nc",d,2,FALSE\n\nx,y,z,1,true\n';
  for (const [separator, name] of [[",", "x.csv"], ["\t", "x.tsv"], [";", "x.csv"]]) {
    const found = entries(text.replaceAll(/,(?! )/g, separator).replaceAll("\n", "\r\n").replace('""\r\nc', '""\nc'), name);
    assert.deepEqual(found.map(({ line, value }) => ({ line, value })), [
      { line: 2, value: { prompt: "Hi, you", chosen: 'a "b"\nc', rejected: "d", weight: 2, enabled: false } },
      { line: 5, value: { prompt: "x", chosen: "y", rejected: "z", weight: 1, enabled: true } },
    ]);
  }
  const long = `a,b\n${"x".repeat(700_000)},y\n${"u,v\n".repeat(100_000)}`;
  const rows = entries(long, "x.csv");
  assert.deepEqual([rows.length, rows[0].line, rows.at(-1)?.line], [100_001, 2, 100_002]);
  assert.equal(/** @type {any} */ (rows[0].value).a.length, 700_000);
});

test("what is pasted is a table if it looks like one", () => {
  const row = { line: 2, text: '{"prompt":"a","chosen":"b"}', value: { prompt: "a", chosen: "b" } };
  assert.deepEqual(entries("prompt\tchosen\na\tb", ""), [row]);
  assert.deepEqual(entries("prompt,chosen\na,b", ""), [row]);
  assert.equal(entries('{"prompt": "a, b"}\n{"prompt": "c"}', "").length, 2);
  assert.deepEqual(entries("Hello, world.", ""), [{ line: 1, text: "Hello, world.", value: undefined }]);
});

test("good lines become pairs, bad ones are named by their numbers", async () => {
  const { pairs, problems } = await read('{"prompt": "a", "chosen": "b", "rejected": "c"}\n\nbroken\n{"prompt": "a"}\n{"prompt": "d", "chosen": "e", "rejected": "f"}\n');
  assert.deepEqual(pairs, [pair("a", "b", "c"), pair("d", "e", "f")]);
  assert.deepEqual(problems.map(({ line }) => line), [3, 4]);
});

test("weights and switches are read and checked", async () => {
  const line = (/** @type {object} */ more) => ({ ...pair("a", "b", "c"), ...more });
  const { pairs, problems } = await read(jsonl([line({ weight: 2.5, enabled: false }), line({ weight: 1, enabled: true }), line({ weight: null }), line({ weight: 11 }), line({ weight: "2" }), line({ enabled: "no" })]));
  assert.deepEqual(pairs, [pair("a", "b", "c", { weight: 2.5, enabled: false }), pair("a", "b", "c"), pair("a", "b", "c")]);
  assert.deepEqual(problems, [
    { line: 4, message: "The field “weight” is 11. Write a number from 0 to 10" },
    { line: 5, message: 'The field “weight” is "2". Write a number from 0 to 10' },
    { line: 6, message: 'The field “enabled” is "no". Write true or false' },
  ]);
});

test("answers judged by themselves are paired up; what is left over has one side", async () => {
  const said = (/** @type {string} */ prompt, /** @type {string} */ completion, /** @type {unknown} */ label) => ({ prompt, completion, label });
  const { pairs, problems } = await read(jsonl([
    said("a", "good 1", true), said("b", "bad", false), said("a", "good 2", true), said("a", "bad 1", false),
    pair("x", "y", "z"), said("a", "bad 2", false), said("c", "good", true), said("c", "?", "maybe"),
  ]));
  assert.deepEqual(pairs, [
    pair("b", "", "bad", { only: "rejected" }), pair("a", "good 1", "bad 1"), pair("x", "y", "z"),
    pair("a", "good 2", "bad 2"), pair("c", "good", "", { only: "chosen" }),
  ]);
  assert.deepEqual(problems.map(({ line }) => line), [8], "the core says what is wrong with a label");
});

test("reading can be cancelled and tells how far it is", async () => {
  const text = `${JSON.stringify(pair("a", "b", "c"))}\n`.repeat(50_000);
  const control = new AbortController();
  /** @type {number[]} */
  const told = [];
  const progress = (/** @type {number} */ read) => {
    told.push(read);
    if (read > 0.4) control.abort();
  };
  await assert.rejects(read(text, { progress, signal: control.signal }), { name: "AbortError" });
  assert.ok(told.length > 1 && /** @type {number} */ (told.at(-1)) < 0.9, String(told));
  assert.equal((await read(text)).pairs.length, 50_000);
});

test("what is written is read again, with weights, switches and single sides", async () => {
  const pairs = [
    pair("Mar", "ia", "vin"),
    pair("", "", "\u2028\n\t\"\\", { weight: 0 }),
    pair("é", "東京", "\u0000🐇}", { weight: 2.5, enabled: false }),
    pair("q", "good", "", { only: "chosen", weight: 3 }),
    pair("r", "", "bad", { only: "rejected", enabled: false }),
  ];
  const text = await writePairs(pairs, format);
  assert.equal(text.trimEnd().split("\n").length, 5);
  assert.deepEqual(await read(text), { pairs, problems: [] });
  assert.equal(await writePairs([], format), "");
});

test("known columns need no question, others do", () => {
  const known = [
    pair("a", "b", "c"), { chosen: "a", rejected: "b" }, { prompt: "a", completion: "b", label: true },
    { input: "a", output_1: "b", output_2: "c", label: 1 }, { sentence_good: "a", sentence_bad: "b", UID: 3 },
  ];
  for (const row of known) assert.ok(speaksForItself(entries(jsonl([row]))), JSON.stringify(row));
  assert.ok(speaksForItself(entries("broken\nlines")), "there are no columns to ask about");
  assert.ok(!speaksForItself(entries(jsonl([{ question: "a", better: "b", worse: "c" }]))));
});

test("the likeliest mapping is offered", () => {
  const guessed = (/** @type {object[]} */ ...rows) => guess(entries(jsonl(rows)));
  const none = { prompt: "", first: "", second: "", label: "", positive: "", negative: "" };
  assert.deepEqual(guessed({ id: 1, question: "a", better: "b", worse: "c" }), { ...none, form: "pair", prompt: "question", first: "better", second: "worse" });
  assert.deepEqual(
    guessed({ question: "q", statement: "s", answer_matching_behavior: " Yes", answer_not_matching_behavior: " No" }),
    { ...none, form: "pair", prompt: "question", first: "answer_matching_behavior", second: "answer_not_matching_behavior" },
  );
  assert.deepEqual(
    guessed({ instruction: "q", response_a: "x", response_b: "y", winner: "response_b" }, { instruction: "q", response_a: "x", response_b: "y", winner: "response_a" }),
    { form: "compared", prompt: "instruction", first: "response_a", second: "response_b", label: "winner", positive: "response_a", negative: "response_b" },
  );
  assert.deepEqual(
    guessed({ query: "q", reply: "x", liked: 0 }, { query: "q", reply: "z", liked: 1 }),
    { form: "judged", prompt: "query", first: "reply", second: "", label: "liked", positive: "1", negative: "0" },
  );
  assert.deepEqual(guessed({ x: "a", y: "b" }), { ...none, form: "pair", first: "x", second: "y" });
  for (const mapping of [guessed({ a: 1 }), { ...guessed({ x: "a", y: "b" }), second: "x" }]) assert.ok(!isComplete(mapping));
  assert.ok(isComplete(guessed({ x: "a", y: "b" })));
});

test("rows are mapped onto the core's columns, and a label that says neither is named", async () => {
  const rows = [{ q: "Tea?", a: "yes", b: "no", win: "A" }, { q: "Tea?", a: "yes", b: "no", win: "B" }, { q: "Tea?", a: "yes", b: "no", win: "tie" }, { q: "Tea?", a: "yes", b: "no" }];
  /** @type {import("../../www/app/preference-files/columns.js").Mapping} */
  const mapping = { form: "compared", prompt: "q", first: "a", second: "b", label: "win", positive: "A", negative: "B" };
  const { pairs, problems } = await read(jsonl(rows), { mapping });
  assert.deepEqual(pairs, [pair("Tea?", "yes", "no"), pair("Tea?", "no", "yes")]);
  assert.deepEqual(problems, [
    { line: 3, message: "The column “win” says “tie”, neither “A” nor “B”" },
    { line: 4, message: "The column “win” is missing" },
  ]);
  const judged = await read(jsonl([{ q: "Tea?", a: "yes", ok: 1 }, { q: "Tea?", a: "no", ok: 0 }]), {
    mapping: { ...mapping, form: "judged", label: "ok", positive: "1", negative: "0" },
  });
  assert.deepEqual(judged.pairs, [pair("Tea?", "yes", "no")]);
  assert.deepEqual(mapped({ x: 1, y: 2 }, { ...mapping, form: "pair", prompt: "", first: "x", second: "y" }), { row: { chosen: 1, rejected: 2 } });
  assert.deepEqual(valuesOf(entries(jsonl(rows)), "win"), ["A", "B", "tie"]);
  assert.deepEqual(columnsOf(entries(jsonl(rows))), ["q", "a", "b", "win"]);
});
