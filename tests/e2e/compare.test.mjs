// The page “Compare”: runs side by side, on the same batches, driven as a person would.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, parts, reached, ready, start, violations } from "./browser.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

/** @param {import("playwright-core").BrowserContextOptions} [options] */
async function compare(options) {
  const opened = await open({ ...site, url: `${site.url}compare.html` }, options);
  await ready(opened.page);
  return opened;
}

/** Rests, and waits until what is over all pairs is measured. @param {Page} page */
async function rest(page) {
  const { pause } = parts(page);
  if (await pause.isEnabled()) await pause.click();
  await page.getByText("Over all pairs.").waitFor();
}

/** The figures, a row a run: its name, its step, … @param {Page} page */
async function figures(page) {
  const rows = await page.getByRole("table", { name: "Figures of all runs" }).locator("tbody tr").all();
  return Promise.all(rows.map(async (row) => (await row.locator("th, td").allTextContents()).map((text) => text.trim())));
}

/** The rows of a chart's table. @param {Page} page @param {string} chart */
async function charted(page, chart) {
  const figure = page.getByRole("figure", { name: chart, exact: true });
  await figure.locator("summary").click();
  await figure.locator("tbody tr").first().waitFor();
  const rows = await figure.locator("tr").all();
  const texts = await Promise.all(rows.map((row) => row.locator("th, td").allTextContents()));
  await figure.locator("summary").click();
  return texts;
}

/** The columns of the samples, by their heads. @param {Page} page */
async function samples(page) {
  const table = page.getByRole("table", { name: "Samples of all runs" });
  const rows = await table.locator("tr").all();
  const [heads, ...texts] = await Promise.all(rows.map((row) => row.locator("th, td").allTextContents()));
  return new Map(heads.map((head, column) => [head.trim(), texts.map((row) => row[column])]));
}

/** @param {Page} page @param {string} name */
const card = (page, name) => page.getByRole("listitem", { name: `Run ${name}`, exact: true });

test("DPO and IPO train in lock-step, each with its curves, figures and samples; then D²O joins", async () => {
  const { page, context, wrong } = await compare();
  const { run, step, reset, status } = parts(page);
  await page.getByText("48 pairs of the scenario “Kinder”, 16 held out.").waitFor();
  await rest(page);
  await run.click();
  await reached(page, 40);
  await rest(page);
  const rows = await figures(page);
  assert.deepEqual(rows.map(([name]) => name), ["A DPO", "B IPO"]);
  assert.equal(rows[0][1], rows[1][1], "both stand at one step");
  assert.ok(Number(rows[0][1]) >= 40);
  assert.notDeepEqual(rows[0].slice(2), rows[1].slice(2));
  assert.match((await status.textContent()) ?? "", /^Paused at step \d+, margins: A DPO [\d.]+, B IPO [\d.]+\.$/);
  const [head, ...curve] = await charted(page, "Margin");
  assert.deepEqual(head, ["Step", "A DPO", "B IPO"]);
  assert.deepEqual(curve[0], ["0", "0.0000", "0.0000"], "both start at their reference");
  assert.equal(curve.at(-1)?.[0], rows[0][1]);
  assert.ok(curve.every((cells) => cells.slice(1).every((cell) => /\d/.test(cell))));
  await page.waitForFunction(() => document.querySelectorAll("#samples tr").length === 5);
  const drawn = await samples(page);
  assert.deepEqual([...drawn.keys()], ["Reference", "A DPO", "B IPO"]);
  assert.ok([...drawn.values()].flat().some((text) => /egg|minutes|water/.test(text)));
  assert.notDeepEqual(drawn.get("A DPO"), drawn.get("Reference"));

  // Step moves all by one, Reset takes all to 0.
  const before = Number(rows[0][1]);
  await step.click();
  await reached(page, before + 1);
  await rest(page);
  assert.deepEqual((await figures(page)).map((row) => row[1]), [`${before + 1}`, `${before + 1}`]);
  await reset.click();
  await page.getByText("Ready at step 0.").waitFor();
  await rest(page);
  assert.deepEqual((await figures(page)).map((row) => row[1]), ["0", "0"]);

  await step.click();
  await reached(page, 1);
  await page.getByRole("button", { name: "Add run" }).click();
  await page.getByText("Ready at step 0.").waitFor();
  await rest(page);
  assert.deepEqual((await figures(page)).map((row) => row.slice(0, 2)), [["A DPO", "0"], ["B IPO", "0"], ["C D²O", "0"]]);
  // At once: the curves start at step 0 all the same.
  await run.click();
  await reached(page, 12);
  await rest(page);
  assert.equal(new Set((await figures(page)).map((row) => row[1])).size, 1);
  const [names, first] = await charted(page, "Change of log π, rejected");
  assert.deepEqual(names, ["Step", "A DPO", "B IPO", "C D²O"]);
  assert.deepEqual(first, ["0", "0.00", "0.00", "0.00"]);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the same method with the same numbers gives the same figures; with another number, others", async () => {
  const { page, context, wrong } = await compare();
  const { run } = parts(page);
  await page.getByRole("combobox", { name: "Policy" }).selectOption("First names");
  await page.getByText(/“Ends in a vowel”/).waitFor();
  await page.getByRole("combobox", { name: "Method of run B" }).selectOption({ label: "DPO" });
  await page.getByText("Ready at step 0.").waitFor();
  await rest(page);
  await run.click();
  await reached(page, 40);
  await rest(page);
  const [first, second] = await figures(page);
  assert.deepEqual([first[0], second[0]], ["A DPO", "B DPO"]);
  assert.deepEqual(second.slice(1), first.slice(1));
  await page.waitForFunction(() => document.querySelectorAll("#samples tr").length === 5);
  const drawn = await samples(page);
  assert.ok([...drawn.values()].flat().every((text) => text.startsWith("Mar")));
  assert.deepEqual(drawn.get("B DPO"), drawn.get("A DPO"));

  const beta = card(page, "B").getByRole("spinbutton", { name: "beta" });
  await beta.fill("0.5");
  await beta.press("Tab");
  await page.getByText("Ready at step 0.").waitFor();
  await card(page, "B").getByText("More of run B").click();
  const rate = card(page, "B").getByRole("spinbutton", { name: "Learning rate" });
  assert.equal(await rate.inputValue(), "", "it has the shared one");
  await rest(page);
  await run.click();
  await reached(page, 20);
  await rest(page);
  const [one, other] = await figures(page);
  assert.notDeepEqual(other.slice(2), one.slice(2));
  // Everything outlives a reload.
  await page.reload();
  await ready(page);
  assert.equal(await beta.inputValue(), "0.5");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a run branches off at a recorded step, catches up, and does so again after a reset", async () => {
  const { page, context, wrong } = await compare();
  const { run, reset } = parts(page);
  await page.getByRole("combobox", { name: "Policy" }).selectOption("First names");
  await page.getByText(/“Ends in a vowel”/).waitFor();
  await rest(page);
  await run.click();
  await reached(page, 40);
  await rest(page);
  const went = Number((await figures(page))[0][1]);
  await page.getByText("Branch off: go on").click();
  const form = page.getByRole("form", { name: "Branch off" });
  const steps = await form.getByRole("combobox", { name: "at step" }).locator("option").allTextContents();
  assert.deepEqual(steps.slice(0, 2), ["0", "25"]);
  assert.equal(steps.at(-1), `${went}`, "a run that rests records itself");
  await form.getByRole("combobox", { name: "at step" }).selectOption("25");
  await form.getByRole("combobox", { name: "go on by" }).selectOption({ label: "KTO" });
  await form.getByRole("button", { name: "Branch" }).click();
  await card(page, "C").getByText("branches off run A at step 25").waitFor();
  await card(page, "C").getByText(`catches up: step 25 of ${went}`).waitFor();
  await run.click();
  await reached(page, went + 10);
  await rest(page);
  const rows = await figures(page);
  assert.deepEqual(rows.map(([name]) => name), ["A DPO", "B IPO", "C KTO"]);
  assert.equal(new Set(rows.map((row) => row[1])).size, 1, "it has caught up");
  const curve = await charted(page, "Margin");
  const started = curve.slice(1).filter(([, , , branch]) => branch !== "–").map(([at]) => Number(at));
  assert.ok(started[0] >= 25 && started.length < curve.length - 1, `it starts at ${started[0]}`);
  assert.ok(curve.slice(1).every(([, a, b]) => a !== "–" && b !== "–"));

  await reset.click();
  await card(page, "C").getByText("waits for run A to reach step 25").waitFor();
  await rest(page);
  await run.click();
  await card(page, "C").getByText(/^step (2[6-9]|[3-9]\d)$/).waitFor();
  await rest(page);
  assert.equal(new Set((await figures(page)).map((row) => row[1])).size, 1);
  await page.getByRole("button", { name: "Remove run A" }).click();
  assert.deepEqual((await figures(page)).map(([name]) => name), ["B IPO"], "what branched off goes with it");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("pairs edited on the page Train are compared, and a judge is asked where a method needs one", async () => {
  const { page, context, wrong } = await open(site);
  await ready(page);
  await parts(page).rows.first().getByRole("button", { name: /^Delete/ }).click();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Compare" }).click();
  await ready(page);
  await page.getByText("47 pairs of “Kinder” as edited on the page “Train”").waitFor();
  assert.equal(await page.getByRole("link", { name: "Compare" }).getAttribute("aria-current"), "page");
  assert.ok(await page.getByRole("textbox", { name: "Judge" }).isHidden());
  await page.getByRole("combobox", { name: "Method of run B" }).selectOption({ label: "IPO-MD" });
  const judge = page.getByRole("textbox", { name: "Judge" });
  assert.equal(await judge.inputValue(), "manner: tone=polite");
  await page.getByText("Ready at step 0.").waitFor();
  await rest(page);
  assert.equal((await figures(page))[1].at(-1), "50 %");
  await judge.fill("shortest");
  await judge.press("Tab");
  await page.getByRole("alert").filter({ hasText: "This is no judge" }).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("losses that a person writes run beside methods of the program, each with its own text and numbers", async () => {
  const { page, context, wrong } = await compare();
  await page.getByRole("combobox", { name: "Policy" }).selectOption("First names");
  await page.getByText(/“Ends in a vowel”/).waitFor();
  const [, b] = ["A", "B"].map((name) => card(page, name));
  const loss = (/** @type {string} */ run) => page.getByRole("textbox", { name: `Loss of run ${run}` });
  assert.ok(await loss("B").isHidden(), "IPO's loss is no text");
  await page.getByRole("combobox", { name: "Method of run B" }).selectOption({ label: "A loss of your own" });
  await b.getByRole("spinbutton", { name: "beta" }).waitFor();
  assert.equal(await loss("B").inputValue(), "-logsigmoid(beta * ((lw - rw) - (ll - rl)))");
  // What DPO's loss is as a text gives DPO's figures.
  const { run } = parts(page);
  await page.getByText("Ready at step 0.").waitFor();
  await rest(page);
  await run.click();
  await reached(page, 20);
  await rest(page);
  const [dpo, own] = await figures(page);
  assert.deepEqual([dpo[0], own[0]], ["A DPO", "B Your own loss"]);
  assert.deepEqual(own.slice(1, 5), dpo.slice(1, 5));

  // A mistake is told, and the run goes on.
  await loss("B").fill("-logsigm(lw)");
  await loss("B").press("Enter");
  await page.getByRole("alert").filter({ hasText: /cannot be read, .*column 2.*Run B goes on/ }).waitFor();
  assert.equal((await figures(page))[1][1], own[1]);
  await loss("B").fill("relu(1 - gain * ((lw - rw) - (ll - rl)))");
  await loss("B").press("Enter");
  const gain = b.getByRole("spinbutton", { name: "gain" });
  await gain.waitFor();
  assert.equal(await page.getByRole("alert").filter({ hasText: "column" }).count(), 0);
  await gain.fill("0.3");
  await gain.press("Tab");
  // Another run by another text, and a weighted sum.
  await page.getByRole("button", { name: "Add run" }).click();
  await page.getByRole("combobox", { name: "Method of run C" }).selectOption({ label: "A weighted sum of losses" });
  await loss("C").fill("ipo + 0.2 * sft");
  await loss("C").press("Enter");
  await card(page, "C").getByRole("spinbutton", { name: "Weight of SFT" }).waitFor();
  await page.getByText("Ready at step 0.").waitFor();
  await rest(page);
  assert.deepEqual(await violations(page), []);
  await run.click();
  await reached(page, 30);
  await rest(page);
  assert.deepEqual((await figures(page)).map(([name]) => name), ["A DPO", "B Your own loss", "C A weighted sum"]);
  assert.equal(new Set((await figures(page)).map((row) => row[1])).size, 1);

  // A branch may go on by a loss of one's own as well.
  await page.getByText("Branch off: go on").click();
  const form = page.getByRole("form", { name: "Branch off" });
  await form.getByRole("combobox", { name: "go on by" }).selectOption({ label: "A loss of your own" });
  const branched = form.getByRole("textbox", { name: "Loss of the branch" });
  assert.equal(await branched.inputValue(), "relu(1 - gain * ((lw - rw) - (ll - rl)))", "what was written last");
  await branched.fill("-lw");
  await form.getByRole("button", { name: "Branch" }).click();
  await card(page, "D").getByText("branches off run A").waitFor();
  assert.equal(await loss("D").inputValue(), "-lw");

  // Everything outlives a reload.
  await page.reload();
  await ready(page);
  await page.getByText("Ready at step 0.").waitFor();
  assert.deepEqual([await loss("B").inputValue(), await gain.inputValue()], ["relu(1 - gain * ((lw - rw) - (ll - rl)))", "0.3"]);
  assert.equal(await loss("C").inputValue(), "ipo + 0.2 * sft");
  assert.deepEqual(wrong, []);
  await context.close();
});

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const width of [1280, 360]) {
    test(`Compare: axe-core finds nothing, ${colorScheme}, ${width} pixels wide`, async () => {
      const { page, context, wrong } = await compare({ colorScheme, viewport: { width, height: 800 } });
      await page.getByRole("combobox", { name: "Policy" }).selectOption("First names");
      await page.getByText(/“Ends in a vowel”/).waitFor();
      await rest(page);
      assert.deepEqual(await violations(page), []);
      await page.getByText("Branch off: go on").click();
      await page.getByText("More of run A").click();
      await page.getByText("Margin as a table").click();
      const beta = card(page, "A").getByRole("spinbutton", { name: "beta" });
      await beta.fill("-1");
      await beta.press("Tab");
      await page.getByRole("alert").filter({ hasText: "must lie between" }).waitFor();
      await parts(page).run.click();
      await reached(page, 20);
      assert.deepEqual(await violations(page), []);
      await rest(page);
      assert.deepEqual(await violations(page), []);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(overflow <= 0, `${overflow} pixels too wide`);
      assert.deepEqual(wrong, []);
      await context.close();
    });
  }
}
