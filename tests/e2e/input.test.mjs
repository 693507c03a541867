// Bad input, a reload, a browser that keeps nothing: each is told in a sentence and loses nothing.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { more, names, number, open, parts, reached, ready, start } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

/** @param {import("playwright-core").Page} page @param {string} name @param {string | Buffer} content */
async function importFile(page, name, content) {
  await page.locator("#import").setInputFiles({ name, mimeType: "", buffer: Buffer.from(content) });
}

test("what was typed survives a reload", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const { box, rows, add, margin } = parts(page);
  await box(0, "Prompt").fill("Ju");
  await box(0, "Chosen").fill("lia");
  await add.click();
  await box(32, "Chosen").fill("Ottilie");
  await page.getByRole("spinbutton", { name: "beta" }).fill("0.3");
  await more(page);
  await page.getByRole("spinbutton", { name: "Seed" }).fill("9");
  await page.getByRole("textbox", { name: "Sample prompt" }).fill("Jo");
  await page.reload();
  await ready(page);
  assert.equal(await rows.count(), 33);
  assert.deepEqual(
    [await box(0, "Prompt").inputValue(), await box(0, "Chosen").inputValue(), await box(32, "Chosen").inputValue()],
    ["Ju", "lia", "Ottilie"],
  );
  assert.equal(await page.getByRole("spinbutton", { name: "beta" }).inputValue(), "0.3");
  await more(page);
  assert.equal(await page.getByRole("spinbutton", { name: "Seed" }).inputValue(), "9");
  assert.equal(await page.getByRole("textbox", { name: "Sample prompt" }).inputValue(), "Jo");
  // Another scenario has its own pairs; coming back finds the typed ones.
  await page.getByRole("combobox", { name: "Scenario" }).selectOption("Shorter names");
  await page.getByText("at least two letters shorter").waitFor();
  await ready(page);
  assert.equal(await box(0, "Chosen").inputValue(), "ris");
  await page.getByRole("combobox", { name: "Scenario" }).selectOption("Ends in a vowel");
  await page.waitForFunction(() => document.querySelectorAll("#rows tr").length === 33);
  await page.getByRole("button", { name: "All pairs" }).click();
  await page.getByRole("button", { name: "Restore scenario" }).click();
  assert.equal(await rows.count(), 32);
  await page.waitForFunction(() => document.querySelector("#rows .margin")?.textContent === "0.00");
  assert.equal(await number(margin(0)), 0);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("malformed lines are named, good ones are taken", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const { rows, box } = parts(page);
  const lines = [
    '{"prompt": "Lu", "chosen": "cia", "rejected": "ke"}',
    '{"prompt": "Lu", "chosen": "cia"',
    '{"prompt": "Lu", "rejected": "ke"}',
    "prompt,chosen,rejected",
    '{"chosen": "Luisa", "rejected": "Luis"}',
    '{"chosen": [{"role": "user", "content": "Hi"}], "rejected": "x"}',
    '{"prompt": "Lu", "completion": "cy", "label": true}',
    '{"prompt": "Lu", "completion": "cas", "label": false}',
    '{"prompt": [{"role": "user", "content": "Lu"}], "chosen": [{"role": "assistant", "content": "na"}], "rejected": [{"role": "assistant", "content": "is"}]}',
    '{"input": "Lu", "output_1": "ther", "output_2": "ella", "label": 2}',
    '{"sentence_good": "Ludmilla", "sentence_bad": "Ludwig"}',
    '{"sentence_good": "Ludmilla"}',
  ];
  await importFile(page, "mine.jsonl", `\ufeff${lines.join("\r\n")}`);
  const said = page.getByRole("alert").filter({ hasText: "6 pairs of mine.jsonl added." });
  await said.waitFor();
  const text = (await said.textContent()) ?? "";
  for (const part of ["Line 2: This is not JSON", "Line 3: The field “chosen” is missing", "Line 4", "Line 6: The field “rejected” is text, but the others are conversations", "Line 12"]) {
    assert.ok(text.includes(part), `${part}: ${text}`);
  }
  assert.equal(await rows.count(), 38);
  const texts = async (/** @type {number} */ row) =>
    Promise.all(/** @type {const} */ (["Prompt", "Chosen", "Rejected"]).map((name) => box(row, name).inputValue()));
  assert.deepEqual(await texts(33), ["Lui", "sa", "s"]);
  assert.deepEqual(await texts(34), ["Lu", "cy", "cas"]);
  assert.deepEqual(await texts(35), ["Lu", "na", "is"]);
  assert.deepEqual(await texts(36), ["Lu", "ella", "ther"]);
  assert.deepEqual(await texts(37), ["", "Ludmilla", "Ludwig"]);
  await page.getByRole("button", { name: "Undo" }).click();
  assert.equal(await rows.count(), 32);
  await importFile(page, "nothing.jsonl", "");
  await page.getByText("0 pairs of nothing.jsonl added.").waitFor();
  await importFile(page, "picture.png", Buffer.from([0x89, 0x50, 0, 255, 254]));
  await page.getByText(/0 pairs of picture.png added. Line 1/).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("huge files are taken in part or refused", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const line = `${JSON.stringify({ prompt: "Lu", chosen: "cia", rejected: "ke" })}\n`;
  await importFile(page, "many.jsonl", line.repeat(6000));
  await page.getByText("4968 pairs of many.jsonl added. The table holds at most 5000 pairs, so 1032 more were left out.").waitFor();
  const { run } = parts(page);
  await run.click();
  await reached(page, 5);
  await importFile(page, "huge.jsonl", Buffer.alloc(17 * 2 ** 20, "x"));
  await page.getByText(/huge.jsonl is larger than 16 MB/).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("pairs that cannot be read say why and training goes on without them", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const { box, run, rows } = parts(page);
  await box(0, "Chosen").fill("Zoë 🐇");
  await rows.nth(0).getByText(/has no token for “ë”, “␣”, “🐇” in chosen/).waitFor();
  await box(1, "Chosen").fill("a".repeat(60));
  await rows.nth(1).getByText(/tokens too long/).waitFor();
  await box(2, "Chosen").fill("ew");
  await rows.nth(2).getByText("Chosen and rejected are the same: nothing to learn.").waitFor();
  await box(3, "Chosen").fill("");
  await run.click();
  await reached(page, 20);
  // An empty completion is the end-of-text alone: a text like any other.
  assert.match((await rows.nth(3).locator(".numbers.chosen").textContent()) ?? "", /log π −\d/);
  await box(2, "Chosen").fill("ea");
  await rows.nth(2).getByText("nothing to learn").waitFor({ state: "hidden" });
  assert.deepEqual(wrong, []);
  await context.close();
});

test("without a pair there is nothing to train, and the page says so", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  for (let row = 0; row < 32; row++) await page.getByRole("button", { name: "Delete pair 1", exact: true }).click();
  const { run, add, box, rows } = parts(page);
  await page.waitForTimeout(300);
  await run.click();
  await page.getByRole("alert").filter({ hasText: "There are no pairs to learn from" }).waitFor();
  await add.click();
  await rows.nth(0).getByText("Empty so far").waitFor();
  await box(0, "Chosen").fill("Ada");
  await box(0, "Rejected").fill("Bob");
  await page.waitForTimeout(300);
  await run.click();
  await reached(page, 5);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("texts are never taken for HTML", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const hostile = '<img src=x onerror="window.caught=1"><script>window.caught=1</script>';
  await importFile(page, "<b>x.jsonl", `${JSON.stringify({ prompt: hostile, chosen: hostile, rejected: "a" })}\n<i>`);
  await page.getByText("1 pair of <b>x.jsonl added.").waitFor();
  await page.getByRole("textbox", { name: "Sample prompt" }).fill(hostile);
  await page.waitForTimeout(500);
  assert.equal(await page.evaluate(() => document.querySelectorAll("main img, main script, .notice b, .notice i").length), 0);
  assert.equal(await page.evaluate(() => "caught" in window), false);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("pairs are exported in the form in which they are imported", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const { box, rows } = parts(page);
  await box(0, "Chosen").fill('a"b\\c é');
  await page.getByRole("button", { name: "All pairs" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export JSONL" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), "vowel-ending.jsonl");
  const text = await readFile(await download.path(), "utf8");
  assert.equal(text.trimEnd().split("\n").length, 32);
  await importFile(page, "again.jsonl", text);
  await page.getByText("32 pairs of again.jsonl added.").waitFor();
  assert.equal(await rows.count(), 64);
  assert.equal(await box(32, "Chosen").inputValue(), 'a"b\\c é');
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a full or refused storage is told, and the page goes on", async () => {
  const full = () => {
    Storage.prototype.setItem = () => {
      throw new DOMException("no room", "QuotaExceededError");
    };
  };
  const refused = () => {
    Storage.prototype.getItem = () => {
      throw new DOMException("no", "SecurityError");
    };
  };
  for (const { before, message } of [{ before: full, message: "storage is full" }, { before: refused, message: "storage failed" }]) {
    const { page, context } = await open(site, {}, { before });
    await ready(page);
    const { box, run } = parts(page);
    await box(0, "Chosen").fill("Ada");
    await page.getByRole("alert").filter({ hasText: message }).waitFor();
    await run.click();
    await reached(page, 5);
    await context.close();
  }
});

test("what an older or broken page left in the storage is set aside", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  await parts(page).box(0, "Chosen").fill("Ada");
  await page.waitForFunction(() => localStorage.length === 2);
  await page.evaluate(() => {
    for (const key of Object.keys(localStorage)) localStorage.setItem(key, "{broken");
  });
  await page.reload();
  await ready(page);
  await page.getByRole("alert").filter({ hasText: "cannot be read" }).waitFor();
  // The settings are gone with the rest, so the page opens as for the first time.
  assert.equal(await parts(page).rows.count(), 48);
  const kept = await page.evaluate(() => Object.entries(localStorage).filter(([key]) => key.endsWith("/unreadable")));
  assert.ok(kept.every(([, value]) => value === "{broken") && kept.length >= 1);
  assert.deepEqual(wrong, []);
  await context.close();
});
