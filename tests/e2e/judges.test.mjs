// Judges beside the rule: one that learns from the pairs while it is learnt from, and the person at the screen.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { charted, choose, engine, open, parts, reached, ready, set, start, violations } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

/** A page on the assistant, by IPO-MD, with this judge. @param {string} judge @param {() => void} [before] what runs before the page does */
async function judgedBy(judge, before) {
  const opened = await open(site, {}, { before });
  const { page } = opened;
  await ready(page);
  await engine(page, "CPU");
  assert.ok(await page.getByRole("combobox", { name: "Judge" }).isHidden(), "DPO asks no judge");
  await choose(page, "IPO-MD");
  await page.getByRole("combobox", { name: "Judge" }).selectOption(judge);
  return opened;
}

/** @param {number[]} values */
const measured = (values) => values.filter((value) => !Number.isNaN(value));

test("a judge learns from the pairs, the policy from the judge, and gold is measured beside it", async () => {
  const { page, context, wrong } = await judgedBy("Learned reward");
  const { run, pause, status } = parts(page);
  const judge = page.getByRole("status", { name: "Judge" });
  await page.getByText(/It has learnt nothing yet/).waitFor();
  assert.equal(await page.getByRole("combobox", { name: "Gold rule" }).inputValue(), "manner: tone=polite");
  // It learns while the run rests as well.
  await page.getByRole("button", { name: "Train the judge for 20 updates" }).click();
  await judge.getByText(/20 updates made\. It is right about \d+ % of the held-out pairs\./).waitFor();
  assert.match((await status.textContent()) ?? "", /step 0/);
  await set(page, "Learning rate", "0.0003");
  await run.click();
  // As many as the judge has left to make.
  for (const step of [10, 20, 30, 41]) await reached(page, step);
  await pause.click();
  await judge.getByText(/60 updates made\..* It rests until the pairs change\./).waitFor();

  const curve = await charted(page, "The judge");
  const heldOut = measured(curve.map(([, , , accuracy]) => accuracy));
  assert.ok((heldOut.at(-1) ?? 0) >= 0.8, `held-out accuracy ${heldOut}`);
  assert.equal(curve.at(-1)?.[0], 60, "it made no update more");
  const rewards = await charted(page, "Proxy and gold");
  for (const column of [1, 2]) assert.ok(measured(rewards.map((row) => row[column])).length > 5, `${rewards}`);
  assert.deepEqual(await violations(page), []);

  // Other pairs are learnt as well.
  const { box } = parts(page);
  await box(0, "Chosen").fill("Of course! Please sit down.");
  await judge.getByText(/It makes one before each update/).waitFor();
  // The choice outlives a reload.
  await page.reload();
  await ready(page);
  assert.equal(await page.getByRole("combobox", { name: "Judge" }).inputValue(), "learned reward");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the person judges with buttons and keys, and training learns from that", async () => {
  const { page, context, wrong } = await judgedBy("You");
  const { run, pause, status, box } = parts(page);
  const answers = page.locator("#question .answer");
  const person = page.getByRole("region", { name: "Which answer is better?" });
  await answers.nth(1).waitFor();
  assert.ok(await page.getByRole("combobox", { name: "Rule" }).isHidden());
  assert.equal(await person.getByRole("button", { name: "Export judged pairs" }).isDisabled(), true);

  // Nothing is learnt before the first word, and the page says why.
  await run.click();
  await status.getByText(/Waiting at step 0/).waitFor();
  assert.equal(await status.getAttribute("aria-live"), "polite");
  const pair = async () => ({
    prompt: ((await page.locator("#question p").textContent()) ?? "").replace(/^To “|”$/g, ""),
    answers: await answers.locator("div").allTextContents(),
  });
  /** @param {() => Promise<void>} say @param {number} count */
  const judged = async (say, count) => {
    const shown = await pair();
    await say();
    await person.getByText(new RegExp(`^${count} judged`)).waitFor();
    return shown;
  };
  const first = await judged(() => page.keyboard.press("1"), 1);
  await reached(page, 5);
  const second = await judged(() => page.keyboard.press("2"), 2);
  await judged(() => page.keyboard.press("="), 3);
  const third = await judged(() => person.getByRole("button", { name: "1 The first" }).click(), 4);
  await page.getByRole("table", { name: "Its own answers", exact: true }).getByText(/^[✓✗=] \d+ %$/).first().waitFor();
  assert.deepEqual(await violations(page), []);

  // What is typed into a field judges nothing, nor do the keys when they are off.
  await box(0, "Prompt").focus();
  await page.keyboard.press("End");
  await page.keyboard.type("12=");
  assert.match(await box(0, "Prompt").inputValue(), /12=$/);
  const keys = person.getByRole("checkbox", { name: "Keys 1, 2 and = answer" });
  await keys.uncheck();
  await page.keyboard.press("1");
  await page.waitForTimeout(700);
  await person.getByText(/^4 judged/).waitFor();
  await reached(page, 30);
  await pause.click();
  await page.getByText(/Paused at step/).waitFor();
  assert.deepEqual(await violations(page), []);

  const download = page.waitForEvent("download");
  await person.getByRole("button", { name: "Export judged pairs" }).click();
  const lines = (await readFile(await (await download).path(), "utf8")).trim().split("\n");
  const [one, two] = [0, 1].map((index) => (/** @type {typeof first} */ { answers }) => answers[index]);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ prompt, chosen, rejected }) => [prompt, chosen, rejected].map((text) => text.trim())),
    [
      [first.prompt, one(first), two(first)],
      [second.prompt, two(second), one(second)],
      [third.prompt, one(third), two(third)],
    ].map((texts) => texts.map((text) => text.trim())),
    "ties are left out",
  );

  // What was said outlives a change of method and a reload, and is learnt from at once.
  await choose(page, "Online DPO");
  await person.getByText(/^4 judged/).waitFor();
  await page.reload();
  await ready(page);
  await person.getByText(/^4 judged/).waitFor();
  await run.click();
  await reached(page, 5);
  await page.getByText(/What update \d+ learnt of your judgements/).waitFor();
  // Forgotten, it no longer is, until it is brought back.
  await person.getByRole("button", { name: "Forget judgements" }).click();
  await status.getByText(/Waiting at step \d+/).waitFor();
  await person.getByText(/^Nothing judged yet/).waitFor();
  assert.equal(await person.getByRole("button", { name: "Export judged pairs" }).isDisabled(), true);
  await person.getByRole("button", { name: "Bring judgements back" }).click();
  await person.getByText(/^4 judged/).waitFor();
  await status.getByText(/Running/).waitFor();
  await pause.click();
  await person.getByRole("button", { name: "Forget judgements" }).click();
  await page.reload();
  await ready(page);
  await person.getByText(/^Nothing judged yet/).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a full storage is told when something is judged", async () => {
  const { page, context } = await judgedBy("You", () => {
    const set = Storage.prototype.setItem;
    Storage.prototype.setItem = function (/** @type {string} */ key, /** @type {string} */ value) {
      if (key.includes("judgements")) throw new DOMException("no room", "QuotaExceededError");
      set.call(this, key, value);
    };
  });
  await page.locator("#question .answer").nth(1).waitFor();
  await page.keyboard.press("1");
  await page.getByRole("alert").filter({ hasText: /storage is full.*will not survive a reload/ }).waitFor();
  await page.getByText(/^1 judged/).waitFor();
  await context.close();
});

test("a policy that was trained judges by its density ratio over the reference", async () => {
  const { page, context, wrong } = await judgedBy("Density ratio");
  const { run, pause, status } = parts(page);
  const strong = page.getByRole("status", { name: "Stronger policy" });
  await strong.getByText("There is none yet").waitFor();
  assert.ok(await page.getByRole("combobox", { name: "Rule" }).isHidden());
  const keep = page.getByRole("button", { name: "Keep as the stronger policy" });
  assert.ok(await keep.isDisabled(), "at step 0 it is the reference");
  await run.click();
  await status.getByText(/Waiting at step 0: .* a stronger policy/).waitFor();
  assert.deepEqual(await violations(page), []);

  await choose(page, "DPO");
  await set(page, "Learning rate", "0.001");
  await run.click();
  await reached(page, 40);
  await pause.click();
  await page.getByText(/Paused at step/).waitFor();
  await keep.click();
  await page.getByText("Kept as the stronger policy").waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export policy" }).click();
  const exported = await readFile(await (await download).path());
  await choose(page, "REINFORCE (RLOO)");
  await strong.getByText(/“DPO, step \d+”/).waitFor();
  await set(page, "Batch", "4");
  await run.click();
  await reached(page, 10, 60);
  await pause.click();
  const answers = page.getByRole("table", { name: "Its own answers", exact: true });
  const rewards = async () => {
    const texts = await answers.locator("tbody tr td:nth-of-type(2)").allTextContents();
    return texts.map((text) => Number(text.replace("−", "-")));
  };
  await page.waitForFunction(() => document.querySelectorAll("#rollout-rows tr").length > 4);
  assert.ok((await rewards()).some((reward) => Math.abs(reward) > 1), `${await rewards()}`);

  // After a reload an exported policy takes its place; another file is refused.
  await page.reload();
  await ready(page);
  await strong.getByText("There is none yet").waitFor();
  const file = page.locator("#open-strong");
  await file.setInputFiles({ name: "notes.safetensors", mimeType: "", buffer: Buffer.from("notes") });
  await page.getByRole("alert").filter({ hasText: "“notes.safetensors” cannot judge this policy" }).waitFor();
  await file.setInputFiles({ name: "kinder.safetensors", mimeType: "", buffer: exported });
  await strong.getByText("“kinder.safetensors”").waitFor();
  assert.equal(await page.getByRole("alert").filter({ hasText: "cannot judge" }).count(), 0);
  await run.click();
  await reached(page, 3, 60);
  assert.deepEqual(wrong, []);
  await context.close();
});
