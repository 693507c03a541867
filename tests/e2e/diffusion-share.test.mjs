// Links of the page of diffusion policies: what goes along, what stays, and links that mean no good.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { open as openPage, parts, reached, set, start, violations } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

/** @typedef {import("playwright-core").Page} Page */

/** A link's fragment around any text. @param {string | Uint8Array} text */
const packed = (text, version = 1) => `#share=${version}.${deflateRawSync(text).toString("base64url")}`;
/** @param {object} fields */
const link = (fields) => packed(JSON.stringify(fields));

/** @param {string} fragment @param {import("playwright-core").BrowserContextOptions} [options] */
const open = (fragment = "", options) => openPage(site, options, { file: `diffusion.html${fragment}` });
/** Waits until everything at step 0 is measured. @param {Page} page */
const measured = (page) => page.getByText("Ready at step 0:").waitFor({ timeout: 120_000 });

/** Opens the Share dialog; gives the link once it stands there. @param {Page} page */
async function share(page) {
  await page.getByRole("button", { name: "Share", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Share" });
  await dialog.waitFor();
  const address = async () => {
    await page.waitForTimeout(300);
    return dialog.getByRole("textbox", { name: "The link" }).inputValue();
  };
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement | null} */ (document.querySelector("#share-dialog .made textarea"))?.value.includes("#share=1."));
  return { dialog, address };
}

/** What the first update measured, to the last digit. @param {Page} page */
async function firstUpdate(page) {
  await parts(page).step.click();
  await reached(page, 1);
  await page.getByText(/Paused at step 1: /).waitFor();
  await page.getByRole("tab", { name: "Curves" }).click();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export metrics as CSV" }).click()]);
  const [head, ...rows] = (await readFile(await file.path(), "utf8")).trim().split("\n").map((row) => row.split(","));
  const row = rows.find(([step]) => step === "1") ?? [];
  return { loss: Number(row[head.indexOf("loss")]), margin: row[head.indexOf("eval_rewards/margins")] };
}

/** Class and pictures of the pairs, as they are told. @param {Page} page */
const told = (page) => page.locator("#rows tr").evaluateAll((rows) => rows.map((row) => [row.querySelector(".of")?.textContent, ...[...row.querySelectorAll("canvas")].map((canvas) => canvas.getAttribute("aria-label"))].join(" ")));

test("a link opens the same run elsewhere: scenario, rule, method, numbers, seed, samples, changed pairs, and the same first update", async () => {
  const one = await open("", { permissions: ["clipboard-read", "clipboard-write"] });
  await measured(one.page);
  await one.page.getByRole("combobox", { name: "Scenario" }).selectOption("half");
  await measured(one.page);
  await one.page.getByRole("combobox", { name: "Method" }).selectOption("diffusion_kto");
  await measured(one.page);
  await set(one.page, "Learning rate", "0.002");
  await set(one.page, "Seed", "7");
  await measured(one.page);
  // What has been changed since the pairs were made.
  const rule = one.page.getByRole("textbox", { name: "Rule" });
  await rule.fill("inside: -1 0, 1 0, 0 2.125");
  await rule.press("Tab");
  await set(one.page, "Noise", "5");
  await one.page.getByRole("checkbox", { name: "Density" }).check();
  await one.page.getByRole("slider", { name: "Timestep" }).fill("640");
  await one.page.locator("#rows tr").nth(1).getByRole("button", { name: /^Swap/ }).click();
  await one.page.locator("#rows tr").nth(0).getByRole("button", { name: /^Delete/ }).click();
  await one.page.getByRole("button", { name: "Compare two samples" }).click();
  await one.page.locator("#offer").getByRole("img", { name: "Sample 1" }).waitFor();
  await one.page.keyboard.press("1");
  await one.page.waitForFunction(() => document.querySelectorAll("#rows tr").length === 128);
  await one.page.getByRole("button", { name: "Enough" }).click();

  const { dialog, address } = await share(one.page);
  await dialog.getByText("You changed them: 128 pairs.").waitFor();
  await dialog.getByRole("checkbox", { name: /How the page looks/ }).check();
  const shared = await address();
  assert.ok(shared.length < 2000, `${shared.length} characters`);
  await dialog.getByRole("button", { name: "Copy link" }).click();
  await dialog.getByText("Copied.").waitFor();
  assert.equal(await one.page.evaluate(() => navigator.clipboard.readText()), shared);
  assert.deepEqual(await violations(one.page), []);
  await dialog.getByRole("button", { name: "Close" }).click();
  const pairs = await told(one.page);
  const first = await firstUpdate(one.page);
  assert.deepEqual(one.wrong, []);
  await one.context.close();

  const { page, context, wrong } = await open(new URL(shared).hash);
  await measured(page);
  await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.querySelector("#sampler-seed")).value === "5");
  assert.equal(await page.getByRole("combobox", { name: "Scenario" }).inputValue(), "half");
  assert.equal(await page.getByRole("combobox", { name: "Method" }).inputValue(), "diffusion_kto");
  assert.equal(await page.getByRole("spinbutton", { name: "Learning rate" }).inputValue(), "0.002");
  assert.equal(await page.locator("#seed").inputValue(), "7");
  assert.equal(await page.getByRole("textbox", { name: "Rule" }).inputValue(), "inside: -1 0, 1 0, 0 2.125");
  assert.ok(await page.getByRole("checkbox", { name: "Density" }).isChecked());
  assert.equal(await page.getByRole("slider", { name: "Timestep" }).inputValue(), "640");
  assert.deepEqual(await told(page), pairs);
  assert.equal(await page.getByRole("alert").count(), 0, await page.locator("#notices").textContent() ?? "");
  const again = await firstUpdate(page);
  assert.ok(Number.isFinite(first.loss), `${first.loss}`);
  assert.deepEqual(again, first);
  // The scenario's own pairs are there as well.
  await page.getByRole("button", { name: "Restore" }).click();
  assert.equal(await page.locator("#rows tr").count(), 128);
  assert.notDeepEqual(await told(page), pairs);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("pairs that are the scenario's own need no room; pictures of many other ones stay, which the dialog says", async () => {
  const { page, context, wrong } = await open();
  await measured(page);
  const { dialog, address } = await share(page);
  await dialog.getByText("These 64 pairs are the scenario's own").waitFor();
  assert.ok(await dialog.getByRole("checkbox", { name: "The pairs as they are now" }).isDisabled());
  assert.ok((await address()).length < 600);
  await page.keyboard.press("Escape");
  await page.getByRole("combobox", { name: "from" }).selectOption("real data");
  await page.getByRole("button", { name: "Propose pairs" }).click();
  await page.getByRole("button", { name: "Undo" }).and(page.locator(":enabled")).waitFor();
  await share(page);
  await dialog.getByText(/They stay here: with these 64 pairs the link would have [\d\s]+ characters/).waitFor();
  assert.ok((await address()).length < 600);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a shape goes along as lines: a policy learns it anew, then the rest of the link opens, and the own shape stays", async () => {
  const fields = { scenario: "shape", shape: "-1 -1, 1 -1, 0 1, -1 -1", method: "diffusion_sft", values: { learning_rate: 0.002 }, seed: 9, way: 0 };
  const { page, context, wrong } = await open(link(fields));
  const dialog = page.getByRole("dialog", { name: "Draw a shape" });
  await dialog.getByText("This shape came with the link.").waitFor();
  assert.equal(await dialog.getByRole("textbox", { name: "The lines as numbers" }).inputValue(), fields.shape);
  assert.deepEqual(await violations(page), []);
  await dialog.getByRole("button", { name: "Train a policy on it" }).click();
  await dialog.getByText(/Update [1-9]\d* of/).waitFor({ timeout: 60_000 });
  await dialog.getByRole("button", { name: "Good enough" }).click();
  await dialog.waitFor({ state: "hidden" });
  await measured(page);
  const opened = async () => {
    assert.equal(await page.getByRole("combobox", { name: "Scenario" }).inputValue(), "shape");
    assert.equal(await page.getByRole("combobox", { name: "Method" }).inputValue(), "diffusion_sft");
    assert.equal(await page.getByRole("spinbutton", { name: "Learning rate" }).inputValue(), "0.002");
    assert.equal(await page.locator("#seed").inputValue(), "9");
  };
  await opened();
  const shown = await share(page);
  await shown.dialog.getByText("Your shape goes along as the lines").waitFor();
  // What was learnt is there again when the link is opened again, and takes the place of no shape of one's own.
  await page.reload();
  await measured(page);
  await opened();
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.endsWith("shape"))), ["alignment-playground/1/linked-shape"]);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a link sets the view, and one that is pasted over the address is opened", async () => {
  const { page, context, wrong } = await open(link({ view: { tab: "way", theme: "dark", projector: true }, way: 3 }));
  await measured(page);
  assert.equal(await page.getByRole("tab", { name: "From noise to sample" }).getAttribute("aria-selected"), "true");
  assert.deepEqual(await page.evaluate(() => ({ ...document.documentElement.dataset })), { theme: "dark", projector: "true", calm: "false" });
  await page.evaluate((hash) => void (location.hash = hash), link({ scenario: "half" }));
  await page.waitForFunction(() => /** @type {HTMLSelectElement} */ (document.querySelector("#scenario")).value === "half");
  await measured(page);
  assert.deepEqual(wrong, []);
  await context.close();
});

/** Where the run stands, once it rests. @param {Page} page */
async function rests(page) {
  await page.getByText(/(Paused|Ready) at step/).first().waitFor();
  return page.locator("#step-number").textContent();
}

test("a teacher's link says what to do, locks and hides, and trains to its step when that is asked for", async () => {
  const teacher = await open();
  await measured(teacher.page);
  await teacher.page.getByRole("combobox", { name: "Scenario" }).selectOption("half");
  await measured(teacher.page);
  const { dialog, address } = await share(teacher.page);
  // By the keyboard alone: the dialog's own order.
  await dialog.getByText("For a lesson").focus();
  await teacher.page.keyboard.press("Enter");
  await dialog.getByRole("textbox", { name: "Title" }).fill("Half a moon");
  await dialog.getByRole("textbox", { name: "Note" }).fill("Look at the region.\nThen <b>train</b>.");
  await dialog.getByRole("spinbutton", { name: "Open at step" }).fill("12");
  for (const [control, way] of [["Scenario", "Locked"], ["Numbers", "Locked"], ["Rule", "Locked"], ["Pairs", "Locked"], ["Sampling", "Locked"], ["Method", "Hidden"], ["Seed", "Hidden"]]) {
    await dialog.getByRole("combobox", { name: control }).selectOption(way);
  }
  const shared = await address();
  assert.ok(shared.length < 2000, `${shared.length} characters`);
  assert.deepEqual(await violations(teacher.page), []);
  assert.deepEqual(teacher.wrong, []);
  await teacher.context.close();

  const { page, context, wrong } = await open(new URL(shared).hash);
  await measured(page);
  const lesson = page.getByRole("region", { name: "From a link" });
  await lesson.getByRole("heading", { name: "Half a moon" }).waitFor();
  assert.deepEqual(await lesson.locator(".lesson-note p").allTextContents(), ["Look at the region.", "Then <b>train</b>."]);
  await lesson.getByText("Set for this lesson: Scenario, Numbers, Rule, Pairs, Sampling, Method, Seed.").waitFor();
  assert.deepEqual(await violations(page), []);
  const locked = async () => {
    await page.locator("#more > summary").click();
    const fields = [
      page.getByRole("combobox", { name: "Scenario" }),
      page.getByRole("button", { name: "Draw a shape" }),
      page.getByRole("spinbutton", { name: "Learning rate" }),
      page.getByRole("textbox", { name: "Rule" }),
      page.getByRole("button", { name: "Draw a region" }),
      page.getByRole("button", { name: "Propose pairs" }),
      page.getByRole("button", { name: "Restore" }),
      page.locator("#rows tr").first().getByRole("button", { name: /^Swap/ }),
      page.getByRole("spinbutton", { name: "Guidance" }),
      page.getByRole("spinbutton", { name: "Noise", exact: true }),
    ];
    for (const field of fields) assert.ok(await field.isDisabled(), `${field}`);
    // What only looks, and what is free, stays in use.
    for (const field of [page.locator("#export"), page.getByRole("button", { name: "Show pair 2 by timestep" }), page.getByRole("combobox", { name: "Engine" })]) assert.ok(await field.isEnabled(), `${field}`);
    for (const id of ["method", "again-method", "seed"]) assert.equal(await page.locator(`#${id}`).isVisible(), false, id);
    assert.ok(await page.locator("#engine-choice").isVisible());
    await page.locator("#more > summary").click();
  };
  await locked();
  // Pairs that are locked take in no file either.
  const before = await told(page);
  await page.locator("#pairs").evaluate((section) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['{"class":"0","chosen":[0,0],"rejected":[1,1]}'], "pairs.jsonl"));
    section.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
  });
  // Nothing trains by itself.
  await page.waitForTimeout(500);
  assert.equal(await page.locator("#step-number").textContent(), "0");
  assert.deepEqual(await told(page), before);
  const train = lesson.getByRole("button", { name: "Train to step 12" });
  await page.getByRole("combobox", { name: "Speed" }).selectOption("5");
  await train.focus();
  await page.keyboard.press("Enter");
  await lesson.getByRole("progressbar").waitFor();
  // The keyboard stays where training can be steered.
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Stop here");
  await reached(page, 12);
  assert.equal(await rests(page), "12");
  await train.waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement?.id), "run");
  await page.waitForTimeout(500);
  assert.equal(await page.locator("#step-number").textContent(), "12");
  // What is set anew while training rests stays locked.
  await locked();
  // From there the run goes on as far as one likes.
  await page.getByRole("combobox", { name: "Speed" }).selectOption("0");
  await parts(page).run.click();
  await reached(page, 15);
  await parts(page).pause.click();
  await parts(page).reset.click();
  await page.waitForFunction(() => document.querySelector("#step-number")?.textContent === "0");
  await page.getByRole("combobox", { name: "Speed" }).selectOption("1");
  await train.click();
  await lesson.getByRole("button", { name: "Stop here" }).click();
  assert.ok(Number(await rests(page)) < 12);
  assert.deepEqual(await violations(page), []);
  // Made once more, a link begins with the lesson's own words.
  const again = await share(page);
  await again.dialog.getByText("For a lesson").click();
  assert.equal(await again.dialog.getByRole("textbox", { name: "Title" }).inputValue(), "Half a moon");
  await page.keyboard.press("Escape");
  await lesson.getByRole("button", { name: "Start it afresh" }).click();
  await measured(page);
  await lesson.getByRole("heading", { name: "Half a moon" }).waitFor();
  await lesson.getByRole("button", { name: "Back to my own work" }).click();
  await page.waitForURL((url) => !url.hash);
  await measured(page);
  assert.equal(await lesson.count(), 0);
  assert.ok(await page.getByRole("combobox", { name: "Scenario" }).isEnabled());
  assert.deepEqual(wrong, []);
  await context.close();
});

const SCRIPT = '<img src=x onerror="window.caught=1"><script>window.caught=1</script>" onfocus="window.caught=1';
const SAMPLER = { steps: 20, guidance: 1, eta: 0, seed: 1 };
/** @type {[string, string, RegExp | null][]} links, and what is told of each */
const HOSTILE = [
  ["scripts in every text", link({ title: SCRIPT.slice(0, 120), note: SCRIPT, scenario: "half", rule: SCRIPT, shape: SCRIPT, origin: { rule: SCRIPT, sampler: SAMPLER }, pairs: [SCRIPT, [0, SCRIPT]], view: { tab: "x", theme: "javascript:window.caught=1" } }), /its shape: .*2 pairs are no pairs.*its view: theme: it is no name; its rule: it is no rule for these samples; what its pairs were made by/],
  ["names that are scripts", link({ scenario: "<script>", method: "<b>", [SCRIPT]: 1, seed: SCRIPT }), /its scenario: it is no name; its method: it is no name; this page knows no “<img src=x.*its seed/],
  ["keys of prototypes", packed('{"seed":5,"__proto__":{"caught":1},"constructor":{"prototype":{"caught":1}},"method":"constructor","scenario":"__proto__","values":{"__proto__":1}}'), /“__proto__”.*“constructor”/],
  ["what is long gone", link({ scenario: "gone", method: "gone", values: { gone: 1 } }), /there is no scenario “gone” here; there is no method “gone” here/],
  ["a written loss, which only the first page has", link({ method: "custom", values: { beta: 1 }, loss: "window.caught=1" }), /“loss”; there is no method “custom” here/],
  ["a shape's scenario without its shape", link({ scenario: "shape" }), /there is no scenario “shape” here/],
  ["wrong types", link({ seed: "1", values: [1], sampler: 3, field: "all", density: 1, way: -1, pairs: { a: 1 }, judgeKind: 7 }), /its seed: .*its sampling: .*its score field: .*its densities: it is neither on nor off; its way from noise.* and 2 more/],
  ["numbers out of range", link({ method: "diffusion_dpo", values: { beta: 1e9, batch_size: 1.5 }, sampler: { ...SAMPLER, steps: 5000 } }), /it is no number from .*; .*it is no whole number from .*it is no whole number from 1 to 1000/],
  ["what the policy does not have", link({ scenario: "half", field: { shown: true, timestep: 5000, class: null }, way: 7, pairs: [1, 999, [0, "AAAA"]] }), /one pair is no pair of this scenario's samples; its way from noise: the policy has 2 classes; its score field: the policy has 1000 timesteps; one pair/],
  ["a lesson of other types", link({ title: {}, note: null, step: "12", hidden: ["policy"], locked: "all" }), /its title: it is no text; its note: .*the step to open at: it is no whole number.*its hidden controls: they may only be scenario, .*its locked controls/],
  ["a lesson without end", link({ title: "x".repeat(121), note: "x".repeat(2001), step: 1e9, locked: Array(50).fill("seed") }), /its title: it is longer than 120 characters; its note: it is longer than 2000 characters; the step to open at: .*its locked controls/],
  ["regions that the core cannot read", link({ scenario: "half", rule: "inside: 0x1 0, 1 0, 0 1e30" }), /its rule: it is no rule for these samples/],
  ["too many pairs", link({ pairs: Array(600).fill(1) }), /100 pairs beyond the first 500/],
  ["another version", packed('{"seed":5}', 9), /another version of this page \(9\)/],
  ["a link of the first page", link({ title: "Lesson", policy: "names", scenario: "vowel-ending", method: "dpo" }), /“policy”.*there is no scenario “vowel-ending” here.*there is no method “dpo” here/],
  ["a bomb", packed(new Uint8Array(50_000_000)), /This link cannot be opened: it is longer than any link of this page/],
  ["a cut link", link({ scenario: "half", rule: "x".repeat(500) }).slice(0, -12), /cannot be opened: it is damaged or was cut off/],
  ["no link at all", "#share=<script>window.caught=1</script>", /cannot be opened: it is damaged/],
  ["nothing in it", link({}), null],
];

test("hostile and outdated links: nothing runs, what is ignored is told, and the page can be used", async () => {
  for (const [name, fragment, tells] of HOSTILE) {
    const { page, context, wrong } = await open(fragment);
    await measured(page).catch(async () => assert.fail(`${name}: ${await page.locator("#notices").textContent()}`));
    if (tells) {
      const notice = page.getByRole("alert").filter({ hasText: tells });
      await notice.first().waitFor({ timeout: 5000 }).catch(async () => assert.fail(`${name}: ${await page.locator("#notices").textContent()}`));
    }
    assert.equal(await page.getByRole("alert").count(), tells ? 1 : 0, `${name}: ${await page.locator("#notices").textContent()}`);
    assert.equal(await page.evaluate(() => "caught" in window || /** @type {any} */ ({}).caught !== undefined), false, name);
    assert.equal(await page.evaluate(() => document.querySelectorAll("#lesson :is(img, script, b), #notices :is(img, script, b), #rows :is(img, script)").length), 0, name);
    await parts(page).step.click();
    await reached(page, 1);
    assert.deepEqual(wrong, [], name);
    await context.close();
  }
});

test("the dialog and a lesson have no accessibility violations on a phone in the dark", async () => {
  const { page, context } = await open(link({ title: "Lesson", note: "Read.", step: 50, locked: ["scenario", "pairs"] }), { viewport: { width: 360, height: 740 }, colorScheme: "dark" });
  await measured(page);
  assert.deepEqual(await violations(page), []);
  const { dialog } = await share(page);
  await dialog.getByText("For a lesson").click();
  assert.deepEqual(await violations(page), []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await context.close();
});
