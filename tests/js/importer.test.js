import assert from "node:assert/strict";
import { test } from "node:test";
import { Importer } from "../../www/app/importer.js";
import { MOST_PAIRS } from "../../www/app/pairs-view.js";
import { DEFAULT_SETTINGS, initialState, reduce } from "../../www/app/state.js";
import { createStore } from "../../www/app/store.js";

const pair = (/** @type {string} */ chosen) => ({ prompt: "p", chosen, rejected: "r" });
const line = (/** @type {string} */ chosen) => `${JSON.stringify(pair(chosen))}\n`;

/** As the core reads lines in TRL's explicit form. @param {string} text */
async function parse(text) {
  /** @type {import("../../www/app/messages.js").Parsed} */
  const read = { pairs: [], problems: [] };
  text.split("\n").forEach((line, index) => {
    try {
      const { prompt, chosen, rejected } = JSON.parse(line);
      read.pairs.push({ prompt, chosen, rejected });
    } catch {
      read.problems.push({ line: index + 1, message: "This is not JSON" });
    }
  });
  return read;
}

function open(read = parse) {
  const store = createStore(reduce, initialState(DEFAULT_SETTINGS));
  const importer = new Importer(store, read);
  return { store, importer, chosen: () => store.state().pairs.map((each) => each.chosen), said: () => store.state().notices.map(({ kind, text }) => [kind, text]) };
}
const file = (/** @type {string} */ name, /** @type {string} */ content) => new File([content], name);

test("good lines are added, bad ones are named, the first of many", async () => {
  const { importer, chosen, said } = open();
  await importer.takeFiles([file("a.jsonl", line("x") + "broken\n".repeat(7) + line("y"))]);
  assert.deepEqual(chosen(), ["x", "y"]);
  const [[kind, text]] = said();
  assert.equal(kind, "error");
  assert.equal(text, `2 pairs of a.jsonl added. ${[2, 3, 4, 5, 6].map((at) => `Line ${at}: This is not JSON.`).join(" ")} … and 2 more lines.`);
});

test("files are read one after the other, and each can be undone", async () => {
  const { importer, store, chosen } = open();
  await Promise.all([importer.takeFiles([file("a.jsonl", line("x")), file("b.jsonl", line("y"))]), importer.takeText(line("z"))]);
  assert.deepEqual(chosen(), ["x", "y", "z"]);
  store.dispatch({ type: "undo" });
  assert.deepEqual(chosen(), ["x", "y"]);
});

test("it is told whether all of a pasted text was added, so that the rest can be mended", async () => {
  const { importer, chosen } = open();
  assert.equal(await importer.takeText(line("x")), true);
  assert.equal(await importer.takeText(`${line("y")}broken`), false);
  assert.deepEqual(chosen(), ["x", "y"]);
});

test("what does not fit is left out or refused", async () => {
  const { importer, chosen, said } = open();
  await importer.takeFiles([file("many.jsonl", line("x").repeat(MOST_PAIRS + 3))]);
  assert.equal(chosen().length, MOST_PAIRS);
  assert.deepEqual(said(), [["note", `${MOST_PAIRS} pairs of many.jsonl added. The table holds at most ${MOST_PAIRS} pairs, so 3 more were left out.`]]);
  await importer.takeFiles([file("huge.jsonl", "x".repeat(17 * 2 ** 20))]);
  assert.match(said()[0][1], /huge\.jsonl is larger than 16 MB/);
});

test("unknown columns are asked about; without an answer nothing is added", async () => {
  const { importer, chosen, said } = open();
  /** @type {import("../../www/app/importer.js").Asking[]} */
  const asked = [];
  importer.store.watch((state) => state.asking, (asking) => asking && asked.push(asking));
  const row = `${JSON.stringify({ q: "Tea?", up: "yes", down: "no" })}\n`;
  const mapping = { form: /** @type {const} */ ("pair"), prompt: "q", first: "up", second: "down", label: "", positive: "", negative: "" };
  const reading = importer.takeFiles([file("c.jsonl", row)]);
  while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual([asked[0].name, asked[0].entries.length], ["c.jsonl", 1]);
  asked[0].answer(mapping);
  await reading;
  assert.deepEqual(chosen(), ["yes"]);
  const again = importer.takeFiles([file("c.jsonl", row)]);
  while (asked.length === 1) await new Promise((resolve) => setTimeout(resolve, 1));
  asked[1].answer(null);
  await again;
  assert.deepEqual([chosen(), said()[0][1]], [["yes"], "The import of c.jsonl was cancelled: nothing was added."]);
});

test("a long import is shown after a while and can be cancelled; a broken one is told", async () => {
  const { importer, chosen, said } = open(async (text) => {
    await new Promise((resolve) => setTimeout(resolve, 120));
    return parse(text);
  });
  /** @type {number[]} */
  const shown = [];
  importer.store.watch((state) => state.reading, (reading) => {
    if (!reading) return;
    shown.push(reading.read);
    if (shown.length === 3) importer.cancel();
  });
  await importer.takeFiles([file("long.jsonl", line("x").repeat(60_000))]);
  assert.ok(shown.length >= 3 && shown[0] < 0.5, `${shown}`);
  assert.deepEqual([chosen(), said()[0][1], importer.store.state().reading], [[], "The import of long.jsonl was cancelled: nothing was added.", null]);
  const broken = open(() => Promise.reject(new Error("the trainer was restarted")));
  await broken.importer.takeText(line("x"));
  assert.match(broken.said()[0][1], /the trainer was restarted/);
});
