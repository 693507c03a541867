// The engines: the one that was chosen, and what the page says where it cannot be had.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SOFTWARE_GPU, engine as choose, names, open, parts, reached, ready, start } from "./browser.mjs";

/** @param {import("playwright-core").Page} page @param {RegExp} text */
const badge = (page, text) => page.locator("#engine").filter({ hasText: text }).waitFor();

/** The badge's text. @param {import("playwright-core").Page} page */
const shown = async (page) => (await page.locator("#engine").textContent()) ?? "";

test("without WebGPU the processor stands in for the GPU, and the page says why", async (t) => {
  const site = await start();
  t.after(() => site.stop());
  const { page, wrong } = await open(site);
  await names(page);
  const reason = /^CPU .*: no GPU can be used here: this browser offers none$/;
  await badge(page, reason);
  await choose(page, "CPU");
  await badge(page, /^CPU \(candle, [^:]*\)$/);
  await choose(page, "GPU");
  await badge(page, reason);
  await parts(page).run.click();
  await reached(page, 5);
  assert.deepEqual(wrong, []);
});

test("the processor trains until the GPU is ready, and no margin jumps when it takes over", async (t) => {
  const site = await start(SOFTWARE_GPU);
  t.after(() => site.stop());
  const { page, wrong } = await open(site);
  await ready(page);
  const { run, pause, margin } = parts(page);
  const firstMargin = async () => Number(((await margin(0).textContent()) ?? "").replace("−", "-"));
  await badge(page, /^CPU .*: the GPU “google swiftshader” is software, which is slower than the CPU engine$/);
  await run.click();
  const chosenAt = await reached(page, 5);
  await choose(page, "GPU");
  const prepared = new Set();
  while (!(await shown(page)).startsWith("GPU")) {
    const [, done, all] = /until the GPU is ready: (\d+) of (\d+) kernels$/.exec(await shown(page)) ?? [];
    if (all) {
      assert.ok(Number(done) <= Number(all), `${done} of ${all}`);
      prepared.add(done);
    }
    await page.waitForTimeout(10);
  }
  assert.ok(prepared.size > 3, `progress was seen ${prepared.size} times`);
  await pause.click();
  await page.getByText(/Paused at step .*loss/).waitFor();
  assert.ok((await reached(page, 1)) > chosenAt + 5, "the processor went on meanwhile");
  assert.match(await shown(page), /^GPU \(google swiftshader, software\)$/);

  // What the GPU goes on with is what the processor had.
  const before = await firstMargin();
  await choose(page, "CPU");
  await badge(page, /^CPU \(candle, [^:]*\)$/);
  await page.waitForTimeout(1000);
  const after = await firstMargin();
  assert.ok(Math.abs(after - before) < 0.02, `the margin went from ${before} to ${after} without an update`);
  const step = await reached(page, 1);
  await run.click();
  await reached(page, step + 20);
  await pause.click();
  assert.deepEqual(wrong, []);
});

test("a lost GPU is told, nothing is lost with it, and it is opened again", async (t) => {
  const site = await start(SOFTWARE_GPU);
  t.after(() => site.stop());
  const { page, wrong } = await open(site);
  await names(page);
  // Every device that the Worker opens from here on can be destroyed by the test.
  await page.workers()[0].evaluate(() => {
    const { prototype } = /** @type {any} */ (self).GPUAdapter;
    const open = prototype.requestDevice;
    /** @this {unknown} @param {unknown[]} options */
    async function requestDevice(...options) {
      const device = await open.apply(this, options);
      Object.assign(self, { opened: device });
      return device;
    }
    prototype.requestDevice = requestDevice;
  });
  await choose(page, "GPU");
  await badge(page, /^GPU/);
  const { run, pause, box } = parts(page);
  await box(0, "Chosen").fill("typed");
  await run.click();
  const step = await reached(page, 10);
  await page.workers()[0].evaluate(() => /** @type {any} */ (self).opened.destroy());
  await page.getByText(/The GPU was lost .*, so the run goes on with the CPU engine from step \d+/i).waitFor();
  await badge(page, /^GPU/);
  await reached(page, step + 10);
  await pause.click();
  assert.equal(await box(0, "Chosen").inputValue(), "typed");
  assert.deepEqual(wrong, []);
});

for (const [engine, unit] of /** @type {const} */ ([["CPU", "passes"], ["GPU", "dispatches"]])) {
  test(`the page shows where the ${engine}'s time goes`, async (t) => {
    const site = await start(SOFTWARE_GPU);
    t.after(() => site.stop());
    const { page, wrong } = await open(site);
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
  });
}

test("a denoiser goes on with the GPU where the processor left it, and back", async (t) => {
  const site = await start(SOFTWARE_GPU);
  t.after(() => site.stop());
  const { page, wrong } = await open(site, {}, { file: "diffusion.html" });
  await page.getByText("Ready at step 0:").waitFor({ timeout: 120_000 });
  const { run, pause } = parts(page);
  const margin = async () => Number(((await page.locator("#rows tr").first().locator(".margin").textContent()) ?? "").replace("−", "-").replace("+", ""));
  await run.click();
  await reached(page, 10, 90);
  await pause.click();
  await page.getByText(/Paused at step .*accuracy/).waitFor();
  const onProcessor = await margin();
  assert.ok(onProcessor > 0);
  const engine = page.getByRole("combobox", { name: "Engine" });
  await page.locator("#more > summary").click();
  await engine.selectOption("GPU");
  await page.locator("#engine").filter({ hasText: /^GPU \(google swiftshader, software\)/ }).waitFor({ timeout: 120_000 });
  await page.waitForFunction((before) => {
    const text = document.querySelector("#rows .margin")?.textContent ?? "";
    return Math.abs(Number(text.replace("−", "-").replace("+", "")) - before) < 0.02 * Math.max(1, before);
  }, onProcessor);
  const paused = await reached(page, 10);
  await run.click();
  await reached(page, paused + 3, 90);
  await pause.click();
  await page.getByText(/Paused at step .*accuracy/).waitFor({ timeout: 60_000 });
  assert.ok((await margin()) > 0.5 * onProcessor, "the GPU goes on from there");
  await engine.selectOption("CPU");
  await page.locator("#engine").filter({ hasText: /^CPU/ }).waitFor({ timeout: 60_000 });
  assert.deepEqual(wrong, []);
});
