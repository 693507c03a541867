// Going back in a run: the policy as it was, forward again, and on from there.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { names, open, parts, reached, ready, start, train, violations } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

/** @param {import("playwright-core").Page} page */
const axis = (page) => page.getByRole("slider", { name: "Step that is shown" });
/** @param {import("playwright-core").Page} page */
const margins = (page) => page.locator("#rows .margin").allTextContents();
/** @param {import("playwright-core").Page} page @param {number} step */
const shows = (page, step) => page.waitForFunction((step) => new RegExp(`(Paused|Ready) at step ${step}: loss`).test(document.querySelector("#status")?.textContent ?? ""), step);
/** The last step in the table of the losses. @param {import("playwright-core").Page} page */
async function charted(page) {
  const slider = page.getByRole("slider", { name: "Loss and accuracy, read along the steps" });
  return Number(await slider.getAttribute("aria-valuemax"));
}

test("the time axis goes back to any recorded step and forward again", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const newest = await train(page, 60);
  const trained = await margins(page);
  const samples = await page.locator("#samples td").allTextContents();
  await axis(page).focus();
  await page.keyboard.press("Home");
  await shows(page, 0);
  await page.getByText(`Step 0 of ${newest}: looking back.`).waitFor();
  assert.equal(await axis(page).getAttribute("aria-valuetext"), `step 0 of ${newest}`);
  await page.waitForFunction(() => [...document.querySelectorAll("#rows .margin")].every((cell) => /^[-−+]?0\.00$/.test(cell.textContent ?? "")));
  const columns = await page.locator("#samples tr").evaluateAll((lines) => lines.map((line) => [...line.children].map((cell) => cell.textContent)));
  assert.ok(columns.every(([policy, reference]) => policy === reference), "at step 0 the policy is its reference");
  assert.equal(await charted(page), newest, "the curves stay");
  assert.deepEqual(await violations(page), []);

  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => /Paused at step [1-9]\d*: loss/.test(document.querySelector("#status")?.textContent ?? ""));
  const step = await reached(page, 1);
  assert.ok(step > 0 && step < newest);
  await page.waitForFunction(() => [...document.querySelectorAll("#rows .margin")].some((cell) => !/^[-−+]?0\.00$/.test(cell.textContent ?? "")));

  await page.keyboard.press("End");
  await shows(page, newest);
  assert.deepEqual(await margins(page), trained, "the newest policy is what it was");
  await page.waitForFunction((samples) => [...document.querySelectorAll("#samples td")].map((cell) => cell.textContent).join() === samples, samples.join());
  assert.equal(await page.getByText("looking back").count(), 0);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a run goes on from an earlier step, and repeats what it did", async () => {
  const { page, context, wrong } = await open(site, { viewport: { width: 360, height: 740 } });
  await names(page);
  const { step } = parts(page);
  for (let made = 1; made <= 12; made++) {
    await step.click();
    await shows(page, made);
  }
  const twelve = await margins(page);
  await page.getByRole("combobox", { name: "Go to step" }).selectOption("7");
  await page.getByText("Step 7 of 12: looking back.").waitFor();
  await shows(page, 7);
  await step.click();
  await shows(page, 8);
  assert.equal(await page.getByText("looking back").count(), 0);
  assert.equal(await axis(page).getAttribute("aria-valuetext"), "step 8, the newest");
  await page.waitForFunction(() => document.querySelector("[role=slider][aria-label^='Loss']")?.getAttribute("aria-valuemax") === "8");
  for (let made = 9; made <= 12; made++) {
    await step.click();
    await shows(page, made);
  }
  assert.deepEqual(await margins(page), twelve, "the same batches, the same steps");
  // Then by the button, until it is stopped.
  await page.getByRole("button", { name: "Earlier step" }).click();
  await page.getByText("Step 11 of 12: looking back.").waitFor();
  await page.getByRole("button", { name: "Continue from here" }).click();
  await reached(page, 20);
  await parts(page).pause.click();
  await page.getByText(/Paused at step .*loss/).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("dragging pauses a run; edits, another method and Reset find their way", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const { run, box, reset, status } = parts(page);
  await run.click();
  await reached(page, 50);
  await axis(page).scrollIntoViewIfNeeded();
  const track = await axis(page).boundingBox();
  assert.ok(track);
  // The thumb stands at the right end while the run goes on.
  await page.mouse.move(track.x + track.width - 8, track.y + track.height / 2);
  await page.mouse.down();
  await page.mouse.move(track.x + track.width / 3, track.y + track.height / 2, { steps: 5 });
  await page.mouse.up();
  await page.getByText(/^Step \d+ of \d+: looking back/).waitFor();
  await page.getByText(/Paused at step \d+: loss/).waitFor();
  const step = await reached(page, 1);
  // A pair that is changed now is scored by the policy of then.
  await box(0, "Chosen").fill("nabas");
  await page.waitForFunction(() => document.querySelector("#rows .chosen.numbers")?.textContent !== "");
  assert.match((await status.textContent()) ?? "", new RegExp(`step ${step}`));
  await page.getByRole("button", { name: "Newest" }).click();
  await page.waitForFunction(() => !document.querySelector("#timeline")?.textContent?.includes("looking back"));
  await reset.click();
  await page.getByText(/Ready at step 0: loss 0\.69/).waitFor();
  await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.querySelector("#timeline input")).disabled);
  await page.getByRole("combobox", { name: "Method" }).selectOption({ label: "IPO" });
  await ready(page);
  await run.click();
  await reached(page, 12);
  await page.keyboard.press("Escape");
  await parts(page).pause.click();
  await page.getByText(/Paused at step/).waitFor();
  await page.getByRole("button", { name: "Earlier step" }).click();
  await page.getByText(/looking back/).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});
