// Preferences come in: picked, dropped, pasted; in the forms in use, and in others after a question.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { choose, open, openNames, parts, reached, ready, start, violations } from "./browser.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

const jsonl = (/** @type {unknown[]} */ values) => values.map((value) => JSON.stringify(value)).join("\n");
/** @param {Page} page @param {string} name @param {string | Buffer} content */
const pick = (page, name, content) => page.locator("#import").setInputFiles({ name, mimeType: "", buffer: Buffer.from(content) });
/** Drops files as a person does. @param {Page} page @param {string} target @param {{ name: string, content: string }[]} files */
async function drop(page, target, files) {
  const data = await page.evaluateHandle((all) => {
    const transfer = new DataTransfer();
    for (const { name, content } of all) transfer.items.add(new File([content], name));
    return transfer;
  }, files);
  await page.dispatchEvent(target, "dragover", { dataTransfer: data });
  const seen = await page.locator("#pairs").evaluate((section) => getComputedStyle(section, "::after").content);
  await page.dispatchEvent(target, "drop", { dataTransfer: data });
  return seen;
}
/** @param {Page} page @param {string} text */
async function paste(page, text) {
  await page.evaluate((pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", pasted);
    (document.activeElement ?? document.body).dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}
/** The last rows' texts. @param {Page} page @param {number} count */
async function last(page, count) {
  const texts = await page.locator("#rows textarea").evaluateAll((boxes) => boxes.map((box) => /** @type {HTMLTextAreaElement} */ (box).value));
  const rows = Array.from({ length: texts.length / 3 }, (_, row) => texts.slice(3 * row, 3 * row + 3));
  return rows.slice(-count);
}
const added = (/** @type {Page} */ page, /** @type {string | RegExp} */ text) => page.locator("#notices").getByText(text).waitFor();

test("files are dropped anywhere on the page, several at once, and a policy goes where policies are brought", async () => {
  const { page, context, wrong } = await openNames(site);
  const seen = await drop(page, "#charts", [
    { name: "one.jsonl", content: jsonl([{ prompt: "Lu", chosen: "cia", rejected: "ke" }]) },
    { name: "two.json", content: JSON.stringify([{ sentence_good: "Ada", sentence_bad: "Adam" }], null, 2) },
  ]);
  assert.match(seen, /Drop preference files/);
  await added(page, "1 pair of two.json added.");
  assert.deepEqual(await last(page, 2), [["Lu", "cia", "ke"], ["", "Ada", "Adam"]]);
  await drop(page, "#pairs", [{ name: "model.safetensors", content: "x" }, { name: "config.json", content: "{}" }]);
  await page.getByRole("dialog", { name: "Bring a policy of your own" }).getByText("There is no tokenizer.json in it").waitFor();
  assert.equal(await parts(page).rows.count(), 34);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("lines are pasted outside a field or into the dialog, and tables as well", async () => {
  const { page, context, wrong } = await openNames(site);
  await page.locator("#pairs").focus();
  await paste(page, jsonl([{ prompt: "Lu", chosen: "cia", rejected: "ke" }]));
  await added(page, "1 pair of the clipboard added.");
  await paste(page, "prompt\tchosen\trejected\tweight\nLu\tisa\tis\t2\nMa\tria\trk\t1\n");
  await added(page, "2 pairs of the clipboard added.");
  assert.deepEqual(await last(page, 3), [["Lu", "cia", "ke"], ["Lu", "isa", "is"], ["Ma", "ria", "rk"]]);
  await parts(page).rows.nth(33).getByText("weight 2").waitFor();
  // What is pasted into a field is for the field.
  await parts(page).box(0, "Chosen").focus();
  await paste(page, jsonl([{ prompt: "a", chosen: "b", rejected: "c" }]));
  assert.equal(await parts(page).rows.count(), 35);
  await page.getByRole("button", { name: "All pairs" }).click();
  await page.getByRole("button", { name: "Import …" }).click();
  const dialog = page.getByRole("dialog", { name: "Import preferences" });
  assert.ok(await dialog.getByRole("button", { name: "Add these" }).isDisabled());
  await dialog.getByRole("textbox", { name: "Or paste lines here" }).fill('{"chosen": "Luisa", "rejected": "Luis"}\nbroken');
  await dialog.getByRole("button", { name: "Add these" }).click();
  await added(page, /1 pair of the clipboard added\. Line 2: This is not JSON/);
  assert.deepEqual(await last(page, 1), [["Lui", "sa", "s"]]);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("every form in use is read: TRL's, HH-RLHF's, LLMBar's and BLiMP's", async () => {
  const { page, context, wrong } = await open(site);
  await ready(page);
  const user = (/** @type {string} */ content) => ({ role: "user", content });
  const assistant = (/** @type {string} */ content) => ({ role: "assistant", content });
  const transcript = (/** @type {string} */ answer) => `\n\nHuman: Tea?\n\nAssistant: ${answer}`;
  await pick(page, "forms.jsonl", jsonl([
    { prompt: "The sky is", chosen: " blue.", rejected: " green." },
    { chosen: "The sky is blue.", rejected: "The sky is green." },
    { prompt: [user("Tea?")], chosen: [assistant("Yes")], rejected: [assistant("No")] },
    { chosen: [user("Tea?"), assistant("Please")], rejected: [user("Tea?"), assistant("Never")] },
    { prompt: "Tea?", completion: "Gladly", label: true },
    { prompt: "Tea?", completion: "Go away", label: false },
    { chosen: transcript("Yes"), rejected: transcript("No") },
    { input: "Tea?", output_1: "No", output_2: "Yes", label: 2 },
    { sentence_good: "Cats sleep.", sentence_bad: "Cats sleeps.", UID: "agreement" },
    { prompt: [user("Coffee?")], completion: [assistant("Gladly")], label: true },
  ]));
  await added(page, /9 pairs of forms\.jsonl added\. 1 only chosen: answers to prompts that have no counterpart/);
  assert.deepEqual(await last(page, 9), [
    ["The sky is", " blue.", " green."],
    ["The sky is", " blue.", " green."],
    ["Tea?", "Yes", "No"],
    ["Tea?", "Please", "Never"],
    ["Tea?", "Gladly", "Go away"],
    ["\n\nHuman: Tea?\n\nAssistant:", " Yes", " No"],
    ["Tea?", "Yes", "No"],
    ["", "Cats sleep.", "Cats sleeps."],
    ["Coffee?", "Gladly", ""],
  ]);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("an answer that was judged by itself is left out by methods that compare two, and learnt from by KTO", async () => {
  const { page, context, wrong } = await openNames(site);
  await pick(page, "thumbs.jsonl", jsonl([
    { prompt: "Lu", completion: "cia", label: true },
    { prompt: "Ma", completion: "rk", label: false },
  ]));
  await added(page, /2 pairs of thumbs\.jsonl added\. 1 only chosen and 1 only rejected/);
  const leftOut = page.locator("#rows").getByText(/this method compares two/);
  await last(page, 2);
  await leftOut.nth(1).waitFor();
  await choose(page, "KTO");
  await leftOut.first().waitFor({ state: "detached" });
  // A part of the loss is no whole one, so the page does not say what it must be.
  await page.getByText(/✓ Self-test: loss 0\.\d+, margins 0\.0000/).waitFor();
  await parts(page).run.click();
  await reached(page, 30);
  await parts(page).pause.click();
  await page.getByText(/Paused at step \d+: loss 0\.\d+, margin \d/).first().waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("other columns are asked about, with the first pairs that come of the answer", async () => {
  const { page, context, wrong } = await openNames(site);
  const rows = [
    { id: 1, beginning: "Lu", a: "cia", b: "ke", verdict: "A" },
    { id: 2, beginning: "Ma", a: "rk", b: "ria", verdict: "B" },
    { id: 3, beginning: "Ma", a: "rk", b: "ria", verdict: "tie" },
  ];
  await pick(page, "votes.jsonl", jsonl(rows));
  const dialog = page.getByRole("dialog", { name: "What do the columns of votes.jsonl hold?" });
  await dialog.waitFor();
  const pairs = () => dialog.getByRole("table", { name: "The first pairs" }).locator("tbody tr").evaluateAll((lines) => lines.map((line) => [...line.children].map((cell) => cell.textContent)));
  await dialog.getByRole("combobox", { name: "Each line has" }).selectOption("two answers and a label that says which is better");
  await dialog.getByRole("combobox", { name: "Prompt" }).selectOption("beginning");
  await dialog.getByRole("combobox", { name: "First answer" }).selectOption("a");
  await dialog.getByRole("combobox", { name: "Second answer" }).selectOption("b");
  await dialog.getByRole("combobox", { name: /^Label/ }).selectOption("verdict");
  await dialog.getByText("Line 3: The column “verdict” says “tie”, neither “A” nor “B”").waitFor();
  assert.deepEqual(await pairs(), [["Lu", "cia", "ke"], ["Ma", "ria", "rk"]]);
  await dialog.getByRole("combobox", { name: "The second is better" }).selectOption("A");
  assert.ok(await dialog.getByRole("button", { name: "Import" }).isDisabled(), "one word cannot mean both");
  await dialog.getByRole("combobox", { name: "The first is better" }).selectOption("B");
  await page.waitForFunction(() => /ke/.test(document.querySelector(".mapping-dialog tbody tr td:nth-child(2)")?.textContent ?? ""));
  await dialog.getByRole("combobox", { name: "The first is better" }).selectOption("A");
  await dialog.getByRole("combobox", { name: "The second is better" }).selectOption("B");
  await dialog.getByRole("button", { name: "Import" }).click();
  await added(page, /2 pairs of votes\.jsonl added\. Line 3: The column “verdict” says “tie”/);
  assert.deepEqual(await last(page, 2), [["Lu", "cia", "ke"], ["Ma", "ria", "rk"]]);
  // A table with a likely guess, which the keyboard accepts; and one that is not wanted.
  await pick(page, "table.csv", 'question;better;worse\nLu;"isa";is\n');
  await page.getByRole("dialog", { name: "What do the columns of table.csv hold?" }).getByRole("cell", { name: "isa" }).waitFor();
  await page.getByRole("button", { name: "Import", exact: true }).press("Enter");
  await added(page, "1 pair of table.csv added.");
  await pick(page, "other.jsonl", jsonl([{ x: "a", y: "b" }]));
  await page.getByRole("dialog", { name: /other\.jsonl/ }).waitFor();
  await page.keyboard.press("Escape");
  await added(page, "The import of other.jsonl was cancelled: nothing was added.");
  assert.equal(await parts(page).rows.count(), 35);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("ten megabytes do not stop the page, show how far they are, and can be cancelled", async () => {
  const { page, context, wrong } = await openNames(site);
  const { run } = parts(page);
  await run.click();
  await reached(page, 5);
  const line = `${JSON.stringify({ prompt: "Lu", chosen: "cia", rejected: "ke", note: "x".repeat(80) })}\n`;
  const folder = await mkdtemp(join(tmpdir(), "playground-"));
  const path = join(folder, "big.jsonl");
  await writeFile(path, line.repeat(Math.ceil((10 * 2 ** 20) / line.length)));
  await page.evaluate(() => {
    const watch = /** @type {any} */ (window);
    watch.longest = 0;
    let before = performance.now();
    const tick = () => {
      watch.longest = Math.max(watch.longest, performance.now() - before);
      before = performance.now();
      requestAnimationFrame(tick);
    };
    tick();
  });
  await page.locator("#import").setInputFiles(path);
  const bar = page.getByRole("progressbar", { name: "Reading big.jsonl" });
  await bar.waitFor();
  const step = await reached(page, 1);
  await page.getByRole("button", { name: "Cancel" }).click();
  await added(page, "The import of big.jsonl was cancelled: nothing was added.");
  await bar.waitFor({ state: "hidden" });
  assert.equal(await parts(page).rows.count(), 32);
  await page.locator("#import").setInputFiles(path);
  await added(page, /4968 pairs of big\.jsonl added\. The table holds at most 5000 pairs, so \d+ more were left out\./);
  assert.ok((await reached(page, 1)) > step, "the run went on");
  const longest = await page.evaluate(() => /** @type {any} */ (window).longest);
  assert.ok(longest < 1500, `the page stood still for ${longest} ms`);
  await rm(folder, { recursive: true });
  assert.deepEqual(wrong, []);
  await context.close();
});

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const [width, height] of [[1280, 720], [360, 740]]) {
    test(`axe-core finds nothing in the dialogs of an import, ${colorScheme}, ${width} pixels wide`, async () => {
      const { page, context, wrong } = await openNames(site, { colorScheme, viewport: { width, height } });
      await page.getByRole("button", { name: "All pairs" }).click();
      await page.getByRole("button", { name: "Import …" }).click();
      await page.getByText("What is understood").click();
      assert.deepEqual(await violations(page), []);
      await page.keyboard.press("Escape");
      await pick(page, "votes.csv", "query,answer 1,answer 2,winner\nLu,cia,ke,1\nMa,rk,ria,2\n");
      await page.getByRole("dialog", { name: /votes\.csv/ }).getByRole("cell", { name: "cia" }).waitFor();
      assert.deepEqual(await violations(page), []);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(overflow <= 0, `${overflow} pixels too wide`);
      await page.getByRole("button", { name: "Cancel" }).click();
      assert.deepEqual(wrong, []);
      await context.close();
    });
  }
}
