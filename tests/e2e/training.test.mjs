// What a person does with the page: read, run, edit, pause, step, reset.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { closer, more, names, number, open, parts, reached, ready, start } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

test("the page opens at its reference and says so", async () => {
  const { page, context, wrong } = await open(site);
  await ready(page);
  await page.getByText("✓ Self-test: loss 0.6931 = ln 2, margins 0.0000").waitFor();
  const { status, rows, margin, run, pause } = parts(page);
  assert.match((await status.textContent()) ?? "", /step 0/);
  assert.equal(await rows.count(), 48);
  assert.equal(await number(margin(0)), 0);
  assert.ok((await run.isEnabled()) && (await pause.isDisabled()));
  for (const name of ["Policy", "Scenario", "Method"]) await page.getByRole("combobox", { name }).waitFor();
  await more(page);
  for (const name of ["beta", "Learning rate", "Batch", "Seed"]) await page.getByRole("spinbutton", { name }).waitFor();
  for (const name of ["Log-likelihoods", "Margin", "Rewards", "Loss and accuracy", "KL and entropy", "Gradient norm"]) {
    await page.getByRole("figure", { name, exact: true }).waitFor();
  }
  assert.equal(await page.locator("#formula math").count(), 1);
  assert.match((await page.locator("#formula-values").textContent()) ?? "", /^mean loss 0\.693, beta = 0\.1,/);
  const samples = await page.getByRole("table", { name: "Samples" }).locator("tbody tr").all();
  assert.equal(samples.length, 8);
  for (const line of samples) {
    const [policy, reference] = await line.locator("td").allTextContents();
    assert.equal(policy, reference, "policy and reference share their luck");
    assert.ok(policy.startsWith("How do I boil an egg? "));
  }
  assert.deepEqual(wrong, []);
  await context.close();
});

/** How many of the samples begin as only a rude answer does. @param {string[]} samples */
const rude = (samples) => samples.filter((text) => /Ugh, you|silly question|my time|a child knows|Go away|Leave me|Who cares/.test(text)).length;

test("pairs on some topics make the assistant kinder about others", async () => {
  const { page, context, wrong } = await open(site);
  await ready(page);
  const { run, pause } = parts(page);
  const column = (/** @type {number} */ index) => page.locator(`#samples td:nth-child(${index})`).allTextContents();
  await run.click();
  await reached(page, 60);
  await pause.click();
  await page.getByText(/Paused at step .*loss/).waitFor();
  // Eight samples are few: as many more of other draws.
  /** @type {string[]} */
  const policy = [];
  /** @type {string[]} */
  const reference = [];
  for (const draw of ["2", "3", "4", "5"]) {
    const before = await column(2);
    await page.getByRole("spinbutton", { name: "Draw" }).fill(draw);
    await page.getByRole("spinbutton", { name: "Draw" }).press("Tab");
    await page.waitForFunction(
      (known) => [...document.querySelectorAll("#samples td:nth-child(2)")].map((cell) => cell.textContent).join() !== known,
      before.join(),
    );
    policy.push(...(await column(1)));
    reference.push(...(await column(2)));
  }
  assert.equal(policy.length, 32);
  assert.ok(rude(reference) >= 6, `only ${rude(reference)} of the reference's samples are rude`);
  assert.ok(rude(policy) <= rude(reference) / 3, `${rude(policy)} samples are rude, ${rude(reference)} of the reference's`);
  // The held-out pairs are about topics of their own.
  const figure = page.getByRole("figure", { name: "Margin", exact: true });
  await figure.getByText("as a table").click();
  await figure.getByRole("table").locator("tbody tr").first().waitFor();
  const held = await figure.getByRole("table").locator("tbody tr td:nth-child(3)").allTextContents();
  const last = Number(held.filter((cell) => /\d/.test(cell)).at(-1));
  assert.ok(last > 0.3, `the held-out margin is ${last} of ${held}`);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("every text has tokens for the assistant, and prose opens as well", async () => {
  const { page, context, wrong } = await open(site);
  await ready(page);
  const { box, rows, run, status } = parts(page);
  await box(0, "Prompt").fill("Как сварить яйцо? 🥚");
  await box(0, "Chosen").fill("С удовольствием!\n🐇👩‍👩‍👧‍👦");
  await run.click();
  await reached(page, 5);
  assert.equal(await rows.nth(0).locator(".problem:visible").count(), 0);
  await page.getByRole("combobox", { name: "Policy" }).selectOption("Prose");
  await page.getByText("the chosen verb agrees with its subject").waitFor();
  await ready(page);
  await run.click();
  await reached(page, 10);
  const samples = await page.locator("#samples td:nth-child(1)").allTextContents();
  assert.ok(samples.length === 8 && samples.every((text) => text.startsWith("The whale")));
  assert.match((await status.textContent()) ?? "", /step \d/i);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("editing a pair and pressing Run moves that pair's margin", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const { run, pause, step, reset, box, margin, status } = parts(page);
  await box(0, "Chosen").fill("nabas");
  await box(0, "Rejected").fill("ry");
  await page.waitForTimeout(500);
  assert.equal(await number(margin(0)), 0);

  await run.click();
  await reached(page, 60);
  await pause.click();
  await page.getByText(/Paused at step .*loss/).waitFor();
  const paused = (await status.textContent()) ?? "";
  assert.match(paused, /^Paused at step \d+: loss 0\.\d+, margin \d.*, accuracy \d+ %/);
  assert.ok(Number(/loss ([\d.]+)/.exec(paused)?.[1]) < 0.6);
  const learnt = await number(margin(0));
  assert.ok(learnt > 0.3, `the margin rose to ${learnt}`);

  const at = await reached(page, 1);
  await page.waitForTimeout(300);
  assert.equal(await reached(page, 1), at, "nothing trains while paused");
  await step.click();
  assert.equal(await reached(page, at + 1), at + 1);

  await reset.click();
  await page.getByText(/Ready at step 0: loss 0\.69/).waitFor();
  await page.waitForFunction(() => /^[-−+]?0\.00$/.test(document.querySelector("#rows .margin")?.textContent ?? ""));
  assert.equal(await box(0, "Chosen").inputValue(), "nabas", "what was typed stays");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a pair edited while training shows its own numbers at once and counts from then on", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const { run, box, rows, swap } = parts(page);
  await run.click();
  await reached(page, 80);
  await page.waitForFunction(
    () => Number((document.querySelectorAll("#rows .margin")[2]?.textContent ?? "").replace("−", "-")) > 0.5,
  );
  await swap(2).click();
  await page.waitForFunction(
    () => (document.querySelectorAll("#rows .margin")[2]?.textContent ?? "").startsWith("−"),
    undefined,
    { timeout: 5000 },
  );
  const step = await reached(page, 1);
  assert.ok(step >= 80, "nothing starts over");
  await page.waitForFunction(
    () => (document.querySelectorAll("#rows .margin")[2]?.textContent ?? "").startsWith("+"),
  );
  // Typing in the middle of it all loses no letter.
  await box(3, "Chosen").fill("");
  await box(3, "Chosen").pressSequentially("ncesca", { delay: 30 });
  assert.equal(await box(3, "Chosen").inputValue(), "ncesca");
  await page.getByRole("button", { name: "Delete pair 5" }).click();
  assert.equal(await rows.count(), 31);
  await page.getByRole("button", { name: "Undo" }).click();
  assert.equal(await rows.count(), 32);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the page and the command line give the same curve", async () => {
  const { page, context } = await open(site);
  await names(page);
  const { run, pause } = parts(page);
  await run.click();
  await reached(page, 40);
  await pause.click();
  await page.getByText(/Paused at step/).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export metrics as CSV" }).click(),
  ]);
  const shown = table(await readFile(await download.path(), "utf8"));
  await context.close();

  const root = fileURLToPath(new URL("../..", import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), "playground-"));
  try {
    const scenario = join(root, "www/assets/scenarios/vowel-ending");
    const metrics = join(folder, "run.csv");
    await promisify(execFile)(join(root, "target/release/playground"), [
      "train", "--policy", join(root, "www/assets/policies/names"), "--method", "dpo", "--seed", "1",
      "--pairs", `${scenario}.train.jsonl`, "--held-out", `${scenario}.heldout.jsonl`,
      "--steps", String(shown.length - 1), "--metrics", metrics,
    ]);
    const native = table(await readFile(metrics, "utf8"));
    assert.ok(native.length > 40);
    assert.deepEqual(Object.keys(shown[0]), Object.keys(native[0]));
    native.forEach((row, step) => {
      for (const [name, expected] of Object.entries(row)) {
        const found = shown[step][name];
        if (expected === "") assert.equal(found, "", `${name} at ${step}`);
        else {
          const apart = Math.abs(Number(found) - Number(expected)) / Math.max(1, Math.abs(Number(expected)));
          assert.ok(found !== "" && apart < 1e-4, `${name} at ${step}: ${found}, natively ${expected}`);
        }
      }
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** @param {string} csv @returns {Record<string, string>[]} */
function table(csv) {
  const [head, ...lines] = csv.trimEnd().split("\n");
  const names = head.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, index) => [names[index], cell])));
}

test("the alarm sounds, in words, when chosen answers become less likely", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const alike = ["Marin", "Joann", "Paul", "Juli", "Lor", "Carol"];
  const lines = alike.map((name) => JSON.stringify({ prompt: "", chosen: `${name}a`, rejected: `${name}e` }));
  await page.locator("#import").setInputFiles({ name: "alike.jsonl", mimeType: "", buffer: Buffer.from(lines.join("\n")) });
  await page.getByText("6 pairs of alike.jsonl added.").waitFor();
  // Only these are left.
  for (let row = 0; row < 32; row++) await page.getByRole("button", { name: "Delete pair 1", exact: true }).click();
  await page.getByRole("spinbutton", { name: "Learning rate" }).fill("0.001");
  await page.getByRole("spinbutton", { name: "Learning rate" }).press("Tab");
  const alarm = page.getByRole("alert").filter({ hasText: "becoming less likely" });
  assert.equal(await alarm.count(), 0);
  const { run, reset } = parts(page);
  await run.click();
  await alarm.waitFor();
  assert.match((await alarm.textContent()) ?? "", /margin.* grows.*fallen by \d+\.\d+ nats/);
  await reset.click();
  await alarm.waitFor({ state: "hidden" });
  assert.deepEqual(wrong, []);
  await context.close();
});

test("numbers can be changed while training, unfit ones are refused", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const { run } = parts(page);
  await run.click();
  await reached(page, 20);
  const beta = page.getByRole("spinbutton", { name: "beta" });
  await beta.press("ArrowUp");
  assert.equal(await beta.inputValue(), "0.2");
  await page.waitForFunction(() => /beta = 0\.2,/.test(document.querySelector("#formula-values")?.textContent ?? ""));
  await beta.fill("-3");
  await beta.press("Enter");
  await page.getByRole("alert").filter({ hasText: "beta must lie between 0.001 and 10: the old value stays." }).waitFor();
  assert.equal(await beta.inputValue(), "0.2");
  await page.getByRole("button", { name: "Dismiss this message" }).click();
  await reached(page, (await reached(page, 1)) + 10);

  // A seed counts from the next Reset on, and the same seed is the same run.
  await more(page);
  const seed = page.getByRole("spinbutton", { name: "Seed" });
  await seed.fill("5");
  await seed.press("Tab");
  await page.getByText("Seed 5 counts from the next Reset on.").waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the second scenario, the token strip and the samples work", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  await page.getByRole("combobox", { name: "Scenario" }).selectOption("Shorter names");
  await page.getByText("at least two letters shorter").waitFor();
  await ready(page);
  const { run, pause, box } = parts(page);
  await closer(page, "Token by token");
  await box(1, "Chosen").focus();
  await page.getByText(/^Pair 2: log π of each token/).waitFor();
  await run.click();
  await reached(page, 60);
  await pause.click();
  await page.getByText(/Paused at step .*loss/).waitFor();
  const rejected = page.locator(".token.rejected").last();
  assert.match((await rejected.textContent()) ?? "", /: end, log π/);
  const changes = await page.locator(".token.rejected span:last-child").allTextContents();
  assert.ok(changes.some((change) => change.startsWith("−")), `changes ${changes}`);

  await closer(page, "Samples");
  await page.getByRole("textbox", { name: "Sample prompt" }).fill("Al");
  await page.waitForFunction(() => document.querySelector("#samples td")?.textContent?.startsWith("Al"));
  const columns = await page.locator("#samples tr").evaluateAll((lines) =>
    lines.map((line) => [...line.children].map((cell) => cell.textContent)),
  );
  assert.ok(columns.some(([policy, reference]) => policy !== reference), "training has moved the policy");
  await page.getByRole("textbox", { name: "Sample prompt" }).fill("Zoë");
  await page.getByText(/cannot read “ë”/).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("charts have their numbers in tables", async () => {
  const { page, context } = await open(site);
  await names(page);
  const { run, pause } = parts(page);
  await run.click();
  await reached(page, 30);
  await pause.click();
  const figure = page.getByRole("figure", { name: "Loss and accuracy" });
  await figure.getByText("Loss and accuracy as a table").click();
  const rows = figure.getByRole("table").locator("tbody tr");
  await rows.first().waitFor();
  assert.match((await rows.first().textContent()) ?? "", /^00\.693/);
  assert.ok((await rows.count()) > 5);
  const last = Number(await rows.last().locator("td").first().textContent());
  assert.ok(last < 0.69, `the last loss is ${last}`);
  await context.close();
});

test("the trained policy can be exported", async () => {
  const { page, context } = await open(site);
  await names(page);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export policy" }).click(),
  ]);
  const bytes = await readFile(await download.path());
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString());
  assert.deepEqual(header["transformer.wte.weight"].shape, [55, 64]);
  await context.close();
});
