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

for (const [engine, unit] of /** @type {const} */ ([["CPU", "passes"], ["GPU", "dispatches"]])) {
  test(`the page shows where the ${engine}'s time goes`, async () => {
    const site = await start(SOFTWARE_GPU);
    const { page, context, wrong } = await open(site);
    await names(page);
    await choose(page, engine);
    await badge(page, new RegExp(`^${engine}`));
    await page.getByText("Where the time goes").click();
    await page.getByRole("button", { name: "Measure one update" }).click();
    const summary = page.getByText(new RegExp(`One update: [0-9.]+ ms in [0-9]+ ${unit}, [0-9.]+ MB`));
    await summary.waitFor();
    assert.equal(await reached(page, 1), 1, "what is measured is an update");
    const table = page.getByRole("table", { name: "Where the time of an update goes" });
    await table.getByRole("row", { name: /matmul/ }).first().waitFor();
    const shares = await table.locator("td.bar").allTextContents();
    const total = shares.reduce((sum, share) => sum + Number(share.replace(" %", "")), 0);
    assert.ok(total > 90 && total < 101, `the shares add up to ${total} %`);

    await choose(page, engine === "CPU" ? "GPU" : "CPU");
    await table.waitFor({ state: "hidden" });
    assert.deepEqual(wrong, []);
    await context.close();
    await site.stop();
  });
}
