// The engines: the one that was chosen, and what the page says where it cannot be had.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SOFTWARE_GPU, names, open, parts, reached, start } from "./browser.mjs";

/** @param {import("playwright-core").Page} page @param {string} name */
const choose = (page, name) => page.getByRole("combobox", { name: "Engine" }).selectOption(name);
/** @param {import("playwright-core").Page} page @param {RegExp} text */
const badge = (page, text) => page.locator("#engine").filter({ hasText: text }).waitFor();

test("without WebGPU the processor stands in for the GPU, and the page says why", async () => {
  const site = await start();
  const { page, context, wrong } = await open(site);
  await names(page);
  await badge(page, /^CPU \(candle, [^:]*\)$/);
  for (const choice of ["GPU", "Automatic"]) {
    await choose(page, choice);
    await badge(page, /^CPU .*: no GPU can be used here: this browser offers none$/);
  }
  await parts(page).run.click();
  await reached(page, 5);
  assert.deepEqual(wrong, []);
  await context.close();
  await site.stop();
});

test("a run goes on where another engine takes over", async () => {
  const site = await start(SOFTWARE_GPU);
  const { page, context, wrong } = await open(site);
  await names(page);
  const { run, pause, margin } = parts(page);
  const shown = async () => Number(((await margin(0).textContent()) ?? "").replace("−", "-"));
  await choose(page, "Automatic");
  await badge(page, /^CPU .*: the GPU “google swiftshader” is software, which is slower/);
  await run.click();
  await reached(page, 30);
  await pause.click();
  await page.getByText(/Paused at step .*loss/).waitFor();
  const [step, before] = [await reached(page, 30), await shown()];
  assert.ok(Math.abs(before) > 0.02, `the margin has moved to ${before}`);

  await choose(page, "GPU");
  await badge(page, /^GPU \(google swiftshader, software\)$/);
  await parts(page).step.click();
  await reached(page, step + 1);
  await page.waitForTimeout(3000);
  const after = await shown();
  assert.ok(Math.abs(after - before) < 0.1, `one update took the margin from ${before} to ${after}`);
  const { loss } = await page.evaluate(() => ({ loss: document.querySelector("[role=status]")?.textContent ?? "" }));
  assert.match(loss, /loss 0\.[0-9]/);

  await choose(page, "CPU");
  await badge(page, /^CPU \(candle, [^:]*\)$/);
  await run.click();
  await reached(page, step + 20);
  await pause.click();
  assert.deepEqual(wrong, []);
  await context.close();
  await site.stop();
});
