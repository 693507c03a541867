// Projects in the browser's storage: saved, opened, renamed, duplicated, deleted and brought back, as files; no room.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { names, open, parts, ready, start, violations } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

/** Opens the list of projects. @param {import("playwright-core").Page} page */
async function projects(page) {
  await page.locator("#projects-button").click();
  const dialog = page.getByRole("dialog", { name: "Projects" });
  await dialog.waitFor();
  const row = (/** @type {string} */ name) => dialog.getByRole("row").filter({ has: page.getByRole("rowheader", { name, exact: false }) });
  const press = (/** @type {string} */ action, /** @type {string} */ name) => dialog.getByRole("button", { name: `${action} “${name}”`, exact: true }).click();
  return { dialog, row, press, name: dialog.getByRole("textbox", { name: "Save what is open as a new project called" }), list: () => dialog.getByRole("rowheader").allTextContents() };
}

/** Waits until a text has got into the storage. @param {import("playwright-core").Page} page @param {string} text */
const kept = (page, text) => page.waitForFunction((text) => JSON.stringify(localStorage).includes(text), text);

test("work is saved under a name, opened, changed by itself, and left again", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  await parts(page).box(0, "Chosen").fill("mine");
  await kept(page, "mine");
  let at = await projects(page);
  await at.name.fill("Lesson 1");
  await at.dialog.getByRole("button", { name: "Save a copy" }).click();
  await at.dialog.getByText("“Lesson 1” is saved.").waitFor();
  assert.deepEqual(await at.list(), ["My own work open now", "Lesson 1"]);
  assert.match((await at.row("Lesson 1").textContent()) ?? "", /20\d\d, \d\d:\d\d.*kB/);
  assert.deepEqual(await violations(page), []);
  await at.press("Open", "Lesson 1");
  await page.getByRole("button", { name: "Projects: Lesson 1" }).waitFor();
  await ready(page);
  assert.equal(await parts(page).box(0, "Chosen").inputValue(), "mine");
  await parts(page).box(0, "Chosen").fill("lesson");
  await page.getByRole("spinbutton", { name: "beta" }).fill("0.7");
  await page.getByRole("spinbutton", { name: "beta" }).press("Tab");
  await kept(page, "lesson");
  // The next visit goes on where this one ended.
  await page.reload();
  await ready(page);
  assert.equal(await parts(page).box(0, "Chosen").inputValue(), "lesson");
  assert.equal(await page.getByRole("spinbutton", { name: "beta" }).inputValue(), "0.7");
  at = await projects(page);
  await at.press("Open", "My own work");
  await page.getByRole("button", { name: "Projects", exact: true }).waitFor();
  await ready(page);
  assert.equal(await parts(page).box(0, "Chosen").inputValue(), "mine");
  assert.equal(await page.getByRole("spinbutton", { name: "beta" }).inputValue(), "0.1");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("projects are renamed, duplicated, deleted and brought back, by keys too", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const at = await projects(page);
  await at.name.fill("One");
  await at.name.press("Enter");
  await at.dialog.getByText("“One” is saved.").waitFor();
  await at.press("Rename", "One");
  const field = at.dialog.getByRole("textbox", { name: "New name of “One”" });
  assert.ok(await field.evaluate((field) => field === document.activeElement));
  await field.press("Escape");
  assert.deepEqual(await at.list(), ["My own work open now", "One"]);
  assert.ok(await at.dialog.isVisible());
  await at.press("Rename", "One");
  await field.fill("<b>First</b>");
  await field.press("Enter");
  await at.dialog.getByText("It is called “<b>First</b>” now.").waitFor();
  await at.press("Duplicate", "<b>First</b>");
  await at.dialog.getByText("“Copy of <b>First</b>” is saved.").waitFor();
  assert.deepEqual([...(await at.list())].sort(), ["<b>First</b>", "Copy of <b>First</b>", "My own work open now"]);
  await at.press("Delete", "<b>First</b>");
  await at.dialog.getByText("“<b>First</b>” is deleted.").waitFor();
  assert.equal((await at.list()).length, 2);
  await page.keyboard.press("Enter");
  await at.dialog.getByText("“<b>First</b>” is back.").waitFor();
  assert.equal((await at.list()).length, 3);
  assert.equal(await page.evaluate(() => document.querySelectorAll("#projects-dialog b").length), 0);
  await page.keyboard.press("Escape");
  assert.ok(await at.dialog.isHidden());
  assert.ok(await page.locator("#projects-button").evaluate((button) => button === document.activeElement));
  assert.deepEqual(wrong, []);
  await context.close();
});

test("an empty project begins as on a first visit", async () => {
  const { page, context } = await open(site);
  await names(page);
  const at = await projects(page);
  await at.name.fill("Empty");
  await at.dialog.getByRole("button", { name: "Start an empty one" }).click();
  await page.getByRole("button", { name: "Projects: Empty" }).waitFor();
  await ready(page);
  assert.equal(await page.getByRole("combobox", { name: "Policy" }).inputValue(), "assistant");
  const now = await projects(page);
  assert.ok(await now.dialog.getByRole("button", { name: "Delete “Empty”" }).isDisabled());
  await context.close();
});

test("a project goes into a file and comes back from it in another browser; what is no project is refused", async () => {
  const one = await open(site);
  await names(one.page);
  await parts(one.page).box(0, "Chosen").fill("ßpecial 🐇");
  await kept(one.page, "ßpecial");
  const at = await projects(one.page);
  const [download] = await Promise.all([one.page.waitForEvent("download"), at.press("Export", "My own work")]);
  assert.equal(download.suggestedFilename(), "my-own-work.json");
  const file = await readFile(await download.path());
  assert.equal(JSON.parse(file.toString()).format, "alignment-playground/project");
  await one.context.close();

  const { page, context, wrong } = await open(site);
  await ready(page);
  const there = await projects(page);
  const give = (/** @type {string} */ name, /** @type {string | Buffer} */ content) => there.dialog.locator("input[type=file]").setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(content) });
  await give("mine.json", file);
  await there.dialog.getByText("“My own work” is imported.").waitFor();
  for (const [name, content, told] of /** @type {[string, string, RegExp][]} */ ([
    ["x.json", "{", /x\.json is no project of this page/],
    ["y.json", '{"prompt":"a"}', /y\.json is no project/],
    ["z.json", '{"format":"alignment-playground/project","version":3,"contents":{}}', /newer version of this page/],
  ])) {
    await give(name, content);
    await there.dialog.getByRole("alert").filter({ hasText: told }).waitFor();
  }
  await give("part.json", JSON.stringify({ format: "alignment-playground/project", version: 1, name: "<img src=x onerror=window.caught=1>", contents: { settings: { seed: "x" }, "pairs/kinder": [] } }));
  await there.dialog.getByText("What could not be read of it was left out: its settings.").waitFor();
  assert.equal(await page.evaluate(() => "caught" in window), false);
  await there.dialog.getByRole("row").filter({ hasText: "My own work" }).last().getByRole("button", { name: /^Open/ }).click();
  await page.getByRole("button", { name: "Projects: My own work" }).waitFor();
  await ready(page);
  assert.equal(await parts(page).box(0, "Chosen").inputValue(), "ßpecial 🐇");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("without room nothing is lost and a sentence says what to do", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  await parts(page).box(0, "Chosen").fill("mine");
  await kept(page, "mine");
  const before = await page.evaluate(() => {
    // Truly full: as far as the browser goes, then letter by letter.
    for (let size = 1e6; size >= 1; size = Math.floor(size / 10)) {
      try {
        for (let turn = 0; turn < 12; turn++) localStorage.setItem(`filler ${size} ${turn}`, "x".repeat(size));
      } catch {
        // The next ones are smaller.
      }
    }
    return Object.keys(localStorage).length;
  });
  const at = await projects(page);
  await at.name.fill("No room");
  await at.dialog.getByRole("button", { name: "Save a copy" }).click();
  await at.dialog.getByRole("alert").filter({ hasText: "“No room” was not saved: this browser's storage is full. Delete a project, or export some to files first; nothing else has changed." }).waitFor();
  assert.deepEqual(await at.list(), ["My own work open now"]);
  assert.equal(await page.evaluate(() => Object.keys(localStorage).length), before);
  assert.equal(await parts(page).box(0, "Chosen").inputValue(), "mine");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("where the browser keeps nothing, projects last as long as the page and it says so", async () => {
  const refused = () => Object.defineProperty(window, "localStorage", { get: () => { throw new DOMException("no", "SecurityError"); } });
  const { page, context } = await open(site, { viewport: { width: 360, height: 740 }, colorScheme: "dark" }, { before: refused });
  await ready(page);
  await page.getByRole("alert").filter({ hasText: "projects last until the page is closed" }).waitFor();
  const at = await projects(page);
  await at.name.fill("Passing");
  await at.dialog.getByRole("button", { name: "Save a copy" }).click();
  await at.dialog.getByText("“Passing” is saved.").waitFor();
  assert.deepEqual(await violations(page), []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await context.close();
});
