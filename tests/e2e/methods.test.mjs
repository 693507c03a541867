// Methods beside DPO: what they need, what they show, and that the figures that matter move.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { charted, choose, engine, open, parts, reached, ready, set, start } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

test("IPO-MD learns from answers of its own that a judge compares", async () => {
  const { page, context, wrong } = await open(site);
  await ready(page);
  await engine(page, "CPU");
  await choose(page, "IPO-MD");
  const judge = page.getByRole("combobox", { name: "Rule" });
  assert.equal(await judge.inputValue(), "manner: tone=polite", "the scenario brings its judge");
  await judge.fill("shortest");
  await judge.press("Tab");
  await page.getByRole("alert").filter({ hasText: "The judge stays as it was: there is no rule" }).waitFor();
  await judge.fill("shorter");
  await judge.press("Tab");
  await set(page, "Learning rate", "0.0005");
  await set(page, "Batch", "4");
  const { run, pause } = parts(page);
  await run.click();
  await reached(page, 10);
  const answers = page.getByRole("table", { name: "Its own answers", exact: true });
  await answers.getByText(/^[✓✗=] \d+ %$/).first().waitFor();
  await page.getByText(/Drawn before update \d+/).waitFor();
  await reached(page, 60, 120);
  await pause.click();
  await page.getByText(/Paused at step/).waitFor();

  // The shorter of two answers is preferred, on the page as well.
  const rows = await answers.locator("tbody tr").all();
  const shown = await Promise.all(rows.map((row) => row.locator("td").allTextContents()));
  assert.equal(shown.length, 8, "two answers to each of four prompts");
  for (let first = 0; first < shown.length; first += 2) {
    const [[one, said], [other]] = [shown[first], shown[first + 1]];
    const sign = one.length < other.length ? "✓" : one.length > other.length ? "✗" : "=";
    assert.ok(said.startsWith(sign), `${one} | ${other}: ${said}`);
  }
  const rates = (await charted(page, "Its own answers")).map(([, rate]) => rate).filter((rate) => !Number.isNaN(rate));
  assert.equal(rates[0], 0.5, "at first the policy is its reference");
  assert.ok(rates.slice(-3).every((rate) => rate > 0.55), `win rates ${rates}`);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a replay buffer is shown as it fills, up to what was set", async () => {
  const { page, context, wrong } = await open(site);
  await ready(page);
  await engine(page, "CPU");
  await choose(page, "IPO-MD");
  await page.locator("#more > summary").click();
  await set(page, "Batch", "4");
  await set(page, "Replay buffer", "10");
  await page.getByRole("tab", { name: /own answers/i }).click();
  const { step } = parts(page);
  const level = page.getByRole("meter", { name: "Replay buffer" });
  for (const [update, groups] of [4, 8, 10, 10].entries()) {
    await step.click();
    await reached(page, update + 1);
    await page.getByText(`Replay buffer: ${groups} of at most 10 judged prompts`).waitFor();
    assert.equal(await level.evaluate((meter) => /** @type {HTMLMeterElement} */ (meter).value), groups);
  }
  assert.deepEqual(wrong, []);
  await context.close();
});

test("D²O reads rejected answers alone, sets the policy's own against them and keeps ordinary text", async () => {
  const { page, context, wrong } = await open(site);
  await ready(page);
  await engine(page, "CPU");
  await choose(page, "D²O");
  assert.ok(await page.getByRole("columnheader", { name: "Chosen" }).isHidden());
  assert.ok(await page.getByRole("textbox", { name: "Rejected" }).first().isVisible());
  assert.ok(await page.getByRole("combobox", { name: "Rule" }).isHidden());
  const { run, pause } = parts(page);
  const logProb = async () => {
    const text = (await page.locator("#rows .side-rejected .numbers").first().textContent()) ?? "";
    return Number(/log π (−?[\d.]+)/.exec(text)?.[1].replace("−", "-"));
  };
  await page.waitForFunction(() => /log π/.test(document.querySelector("#rows .side-rejected .numbers")?.textContent ?? ""));
  const before = await logProb();
  await set(page, "Batch", "4");
  await run.click();
  // Every pair has been learnt from by then.
  await reached(page, 24, 120);
  await pause.click();
  await page.getByText(/Paused at step/).waitFor();
  const answers = page.getByRole("table", { name: "Its own answers", exact: true });
  await page.waitForFunction(() => document.querySelectorAll("#rollout-rows tr").length === 11);
  assert.ok(await answers.getByRole("columnheader", { name: "Verdict" }).isHidden());
  await page.waitForFunction((start) => {
    const text = document.querySelector("#rows .side-rejected .numbers")?.textContent ?? "";
    return Number(/log π (−?[\d.]+)/.exec(text)?.[1].replace("−", "-")) < start - 0.3;
  }, before);
  // Guides stand before the prompts while answers are drawn, in turn: all are drawn anew.
  const shown = () => page.locator("#rollout-rows td:first-of-type").allTextContents();
  const drawn = await shown();
  await page.getByRole("textbox", { name: "Guides" }).fill("Hello there. | Good morning!");
  await page.getByRole("textbox", { name: "Guides" }).press("Tab");
  await run.click();
  await reached(page, 40, 120);
  await pause.click();
  await page.waitForFunction((before) => {
    const now = [...document.querySelectorAll("#rollout-rows td:first-of-type")].map((cell) => cell.textContent);
    return now.length === before.length && now.some((answer, index) => answer !== before[index]);
  }, drawn);
  const perplexities = (await charted(page, "Ordinary text")).map(([, value]) => value).filter((value) => !Number.isNaN(value));
  assert.ok(perplexities.length > 1 && (perplexities.at(-1) ?? NaN) < 1.1 * perplexities[0], `${perplexities}`);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a loss of one's own gets its numbers, trains, and its mistakes are shown by column", async () => {
  const { page, context, wrong } = await open(site);
  await ready(page);
  await choose(page, "A loss of your own");
  const loss = page.getByRole("textbox", { name: "Loss" });
  assert.equal(await loss.inputValue(), "-logsigmoid(beta * ((lw - rw) - (ll - rl)))");
  await loss.fill("-logsigm(beta * (lw - ll))");
  await loss.press("Enter");
  await page.getByRole("alert").filter({ hasText: "column 2" }).waitFor();
  await loss.fill("relu(1 - gain * ((lw - rw) - (ll - rl)))");
  await loss.press("Enter");
  await page.getByRole("spinbutton", { name: "gain" }).waitFor();
  await ready(page);
  assert.equal(await page.getByRole("alert").filter({ hasText: "column" }).count(), 0, "the message goes with its mistake");
  // Slider and field show one number; from 0 the slider goes by factors.
  const [slider, field] = [page.getByRole("slider", { name: "gain" }), page.getByRole("spinbutton", { name: "gain" })];
  await slider.focus();
  const slid = async () => [await field.inputValue(), await slider.getAttribute("aria-valuetext")];
  for (const [key, value] of [["ArrowLeft", "0.5"], ["ArrowUp", "1"], ["End", "100"], ["Home", "0"], ["ArrowRight", "0.01"]]) {
    await page.keyboard.press(key);
    assert.deepEqual(await slid(), [value, value], key);
  }
  await slider.fill("500");
  assert.deepEqual(await slid(), ["1", "1"], "half-way between 0.01 and 100");
  await set(page, "gain", "0.1");
  assert.deepEqual([await slid(), await slider.inputValue()], [["0.1", "0.1"], "250"]);
  await page.getByText("The curve as a table").click();
  const curve = page.getByRole("table", { name: "The loss over the margin" });
  // 1 − 0.1·h until h = 10, then nothing more.
  await page.waitForFunction(() => /^0\s*1\s*−0.1$/m.test([...document.querySelectorAll("#margin-plot details:first-of-type tbody tr")].map((row) => [...row.children].map((cell) => cell.textContent).join(" ")).join("\n")));
  assert.match((await curve.locator("tbody tr").last().textContent()) ?? "", /^5000$/);
  const { run, pause } = parts(page);
  await run.click();
  await reached(page, 30);
  await pause.click();
  await page.waitForFunction(() => /mean margin .*= [\d.]+$/.test(document.querySelector("#formula-values")?.textContent ?? ""));
  // A method of this program is opened as text, with its numbers.
  await choose(page, "SimPO");
  await set(page, "gamma", "0.5");
  await page.getByRole("button", { name: "Write it as text" }).click();
  await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.querySelector("input.loss")).value.includes("gamma"));
  await ready(page);
  assert.equal(await page.getByRole("spinbutton", { name: "gamma" }).inputValue(), "0.5");
  const starts = (/** @type {string} */ text) =>
    page.waitForFunction((text) => /** @type {HTMLInputElement} */ (document.querySelector("input.loss")).value.startsWith(text), text);
  await choose(page, "A weighted sum of losses");
  await starts("dpo + 0.1");
  await loss.fill("dpo + ipo_md");
  await loss.press("Enter");
  await page.getByRole("alert").filter({ hasText: "needs a judge" }).waitFor();
  await loss.fill("ipo + 0.2 * sft");
  await loss.press("Enter");
  // What is pressed while a loss is read is for the run that comes of it.
  await parts(page).step.click();
  await reached(page, 1);
  await choose(page, "A loss of your own");
  await starts("-logsigmoid");
  await loss.fill("relu(1 - gain * ((lw - rw) - (ll - rl)))");
  await loss.press("Enter");
  await page.getByRole("spinbutton", { name: "gain" }).waitFor();
  await set(page, "gain", "0.1");
  // It outlives a reload.
  await page.reload();
  await ready(page);
  assert.equal(await page.getByRole("textbox", { name: "Loss" }).inputValue(), "relu(1 - gain * ((lw - rw) - (ll - rl)))");
  assert.equal(await page.getByRole("spinbutton", { name: "gain" }).inputValue(), "0.1");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("methods stand by what they learn from, each with a formula that the browser can set", async () => {
  const { page, context, wrong } = await open(site);
  await ready(page);
  const method = page.getByRole("combobox", { name: "Method" });
  const groups = await method.locator("optgroup").evaluateAll((all) => all.map((group) => group.getAttribute("label")));
  assert.equal(groups.length, 7);
  const names = await method.locator("option").evaluateAll((all) => all.map((option) => /** @type {HTMLOptionElement} */ (option).value));
  assert.ok(names.length > 40 && new Set(names).size === names.length);
  for (const name of ["ipo", "aot", "kto", "orpo", "npo", "sppo", "ppo"]) {
    await method.selectOption(name);
    await ready(page);
    await parts(page).step.click();
    await reached(page, 1);
    const heights = await page.locator("#formula math").first().evaluate((math) => [math.namespaceURI, math.getBoundingClientRect().height]);
    assert.equal(heights[0], "http://www.w3.org/1998/Math/MathML");
    assert.ok(Number(heights[1]) > 10);
    assert.equal(await page.locator("#formula merror").count(), 0);
  }
  assert.deepEqual(wrong, []);
  await context.close();
});
