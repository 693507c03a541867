// What is taken along of a run, and policies that are brought: what goes out comes back.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { strFromU8, unzipSync, zipSync } from "../../www/vendor/fflate.js";
import { choose, names, open, parts, reached, ready, start, violations } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

/** The zip that a button gives, by path. @param {import("playwright-core").Page} page @param {string} button */
async function zip(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button }).click()]);
  const bytes = new Uint8Array(await readFile(await download.path()));
  return { name: download.suggestedFilename(), bytes, files: unzipSync(bytes) };
}

/** Opens the dialog for a policy of one's own. @param {import("playwright-core").Page} page */
async function bringing(page) {
  const more = page.locator("#more");
  if ((await more.getAttribute("open")) === null) await more.locator("> summary").click();
  await page.getByRole("button", { name: "Bring a policy" }).click();
  const dialog = page.getByRole("dialog", { name: "Bring a policy of your own" });
  await dialog.waitFor();
  const give = (/** @type {Record<string, Uint8Array | string>} */ files) =>
    dialog.locator("input[type=file][multiple]").setInputFiles(Object.entries(files).map(([name, bytes]) => ({ name, mimeType: "", buffer: Buffer.from(bytes) })));
  return { dialog, give };
}

/** A letter a token, for the vocabulary of the fixtures. */
const LETTERS = JSON.stringify({
  version: "1.0",
  added_tokens: [{ id: 0, content: "<end>", single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: { type: "Fuse" },
  model: { type: "BPE", unk_token: null, vocab: Object.fromEntries(["<end>", ..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM"].map((letter, id) => [letter, id])), merges: [] },
});

test("a run is taken along to TRL: pairs, policy, reference, script and what the page computed", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  await choose(page, "IPO");
  await parts(page).box(0, "Chosen").fill("lia");
  await parts(page).run.click();
  const step = await reached(page, 5).then(async () => {
    await parts(page).pause.click();
    await page.waitForFunction(() => /Paused at step/.test(document.querySelector("#status")?.textContent ?? ""));
    return Number((await page.locator("#step-number").textContent())?.replace(/\D/g, ""));
  });
  const { name, files } = await zip(page, "Continue in TRL");
  assert.equal(name, "first-names-continue-in-trl.zip");
  const policy = ["README.md", "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"];
  assert.deepEqual(Object.keys(files).sort(), ["README.md", "log-probabilities.jsonl", "pairs.jsonl", ...policy.map((file) => `policy/${file}`), ...policy.map((file) => `reference/${file}`), "requirements.txt", "train.py"].sort());
  const text = (/** @type {string} */ path) => strFromU8(files[path]);
  assert.match(text("train.py"), /from trl import DPOConfig, DPOTrainer/);
  assert.match(text("train.py"), /loss_type=\["ipo"\],\n\s+beta=0\.1,/);
  assert.match(text("README.md"), new RegExp(`as it stood at step ${step},`));
  const pairs = text("pairs.jsonl").trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(pairs.length, 32);
  assert.equal(pairs[0].chosen, "lia");
  assert.deepEqual(Object.keys(pairs[0]).sort(), ["chosen", "prompt", "rejected"]);
  const computed = text("log-probabilities.jsonl").trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(computed.length, 32);
  const shown = (await parts(page).rows.nth(0).locator(".numbers.chosen").textContent()) ?? "";
  assert.ok(shown.includes(computed[0]["logps/chosen"].toFixed(2).replace("-", "−")), `${shown} and ${computed[0]["logps/chosen"]}`);
  assert.notDeepEqual(files["policy/model.safetensors"], files["reference/model.safetensors"]);
  assert.deepEqual(files["reference/model.safetensors"], new Uint8Array(await readFile(new URL("../../www/assets/policies/names/model.safetensors", import.meta.url))));
  assert.equal(JSON.parse(text("policy/config.json")).dtype, "float32");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a policy that was exported comes back as a policy, whole, and stays for the next visit", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  await parts(page).run.click();
  await reached(page, 5);
  await parts(page).pause.click();
  await page.waitForFunction(() => /Paused at step \d+: /.test(document.querySelector("#status")?.textContent ?? ""));
  const number = async () => ((await parts(page).rows.nth(0).locator(".numbers.chosen").textContent()) ?? "").match(/log π (−[\d.]+)/)?.[1];
  const trained = await number();
  const { name, bytes } = await zip(page, "Policy folder");
  assert.equal(name, "first-names.zip");
  const { dialog, give } = await bringing(page);
  assert.deepEqual(await violations(page), []);
  await give({ "My names.zip": bytes });
  await dialog.getByText(/“My names” \(105.664 parameters\) is in the list of policies now, and open\./).waitFor();
  assert.ok(await dialog.getByRole("button", { name: "Forget “My names”" }).isDisabled());
  await page.keyboard.press("Escape");
  await ready(page);
  const policy = page.getByRole("combobox", { name: "Policy" });
  assert.equal(await policy.evaluate((select) => /** @type {HTMLSelectElement} */ (select).selectedOptions[0].label), "My names");
  // The pairs of the scenario stay, and at step 0 it is what the other was after its steps.
  await page.waitForFunction((trained) => document.querySelector("#rows .numbers.chosen")?.textContent?.includes(`log π ${trained} (0.00)`), trained);
  assert.equal(await parts(page).rows.count(), 32);
  await page.getByRole("combobox", { name: "Scenario" }).selectOption("Shorter names");
  await page.getByText("at least two letters shorter").waitFor();
  await ready(page);
  await parts(page).run.click();
  await reached(page, 3);
  await page.reload();
  await ready(page);
  assert.equal(await policy.evaluate((select) => /** @type {HTMLSelectElement} */ (select).selectedOptions[0].label), "My names");
  await parts(page).step.click();
  await reached(page, 1);
  await policy.selectOption("First names");
  await ready(page);
  const again = await bringing(page);
  await again.dialog.getByRole("button", { name: "Forget “My names”" }).click();
  await again.dialog.getByText("“My names” is forgotten.").waitFor();
  await page.keyboard.press("Escape");
  assert.equal((await policy.locator("option").allTextContents()).includes("My names"), false);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a Llama of one's own trains on pairs that are typed", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const fixture = (/** @type {string} */ file) => readFile(new URL(`../fixtures/llama-gqa/${file}`, import.meta.url));
  const { dialog, give } = await bringing(page);
  await give({ "config.json": await fixture("config.json"), "tokenizer.json": LETTERS, "model.safetensors": await fixture("model.safetensors") });
  await dialog.getByText(/is in the list of policies now, and open\./).waitFor();
  await page.keyboard.press("Escape");
  await ready(page);
  // What it has no tokens for is told where it stands.
  await page.locator("#rows").getByText(/has no token for/).first().waitFor();
  await parts(page).box(0, "Prompt").fill("abc");
  await parts(page).box(0, "Chosen").fill("def");
  await parts(page).box(0, "Rejected").fill("FED");
  await page.waitForFunction(() => /log π −/.test(document.querySelector("#rows .numbers.chosen")?.textContent ?? ""));
  await parts(page).run.click();
  await reached(page, 5);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("what is no policy is refused in a sentence, and the run that is open goes on", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme: "dark" });
  const gpt2 = new URL("../fixtures/gpt2-tied/", import.meta.url);
  const [config, weights] = await Promise.all(["config.json", "model.safetensors"].map((file) => readFile(new URL(file, gpt2))));
  const { dialog, give } = await bringing(page);
  const json = JSON.parse(config.toString());
  const whole = { "config.json": config, "tokenizer.json": LETTERS, "model.safetensors": weights };
  /** @type {[Record<string, Uint8Array | string>, RegExp][]} */
  const cases = [
    [{ "config.json": config, "tokenizer.json": LETTERS }, /There is no model\.safetensors in it/],
    [{ ...whole, "config.json": "{" }, /config\.json is no JSON/],
    [{ ...whole, "config.json": JSON.stringify({ ...json, model_type: "mamba" }) }, /model_type = "mamba", but only "gpt2" or "llama" is supported/],
    [{ ...whole, "config.json": JSON.stringify({ ...json, n_embd: 64 }) }, /shape|64/],
    [{ ...whole, "model.safetensors": weights.subarray(0, 5000) }, /safetensors|weights|bytes/i],
    [{ ...whole, "tokenizer.json": '{"model":{"type":"WordLevel","vocab":{}}}' }, /type WordLevel, and this page reads BPE/],
    [{ "config.json": config, "tokenizer.json": LETTERS, "model-00001-of-00002.safetensors": "x" }, /split over several files/],
    [{ "notes.txt": "hello" }, /There is no config\.json/],
    [{ "<img src=x onerror=window.caught=1>.zip": "no zip" }, /<img src=x onerror=window\.caught=1>\.zip cannot be unpacked/],
    [{ "many.zip": zipSync({ "a/config.json": config, "b/config.json": config }) }, /several policies in it, in “a”, “b”/],
  ];
  for (const [files, told] of cases) {
    await give(files);
    await dialog.getByRole("alert").filter({ hasText: told }).waitFor({ timeout: 10_000 }).catch(async () => assert.fail(`${told}: ${await dialog.getByRole("alert").textContent()}`));
  }
  assert.deepEqual(await violations(page), []);
  assert.equal(await page.evaluate(() => "caught" in window), false);
  await page.keyboard.press("Escape");
  await parts(page).run.click();
  await reached(page, 3);
  assert.deepEqual(wrong, []);
  await context.close();
});
