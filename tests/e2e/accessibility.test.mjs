// Keyboard alone, screen readers' names, colours, small screens: checked by axe-core and by hand.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { names, open, parts, reached, ready, start, violations } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const width of [1280, 320]) {
    test(`axe-core finds nothing, ${colorScheme}, ${width} pixels wide`, async () => {
      const { page, context, wrong } = await open(site, { colorScheme, viewport: { width, height: 800 } });
      await names(page);
      await page.getByText("Self-test").waitFor();
      assert.deepEqual(await violations(page), []);
      const { run, pause, box, reset } = parts(page);
      // Everything that may show: a problem, a message, open tables, the further numbers, the alarm.
      await page.getByText("More", { exact: true }).click();
      await page.getByText("Log-likelihoods as a table").click();
      await page.getByText("Where the time goes").click();
      await page.getByRole("button", { name: "Measure one update" }).click();
      await page.getByText(/One update: /).waitFor();
      await box(1, "Chosen").fill("ë");
      await page.getByText(/no token for/).waitFor();
      await page.locator("#import").setInputFiles({ name: "bad.jsonl", mimeType: "", buffer: Buffer.from("x") });
      await page.getByRole("alert").filter({ hasText: "Line 1" }).waitFor();
      await run.click();
      await reached(page, 40);
      assert.deepEqual(await violations(page), []);
      await pause.click();
      await page.getByText(/Paused at step .*loss/).waitFor();
      assert.deepEqual(await violations(page), []);
      await page.evaluate(() => {
        const alarm = document.getElementById("alarm");
        if (alarm) Object.assign(alarm, { hidden: false, textContent: "The margin grows." });
      });
      assert.deepEqual(await violations(page), []);
      await reset.click();
      assert.deepEqual(wrong, []);
      await context.close();
    });
  }
}

test("a small screen scrolls one way only", async () => {
  const { page, context } = await open(site, { viewport: { width: 320, height: 640 } });
  await names(page);
  const { run, pause } = parts(page);
  await run.click();
  await reached(page, 10);
  await pause.click();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(overflow <= 0, `${overflow} pixels too wide`);
  await context.close();
});

test("the keyboard alone edits a pair, trains, pauses and resets", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const { box, status, rows } = parts(page);
  /** Presses Tab until the focus has this name. @param {string} name */
  const tabTo = async (name) => {
    for (let press = 0; press < 60; press++) {
      await page.keyboard.press("Tab");
      const found = await page.evaluate(() => {
        const held = /** @type {HTMLElement} */ (document.activeElement);
        return held.getAttribute("aria-label") ?? held.textContent?.trim() ?? "";
      });
      if (found === name) return;
    }
    assert.fail(`Tab never reaches ${name}`);
  };
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter"); // Skip to the pairs.
  await tabTo("Chosen");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("nabella");
  assert.equal(await box(0, "Chosen").inputValue(), "nabella");
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
  await page.reload();
  await ready(page);
  await tabTo("Run");
  await page.keyboard.press("Enter");
  await reached(page, 10);
  // The focus has moved to Pause, since Run can no longer be pressed.
  await page.keyboard.press("Enter");
  await page.getByText(/Paused at step/).waitFor();
  await page.keyboard.press("Tab");
  const before = await reached(page, 1);
  await page.keyboard.press(" ");
  assert.ok((await reached(page, before + 1)) >= before);
  await tabTo("Reset");
  await page.keyboard.press("Enter");
  await page.getByText(/Ready at step 0/).waitFor();
  assert.match((await status.textContent()) ?? "", /step 0/);
  assert.equal(await rows.count(), 32);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("screen readers hear the pause and not every step", async () => {
  const { page, context } = await open(site);
  await names(page);
  const { run, pause, status } = parts(page);
  assert.equal(await status.getAttribute("aria-live"), "polite");
  await run.click();
  await reached(page, 5);
  assert.equal(await status.getAttribute("aria-live"), "off");
  await pause.click();
  await page.getByText(/Paused at step .*loss/).waitFor();
  assert.equal(await status.getAttribute("aria-live"), "polite");
  await context.close();
});

test("calm motion draws the charts less often, and still to the end", async () => {
  const { page, context } = await open(site, { reducedMotion: "reduce" });
  await names(page);
  const { run, pause } = parts(page);
  await run.click();
  const step = await reached(page, 30);
  await pause.click();
  const figure = page.getByRole("figure", { name: "Loss and accuracy" });
  await page.waitForTimeout(1000);
  await figure.getByText("as a table").click();
  const last = await figure.getByRole("table").locator("tbody tr").last().locator("th").textContent();
  assert.ok(Number(last) >= step);
  await context.close();
});
