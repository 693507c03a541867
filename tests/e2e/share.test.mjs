// Links that carry a lesson: what goes along, what a teacher locks, and links that mean no good.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { names, open, parts, reached, ready, set, start, violations } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

/** A link's fragment around any text. @param {string | Uint8Array} text */
const packed = (text, version = 1) => `#share=${version}.${deflateRawSync(text).toString("base64url")}`;
/** @param {object} fields */
const link = (fields) => packed(JSON.stringify(fields));

/** Opens the Share dialog. @param {import("playwright-core").Page} page */
async function share(page) {
  await page.getByRole("button", { name: "Share", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Share" });
  await dialog.waitFor();
  const address = dialog.getByRole("textbox", { name: "The link" });
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement | null} */ (document.querySelector("#share-dialog .made textarea"))?.value.includes("#share=1."));
  return { dialog, address };
}

/** The link once it has changed from what it was. @param {import("playwright-core").Locator} address @param {string} before */
async function changed(address, before) {
  for (let turn = 0; turn < 100; turn++) {
    const now = await address.inputValue();
    if (now !== before) return now;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("the link stays as it is");
}

test("a link brings pairs, method, numbers, seed and sampling to another browser, whose own work stays", async () => {
  const one = await open(site, { permissions: ["clipboard-read", "clipboard-write"] });
  await ready(one.page);
  await parts(one.page).box(0, "Chosen").fill("With <b>pleasure</b> & “joy” 🐇");
  await one.page.getByRole("combobox", { name: "Method" }).selectOption({ label: "IPO" });
  await ready(one.page);
  await set(one.page, "beta", "0.25");
  await one.page.locator("#more > summary").click();
  await one.page.getByRole("spinbutton", { name: "Seed" }).fill("7");
  await one.page.getByRole("spinbutton", { name: "Seed" }).press("Tab");
  await one.page.getByRole("textbox", { name: "Sample prompt" }).fill("How do I bake bread?");
  const { dialog, address } = await share(one.page);
  assert.ok(await dialog.getByRole("checkbox", { name: "The pairs as they are now" }).isChecked());
  await dialog.getByText("You changed them: 48 pairs.").waitFor();
  await dialog.getByRole("button", { name: "Copy link" }).click();
  await dialog.getByText("Copied.").waitFor();
  const shared = await address.inputValue();
  assert.equal(await one.page.evaluate(() => navigator.clipboard.readText()), shared);
  assert.match((await dialog.locator(".made .unit").first().textContent()) ?? "", /characters/);
  await dialog.getByText("Some chat and mail programs cut links").waitFor();
  await dialog.getByRole("checkbox", { name: "The pairs as they are now" }).uncheck();
  assert.ok((await changed(address, shared)).length < 700);
  await dialog.getByText("Some chat and mail programs cut links").waitFor({ state: "hidden" });
  assert.deepEqual(one.wrong, []);
  await one.context.close();

  const { page, context, wrong } = await open(site);
  await ready(page);
  await parts(page).box(0, "Chosen").fill("What I typed myself");
  await page.waitForFunction(() => JSON.stringify(localStorage).includes("What I typed myself"));
  // Pasted over the page's own address.
  await page.goto(shared);
  await page.getByRole("region", { name: "From a link" }).waitFor();
  await ready(page);
  assert.equal(await parts(page).box(0, "Chosen").inputValue(), "With <b>pleasure</b> & “joy” 🐇");
  assert.equal(await page.getByRole("combobox", { name: "Method" }).evaluate((select) => /** @type {HTMLSelectElement} */ (select).selectedOptions[0].label), "IPO");
  assert.equal(await page.getByRole("spinbutton", { name: "beta" }).inputValue(), "0.25");
  assert.equal(await page.locator("#seed").inputValue(), "7");
  assert.equal(await page.getByRole("textbox", { name: "Sample prompt" }).inputValue(), "How do I bake bread?");
  // What is typed here is kept here.
  await parts(page).box(0, "Chosen").fill("Changed in the lesson");
  await page.waitForFunction(() => JSON.stringify(localStorage).includes("Changed in the lesson"));
  await page.reload();
  await ready(page);
  assert.equal(await parts(page).box(0, "Chosen").inputValue(), "Changed in the lesson");
  await page.getByText("You opened this link before").waitFor();
  await page.getByRole("button", { name: "Start it afresh" }).click();
  await page.waitForFunction(() => document.querySelector("#rows textarea") && !JSON.stringify(localStorage).includes("Changed in the lesson"));
  await ready(page);
  assert.equal(await parts(page).box(0, "Chosen").inputValue(), "With <b>pleasure</b> & “joy” 🐇");
  await page.getByRole("button", { name: "Back to my own work" }).click();
  await page.waitForURL((url) => !url.hash);
  await ready(page);
  assert.equal(await parts(page).box(0, "Chosen").inputValue(), "What I typed myself");
  assert.equal(await page.getByRole("combobox", { name: "Method" }).inputValue(), "dpo");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a teacher's link says what to do, locks and hides, and trains to its step when that is asked for", async () => {
  const teacher = await open(site);
  await names(teacher.page);
  const { dialog, address } = await share(teacher.page);
  const first = await address.inputValue();
  await dialog.getByText("For a lesson").click();
  await dialog.getByRole("textbox", { name: "Title" }).fill("Kindness");
  await dialog.getByRole("textbox", { name: "Note" }).fill("Read the pairs.\nThen train.");
  await dialog.getByRole("spinbutton", { name: "Open at step" }).fill("20");
  await dialog.getByRole("combobox", { name: "Policy" }).selectOption("Locked");
  await dialog.getByRole("combobox", { name: "Numbers" }).selectOption("Locked");
  await dialog.getByRole("combobox", { name: "Pairs" }).selectOption("Locked");
  await dialog.getByRole("combobox", { name: "Method" }).selectOption("Hidden");
  await teacher.page.waitForTimeout(300);
  const shared = await changed(address, first);
  assert.deepEqual(await violations(teacher.page), []);
  await teacher.context.close();

  const { page, context, wrong } = await open(site, {}, { file: new URL(shared).hash });
  await ready(page);
  const lesson = page.getByRole("region", { name: "From a link" });
  await lesson.getByRole("heading", { name: "Kindness" }).waitFor();
  assert.deepEqual(await lesson.locator(".lesson-note p").allTextContents(), ["Read the pairs.", "Then train."]);
  await lesson.getByText("Set for this lesson: Policy, Numbers, Pairs, Method.").waitFor();
  const policy = page.getByRole("combobox", { name: "Policy" });
  assert.ok(await policy.isDisabled());
  assert.ok(await page.getByRole("spinbutton", { name: "beta" }).isDisabled());
  assert.ok(await page.getByRole("combobox", { name: "Scenario" }).isEnabled());
  assert.equal(await page.getByRole("combobox", { name: "Method" }).count(), 0);
  assert.ok(await parts(page).add.isDisabled());
  assert.equal(await parts(page).box(0, "Chosen").isEditable(), false);
  await page.keyboard.press("n");
  assert.equal(await parts(page).rows.count(), 32);
  // New rows and fields are locked as well.
  await page.getByRole("combobox", { name: "Scenario" }).selectOption("Shorter names");
  await page.getByText("at least two letters shorter").waitFor();
  await ready(page);
  assert.equal(await parts(page).box(0, "Chosen").isEditable(), false);
  // Nothing trains by itself.
  await page.waitForTimeout(500);
  assert.equal(await page.locator("#step-number").textContent(), "0");
  const rests = () => page.waitForFunction(() => /(Paused|Ready) at step/.test(document.querySelector("#status")?.textContent ?? ""));
  await lesson.getByRole("button", { name: "Train to step 20" }).click();
  await lesson.getByRole("progressbar").waitFor();
  await reached(page, 20);
  await rests();
  assert.equal(await page.locator("#step-number").textContent(), "20");
  await lesson.getByRole("button", { name: "Train to step 20" }).waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await reached(page, 25);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByRole("button", { name: "Reset", exact: true }).click();
  // Twenty updates of these names take less time than a click.
  await page.getByRole("combobox", { name: "Speed" }).selectOption("1");
  await lesson.getByRole("button", { name: "Train to step 20" }).click();
  await lesson.getByRole("button", { name: "Stop here" }).click();
  await rests();
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a link sets the view: the tab, the theme and projector mode", async () => {
  const { page, context, wrong } = await open(site, {}, { file: link({ view: { tab: "tokens", theme: "dark", projector: true } }) });
  await ready(page);
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark" && document.documentElement.dataset.projector === "true");
  assert.equal(await page.getByRole("tab", { name: "Token by token" }).getAttribute("aria-selected"), "true");
  assert.deepEqual(wrong, []);
  await context.close();
});

const SCRIPT = '<img src=x onerror="window.caught=1"><script>window.caught=1</script>" onfocus="window.caught=1';
/** @type {[string, string, RegExp | null][]} links, and what is told of each */
const HOSTILE = [
  [
    "scripts in every text",
    link({
      title: SCRIPT.slice(0, 120),
      note: SCRIPT,
      scenario: "kinder",
      pairs: [[SCRIPT, SCRIPT, "b"], ["a", "b", "c"]],
      method: "custom",
      loss: "window.caught=1",
      guides: SCRIPT,
      judge: SCRIPT,
      judgeKind: "rule",
      sampler: { prompt: SCRIPT, temperature: 1, count: 2, seed: 1 },
      view: { tab: "x", theme: "javascript:window.caught=1" },
    }),
    /its view: theme: it is no name/,
  ],
  ["names that are scripts", link({ policy: SCRIPT.slice(0, 50), scenario: "<script>", method: "<b>", [SCRIPT]: 1, seed: SCRIPT }), /its policy: it is no name; its scenario.*its method.*this page knows no “<img src=x/],
  ["keys of prototypes", packed('{"seed":5,"__proto__":{"caught":1},"constructor":{"prototype":{"caught":1}},"method":"constructor","scenario":"__proto__","values":{"__proto__":1}}'), /“__proto__”.*“constructor”/],
  ["what is long gone", link({ policy: "gone", scenario: "gone", method: "gone", values: { gone: 1 }, pairs: [["How do I boil an egg?", "Gladly.", "No."]], hidden: ["gone"], view: { tab: "gone" } }), /there is no policy “gone” here; there is no scenario “gone” here; there is no method “gone” here/],
  ["wrong types", link({ seed: "1", step: [], pairs: { a: 1 }, values: [1], sampler: 3, locked: 7, title: {}, note: null }), /its seed: it is no whole number.*the step to open at/],
  ["numbers out of range", link({ method: "dpo", values: { beta: 1e9, learning_rate: -5 } }), /“beta”: it is no number from 0\.001 to 10/],
  ["too many pairs", link({ pairs: Array(600).fill(["How do I boil an egg?", "Gladly.", "No."]) }), /100 pairs beyond the first 500/],
  ["another version", packed('{"seed":5}', 9), /another version of this page \(9\)/],
  ["a bomb", packed(new Uint8Array(50_000_000)), /This link cannot be opened: it is longer than any link of this page/],
  ["a huge fragment", `#share=1.${"A".repeat(400_000)}`, /cannot be opened: it is longer than any/],
  ["a cut link", link({ title: "Lesson", note: "x".repeat(500) }).slice(0, -12), /cannot be opened: it is damaged or was cut off/],
  ["no link at all", "#share=<script>window.caught=1</script>", /cannot be opened: it is damaged/],
  ["nothing in it", link({}), null],
];

test("hostile and outdated links: nothing runs, nothing stalls, what is ignored is told", async () => {
  for (const [name, fragment, told] of HOSTILE) {
    const { page, context, wrong } = await open(site, {}, { file: fragment });
    await ready(page);
    if (told) {
      const notice = page.getByRole("alert").filter({ hasText: told });
      await notice.first().waitFor({ timeout: 5000 }).catch(async () => assert.fail(`${name}: ${await page.locator("#notices").textContent()}`));
    }
    assert.equal(await page.evaluate(() => "caught" in window || /** @type {any} */ ({}).caught !== undefined), false, name);
    assert.equal(await page.evaluate(() => document.querySelectorAll("#lesson :is(img, script, b), #notices :is(img, script, b), #rows :is(img, script)").length), 0, name);
    assert.ok((await parts(page).rows.count()) >= 1, name);
    if (name === "scripts in every text" || name === "what is long gone") {
      await parts(page).step.click();
      await reached(page, 1);
    }
    assert.deepEqual(wrong, [], name);
    await context.close();
  }
});

test("an outdated link's pairs are there with a scenario that exists", async () => {
  const { page, context } = await open(site, {}, { file: link({ scenario: "gone", pairs: [["How do I boil an egg?", "Gladly.", "No."]] }) });
  await ready(page);
  assert.equal(await parts(page).rows.count(), 1);
  assert.equal(await parts(page).box(0, "Chosen").inputValue(), "Gladly.");
  await context.close();
});

test("where the browser keeps nothing, a link opens all the same and says so", async () => {
  const before = () => Object.defineProperty(window, "localStorage", { get: () => { throw new DOMException("no", "SecurityError"); } });
  const { page, context } = await open(site, {}, { before, file: link({ title: "Lesson", pairs: [["How do I boil an egg?", "Gladly.", "No."]] }) });
  await ready(page);
  assert.equal(await parts(page).box(0, "Chosen").inputValue(), "Gladly.");
  await page.getByRole("alert").filter({ hasText: "keeps nothing for this page" }).waitFor();
  await page.getByRole("heading", { name: "Lesson" }).waitFor();
  await context.close();
});

test("a full storage is told, and the link opens all the same", async () => {
  const before = () => {
    Storage.prototype.setItem = () => {
      throw new DOMException("no room", "QuotaExceededError");
    };
  };
  const { page, context } = await open(site, {}, { before, file: link({ title: "Lesson", pairs: [["How do I boil an egg?", "Gladly.", "No."]] }) });
  await ready(page);
  assert.equal(await parts(page).box(0, "Chosen").inputValue(), "Gladly.");
  await page.getByRole("alert").filter({ hasText: /lasts until the page is closed.*storage is full/ }).waitFor();
  await context.close();
});

test("the dialog and a lesson have no accessibility violations on a phone in the dark", async () => {
  const { page, context } = await open(site, { viewport: { width: 360, height: 740 }, colorScheme: "dark" }, { file: link({ title: "Lesson", note: "Read.", step: 50, locked: ["policy", "pairs"] }) });
  await ready(page);
  assert.deepEqual(await violations(page), []);
  const { dialog } = await share(page);
  await dialog.getByText("For a lesson").click();
  assert.deepEqual(await violations(page), []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await context.close();
});
