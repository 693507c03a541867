// The pair editor: by keys and by clicks, every edit undone and done again, the text beside the table, thousands of rows.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { choose, number, openNames, parts, reached, ready, start, violations } from "./browser.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

const button = (/** @type {Page} */ page, /** @type {string | RegExp} */ name) => page.getByRole("button", { name });
const told = (/** @type {Page} */ page, /** @type {string | RegExp} */ text) => page.getByRole("status", { name: "Edits of the pairs" }).filter({ hasText: text }).waitFor({ state: "attached" });
/** The texts of one field, row by row. @param {Page} page @param {"Prompt" | "Chosen" | "Rejected"} name */
const column = (page, name) => page.locator(`#rows textarea[aria-label="${name}"]`).evaluateAll((boxes) => boxes.map((box) => /** @type {HTMLTextAreaElement} */ (box).value));
/** What has the focus: its name, and the row in which it is. @param {Page} page */
const focus = (page) =>
  page.evaluate(() => {
    const held = /** @type {HTMLElement} */ (document.activeElement);
    return `${held.getAttribute("aria-label") ?? held.textContent} ${held.closest("tr")?.querySelector(".select")?.textContent ?? ""}`;
  });
/** @param {Page} page @param {string | Buffer} content */
const importFile = (page, content, name = "mine.jsonl") => page.locator("#import").setInputFiles({ name, mimeType: "", buffer: Buffer.from(content) });
/** Only these pairs, from the text beside the table. @param {Page} page @param {object[]} pairs */
async function only(page, pairs) {
  await page.getByRole("tab", { name: "JSONL" }).click();
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.getElementById("jsonl")).value !== "");
  await page.locator("#jsonl").fill(pairs.map((pair) => JSON.stringify(pair)).join("\n"));
  await button(page, "Apply").click();
  await page.getByText(/taken from the text/).waitFor();
  await page.getByRole("tab", { name: "Table" }).click();
}

test("typing, deleting and swapping are undone and done again, by keys outside a field", async () => {
  const { page, context, wrong } = await openNames(site);
  const { box, rows, swap } = parts(page);
  const before = await column(page, "Chosen");
  assert.ok((await button(page, "Undo").isDisabled()) && (await button(page, "Redo").isDisabled()));
  await box(0, "Chosen").fill("");
  await box(0, "Chosen").pressSequentially("nabella");
  await swap(1).click();
  await page.getByRole("button", { name: "Delete pair 3", exact: true }).click();
  assert.equal(await rows.count(), 31);
  assert.equal(await focus(page), "Delete pair 3 3", "the row that follows has the focus");
  await page.locator("#pairs-title").click();
  await page.keyboard.press("Control+z");
  await told(page, "Undone: deleting.");
  assert.equal(await rows.count(), 32);
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  assert.deepEqual(await column(page, "Chosen"), before, "all that was typed goes at once");
  assert.ok(await button(page, "Undo").isDisabled());
  await page.keyboard.press("Control+Shift+Z");
  await told(page, "Done again: typing.");
  assert.equal(await box(0, "Chosen").inputValue(), "nabella");
  await page.keyboard.press("Control+y");
  assert.equal(await box(1, "Rejected").inputValue(), before[1]);
  // In a field, the browser undoes what was typed there, and the editor follows.
  await box(4, "Prompt").focus();
  await page.keyboard.press("End");
  await page.keyboard.type("q");
  const typed = await box(4, "Prompt").inputValue();
  await page.keyboard.press("Control+z");
  assert.equal(await box(4, "Prompt").inputValue(), typed.slice(0, -1));
  assert.equal(await box(1, "Rejected").inputValue(), before[1], "and nothing else");
  await button(page, "Undo").click();
  assert.equal(await box(1, "Chosen").inputValue(), before[1]);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the keyboard alone moves between fields, adds, duplicates, moves, swaps and deletes", async () => {
  const { page, context, wrong } = await openNames(site);
  const { box, rows } = parts(page);
  const before = await column(page, "Chosen");
  await box(0, "Chosen").focus();
  await page.keyboard.press("Control+ArrowDown");
  assert.equal(await focus(page), "Chosen 2");
  await page.keyboard.press("Control+ArrowUp");
  assert.equal(await focus(page), "Chosen 1");
  await page.keyboard.press("Control+Enter");
  assert.equal(await focus(page), "Prompt 2");
  await page.keyboard.press("Alt+ArrowDown");
  assert.deepEqual((await column(page, "Chosen")).slice(0, 4), [before[0], before[2], before[1], before[3]]);
  assert.equal(await focus(page), "Prompt 3", "the focus goes with the pair");
  await page.keyboard.press("Alt+ArrowUp");
  await page.keyboard.press("Alt+ArrowUp");
  assert.deepEqual((await column(page, "Chosen")).slice(0, 3), [before[1], before[0], before[2]]);
  assert.equal(await focus(page), "Prompt 1");
  await page.keyboard.press("Alt+Shift+ArrowDown");
  assert.deepEqual((await column(page, "Chosen")).slice(0, 3), [before[1], before[1], before[0]]);
  assert.equal(await focus(page), "Prompt 2");
  await page.keyboard.press("Alt+s");
  assert.equal(await box(1, "Rejected").inputValue(), before[1]);
  await page.keyboard.press("Alt+Delete");
  assert.equal(await rows.count(), 32);
  assert.equal(await focus(page), "Prompt 2");
  await box(31, "Rejected").focus();
  await page.keyboard.press("Control+Enter");
  assert.equal(await rows.count(), 33);
  assert.equal(await focus(page), "Prompt 33");
  await page.keyboard.type("Jo");
  await page.keyboard.press("Tab");
  await page.keyboard.type("anna");
  assert.equal(await focus(page), "Chosen 33");
  // The panel of keys names them.
  await page.locator("#pairs-title").click();
  await page.keyboard.press("?");
  await page.getByRole("row", { name: /Alt\+↑ Move the pair up/ }).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a pair's menu weighs, moves and duplicates it; a pair that is off is not learnt from", async () => {
  const { page, context, wrong } = await openNames(site);
  const { box, rows, run, pause, margin } = parts(page);
  const before = await column(page, "Chosen");
  const menu = async (/** @type {number} */ pair) => {
    await page.getByRole("button", { name: `More for pair ${pair}`, exact: true }).click();
    return page.getByRole("dialog", { name: `Pair ${pair}`, exact: true });
  };
  let panel = await menu(1);
  assert.ok(await panel.getByRole("button", { name: "Move up" }).isDisabled());
  await panel.getByRole("button", { name: "Move down" }).click();
  assert.equal(await box(1, "Chosen").inputValue(), before[0]);
  panel = await menu(2);
  await panel.getByRole("button", { name: "Duplicate" }).click();
  assert.equal(await box(2, "Chosen").inputValue(), before[0]);
  await button(page, "Undo").click();
  panel = await menu(2);
  await panel.getByRole("spinbutton", { name: "Weight" }).fill("2.5");
  await page.keyboard.press("Escape");
  await rows.nth(1).getByText("weight 2.5").waitFor();
  assert.equal(await focus(page), "More for pair 2 2", "Escape gives the focus back");
  panel = await menu(2);
  await panel.getByRole("spinbutton", { name: "Weight" }).fill("99");
  await page.keyboard.press("Tab");
  assert.equal(await panel.getByRole("spinbutton", { name: "Weight" }).inputValue(), "2.5", "an unfit weight is not taken");
  await page.keyboard.press("Escape");

  // All pairs are off but one: only that one is learnt from.
  await only(page, [
    { prompt: "Mar", chosen: "ia", rejected: "vin" },
    { prompt: "Jo", chosen: "anna", rejected: "shua", enabled: false },
    { prompt: "Ste", chosen: "lla", rejected: "ven", weight: 0.5 },
  ]);
  await rows.nth(1).getByText("Off: training leaves this pair out.").waitFor();
  assert.equal(await page.getByRole("checkbox", { name: "Train on pair 2", exact: true }).isChecked(), false);
  await page.getByRole("checkbox", { name: "Train on pair 3", exact: true }).uncheck();
  await page.waitForTimeout(300);
  await run.click();
  await reached(page, 40);
  await pause.click();
  await page.getByText(/Paused at step .*loss/).waitFor();
  assert.ok((await number(margin(0))) > 0.2);
  assert.equal(await rows.nth(2).locator(".margin").textContent(), "–");
  await page.getByRole("checkbox", { name: "Train on pair 3", exact: true }).check();
  await page.waitForFunction(() => /\d/.test(document.querySelectorAll("#rows .margin")[2]?.textContent ?? ""));
  assert.ok(Math.abs(await number(margin(2))) < (await number(margin(0))), "it was left out");
  await page.reload();
  await ready(page);
  assert.equal(await page.getByRole("checkbox", { name: "Train on pair 2", exact: true }).isChecked(), false, "it is still off");
  await rows.nth(2).getByText("weight 0.5").waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("an empty field is filled with an answer that the policy draws", async () => {
  const { page, context, wrong } = await openNames(site);
  const { box, rows } = parts(page);
  assert.equal(await page.locator("#rows .draw:visible").count(), 0);
  await box(0, "Rejected").fill("");
  await page.getByRole("button", { name: "Draw the rejected answer of pair 1 from the policy" }).click();
  await told(page, "Drawn from the policy: the rejected answer of pair 1.");
  const first = await box(0, "Rejected").inputValue();
  assert.match(first, /^[a-z]+$/);
  assert.notEqual(first, await box(0, "Chosen").inputValue());
  assert.equal(await focus(page), "Rejected 1");
  await button(page, "Undo").click();
  assert.equal(await box(0, "Rejected").inputValue(), "");
  await box(0, "Rejected").focus();
  await page.keyboard.press("Alt+d");
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.querySelectorAll("#rows tr textarea")[2]).value !== "");
  await box(1, "Prompt").fill("Ü");
  await box(1, "Chosen").fill("");
  await rows.nth(1).getByRole("button", { name: /^Draw the chosen/ }).click();
  await page.getByRole("alert").filter({ hasText: "No answer could be drawn: The policy “First names” cannot read “Ü”" }).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("labels are flipped by a share and a seed, and it says how many", async () => {
  const { page, context, wrong } = await openNames(site);
  const before = await column(page, "Chosen");
  const rejected = await column(page, "Rejected");
  const flip = async (/** @type {string} */ percent) => {
    await button(page, "All pairs").click();
    await button(page, "Flip labels").click();
    const dialog = page.getByRole("dialog", { name: "Flip labels" });
    await dialog.getByRole("spinbutton", { name: "Share" }).fill(percent);
    await dialog.getByRole("button", { name: "Flip", exact: true }).click();
    return dialog;
  };
  let dialog = await flip("25");
  await dialog.getByText("8 of 32 pairs flipped (25 %, seed 1). Undo takes it back.").waitFor();
  await dialog.getByRole("button", { name: "Close" }).click();
  const after = await column(page, "Chosen");
  const flipped = after.flatMap((text, row) => (text === before[row] ? [] : [row]));
  assert.ok(flipped.length === 8 && flipped.every((row) => after[row] === rejected[row]));
  await button(page, "Undo").click();
  assert.deepEqual(await column(page, "Chosen"), before);
  dialog = await flip("250");
  await dialog.getByText("Give a share from 0 to 100").waitFor();
  await page.keyboard.press("Escape");
  await flip("25");
  await page.keyboard.press("Escape");
  assert.deepEqual(await column(page, "Chosen"), after, "a seed repeats it");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("pairs are found by their text and sorted by margin and by how much it moved; each has a line of its margin", async () => {
  const { page, context, wrong } = await openNames(site);
  const { rows, run, pause, box } = parts(page);
  const margins = async () => (await page.locator("#rows .margin").allTextContents()).map((text) => Number(text.replace("−", "-")));
  const changes = async () => {
    const sides = await page.locator("#rows span.numbers").allTextContents();
    const change = sides.map((text) => Number(/\(([^)]*)\)/.exec(text)?.[1].replace("−", "-")));
    return change.filter((_, index) => index % 2 === 0).map((chosen, row) => Math.abs(chosen - change[2 * row + 1]));
  };
  await run.click();
  await reached(page, 60);
  await pause.click();
  await page.getByText(/Paused at step .*loss/).waitFor();
  await page.waitForTimeout(200);
  const line = rows.nth(0).getByRole("img");
  assert.match((await line.getAttribute("aria-label")) ?? "", /^Margin from 0\.00 at step 0 to [+−]?\d+\.\d\d at step \d+, between /);
  assert.ok(((await line.locator("polyline").getAttribute("points")) ?? "").split(" ").length > 2);

  await button(page, "Find and sort").click();
  const order = page.getByRole("combobox", { name: "Order" });
  await order.selectOption("margin, lowest first");
  const sorted = await margins();
  assert.deepEqual(sorted, [...sorted].sort((a, b) => a - b));
  assert.equal(await page.locator("#margin-head").getAttribute("aria-sort"), "ascending");
  await order.selectOption("margin, highest first");
  assert.deepEqual(await margins(), [...sorted].reverse());
  await order.selectOption("|Δ log-ratio|, largest first");
  const moved = await changes();
  assert.ok(moved.every((change, row) => row === 0 || change <= moved[row - 1] + 0.011), `${moved}`);
  // In another order a pair cannot move by a place.
  await box(3, "Chosen").focus();
  await page.keyboard.press("Alt+ArrowUp");
  await told(page, /Pairs move in the order in which they are listed/);
  await order.selectOption("as listed");

  const filter = page.getByRole("searchbox", { name: "Filter" });
  const wanted = (await box(2, "Chosen").inputValue()).toUpperCase();
  await filter.fill(wanted);
  await page.getByRole("status", { name: "Pairs found" }).filter({ hasText: / of 32 pairs/ }).waitFor();
  const found = await rows.count();
  assert.ok(found >= 1 && found < 32);
  assert.ok((await column(page, "Chosen")).some((text) => text.toUpperCase() === wanted));
  await filter.fill("no such text");
  await page.getByText("No pair holds this text.").waitFor();
  // What is closed does not work on out of sight.
  await button(page, "Find and sort").click();
  assert.equal(await rows.count(), 32);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the text beside the table is the pairs, line by line; good lines are applied, bad ones stay with their numbers", async () => {
  const { page, context, wrong } = await openNames(site);
  const { rows, box } = parts(page);
  const text = page.locator("#jsonl");
  await page.getByRole("tab", { name: "JSONL" }).click();
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.getElementById("jsonl")).value.split("\n").length === 33);
  const before = await text.inputValue();
  await text.fill(before.replace("\n", '\n{"prompt": "Lu"}\nbroken\n').replace('"}\n', '", "weight": 3, "enabled": false}\n'));
  await page.getByRole("button", { name: /^Line 2: The field “chosen” is missing/ }).waitFor();
  await page.getByText("32 pairs, 2 lines cannot be read. Not applied yet.").waitFor();
  assert.match((await page.locator("#line-numbers").textContent()) ?? "", /^1\n✗ 2\n✗ 3\n4\n/);
  await page.getByRole("button", { name: /^Line 3: This is not JSON/ }).click();
  assert.equal(await page.evaluate(() => getSelection()?.toString()), "broken");
  await button(page, "Apply").click();
  await page.getByText("32 pairs taken from the text. 2 lines could not be read and stay here. Undo takes it back.").waitFor();
  await page.getByRole("tab", { name: "Table" }).click();
  assert.equal(await rows.count(), 32);
  await rows.nth(0).getByText("weight 3").waitFor();
  assert.equal(await page.getByRole("checkbox", { name: "Train on pair 1", exact: true }).isChecked(), false);
  // Back to the text: what could not be read is still there.
  await page.getByRole("tab", { name: "JSONL" }).click();
  assert.match(await text.inputValue(), /\nbroken\n/);
  await button(page, "Back to the pairs").click();
  await page.waitForFunction(() => !/** @type {HTMLTextAreaElement} */ (document.getElementById("jsonl")).value.includes("broken"));
  assert.equal(await text.inputValue(), before.replace('"}\n', '", "weight": 3, "enabled": false}\n'));
  // The text follows what happens to the pairs.
  await button(page, "Undo").click();
  await page.waitForFunction((wanted) => /** @type {HTMLTextAreaElement} */ (document.getElementById("jsonl")).value === wanted, before);
  await page.getByRole("tab", { name: "Table" }).click();
  await box(0, "Chosen").fill('"\\é\n🐇');
  await page.getByRole("tab", { name: "JSONL" }).click();
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.getElementById("jsonl")).value.includes('"\\"\\\\é\\n🐇"'));
  assert.deepEqual(wrong, []);
  await context.close();
});

test("five thousand pairs scroll, filter and are typed into; only what is in sight is drawn", async () => {
  const { page, context, wrong } = await openNames(site);
  const { run } = parts(page);
  const lines = Array.from({ length: 4968 }, (_, index) => JSON.stringify({ prompt: "Lu", chosen: `cia${"abcdefghij"[index % 10]}`, rejected: `ke${"x".repeat(index % 3)}` }));
  await importFile(page, lines.join("\n"));
  await page.getByText("4968 pairs of mine.jsonl added.").waitFor();
  const drawn = () => page.locator("#rows tr:not(.spacer)").count();
  assert.ok((await drawn()) < 60, `${await drawn()} rows are drawn`);
  assert.equal(await page.locator("#pair-table").getAttribute("aria-rowcount"), "5001");
  const scroller = page.locator("#pair-scroll");
  const lastRow = () => page.locator("#rows tr:not(.spacer)").last().getAttribute("aria-rowindex");
  for (let turn = 0; turn < 200 && (await lastRow()) !== "5001"; turn++) {
    await scroller.evaluate((element) => (element.scrollTop = element.scrollHeight));
    await page.waitForTimeout(20);
  }
  assert.equal(await lastRow(), "5001");
  const last = page.locator("#rows tr:not(.spacer)").last();
  assert.equal(await last.locator(".select").textContent(), "5000");
  const field = last.getByRole("textbox", { name: "Chosen" });
  await field.fill("");
  const start = Date.now();
  await field.pressSequentially("mila");
  const took = Date.now() - start;
  assert.ok(took < 2000, `four letters took ${took} ms`);
  // What has the focus stays, wherever the table is scrolled to.
  await scroller.evaluate((element) => (element.scrollTop = 0));
  await page.locator('#rows tr[aria-rowindex="2"]').waitFor();
  await page.keyboard.type("n");
  assert.equal(await focus(page), "Chosen 5000");
  await page.keyboard.press("Control+ArrowUp");
  assert.equal(await focus(page), "Chosen 4999");
  await button(page, "Find and sort").click();
  await page.getByRole("searchbox", { name: "Filter" }).fill("milan");
  await page.getByText("1 of 5000 pairs").waitFor();
  await page.getByRole("searchbox", { name: "Filter" }).fill("");
  await run.click();
  await reached(page, 5);
  // A long table is undone at once as well.
  await button(page, "Undo").click();
  await button(page, "Undo").click();
  await page.waitForFunction(() => document.getElementById("pair-table")?.getAttribute("aria-rowcount") === "33");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a pair with one side is used by the methods that read that side alone", async () => {
  const { page, context, wrong } = await openNames(site);
  const { rows, box, run } = parts(page);
  await only(page, [
    { prompt: "Mar", chosen: "ia", rejected: "vin" },
    { prompt: "Jo", completion: "anna", label: true },
    { prompt: "Ste", completion: "ven", label: false },
  ]);
  await rows.nth(1).getByText("There is no rejected answer, and this method compares two").waitFor();
  await rows.nth(2).getByText("There is no chosen answer, and this method compares two").waitFor();
  await choose(page, "SFT");
  await rows.nth(2).getByText("There is only a rejected answer, and this method learns from chosen ones").waitFor();
  await page.waitForFunction(() => /log π/.test(document.querySelectorAll("#rows .numbers.chosen")[1]?.textContent ?? ""));
  assert.equal(await rows.nth(1).locator(".problem:visible").count(), 0);
  assert.equal(await rows.nth(1).locator(".margin").textContent(), "–", "there is nothing to compare with");
  const logProb = async () => Number(/log π (−?[\d.]+)/.exec((await rows.nth(1).locator(".numbers.chosen").textContent()) ?? "")?.[1].replace("−", "-"));
  const start = await logProb();
  await run.click();
  await reached(page, 30);
  await page.waitForFunction((before) => Number(/log π (−?[\d.]+)/.exec(document.querySelectorAll("#rows .numbers.chosen")[1]?.textContent ?? "")?.[1].replace("−", "-")) > before + 0.2, start);
  // Typing the other side makes a pair of two.
  await choose(page, "DPO");
  await box(1, "Rejected").fill("hn");
  await page.waitForFunction(() => /\d/.test(document.querySelectorAll("#rows .margin")[1]?.textContent ?? ""));
  assert.deepEqual(wrong, []);
  await context.close();
});

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const [width, height] of [[1280, 720], [360, 740]]) {
    test(`axe-core finds nothing in the editor, ${colorScheme}, ${width} pixels wide`, async () => {
      const { page, context, wrong } = await openNames(site, { colorScheme, viewport: { width, height } });
      const { box } = parts(page);
      await box(0, "Chosen").fill("");
      await page.getByRole("checkbox", { name: "Train on pair 2", exact: true }).uncheck();
      await button(page, "Find and sort").click();
      await page.getByRole("button", { name: "More for pair 3", exact: true }).click();
      assert.deepEqual(await violations(page), []);
      await page.keyboard.press("Escape");
      await button(page, "All pairs").click();
      assert.deepEqual(await violations(page), []);
      await button(page, "Flip labels").click();
      assert.deepEqual(await violations(page), []);
      await page.keyboard.press("Escape");
      await page.getByRole("tab", { name: "JSONL" }).click();
      await page.locator("#jsonl").fill("broken\n");
      await page.getByRole("button", { name: /^Line 1/ }).waitFor();
      assert.deepEqual(await violations(page), []);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(overflow <= 0, `${overflow} pixels too wide`);
      assert.deepEqual(wrong, []);
      await context.close();
    });
  }
}
