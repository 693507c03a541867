// Charts that are read: cursor, zoom, pin, figures as files; and every pair on the loss curve.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { choose, names, open, parts, reached, start, train, violations } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

/** @param {import("playwright-core").Page} page @param {string} name */
const cursor = (page, name) => page.getByRole("slider", { name: `${name}, read along the steps` });
/** @param {import("playwright-core").Locator} slider */
const at = async (slider) => Number(await slider.getAttribute("aria-valuenow"));
/** @param {import("playwright-core").Locator} slider */
const range = async (slider) => [Number(await slider.getAttribute("aria-valuemin")), Number(await slider.getAttribute("aria-valuemax"))];
/** @param {import("playwright-core").Page} page @param {string} name */
const figure = (page, name) => page.getByRole("figure", { name, exact: true });

test("the cursor is moved by keys, is one for all charts, and its numbers are said", async () => {
  const { page, context, wrong } = await open(site, { colorScheme: "dark" });
  await names(page);
  await train(page, 40);
  const [loss, margin] = [cursor(page, "Loss and accuracy"), cursor(page, "Margin")];
  await loss.focus();
  const [, last] = await range(loss);
  assert.equal(await at(loss), last, "it begins at the newest");
  await page.keyboard.press("Home");
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-valuenow") === "0");
  assert.match((await loss.getAttribute("aria-valuetext")) ?? "", /^step 0: loss 0\.693,.* accuracy 0,/);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-valuenow") === "2");
  assert.equal(await at(margin), 2, "the others follow");
  assert.match((await figure(page, "Margin").locator(".at").textContent()) ?? "", /step 2$/);
  await page.keyboard.press("Escape");
  await page.waitForFunction((last) => document.activeElement?.getAttribute("aria-valuenow") === last, String(last));
  // The mouse over one chart is the mouse over all.
  const plot = figure(page, "Loss and accuracy").locator(".u-over");
  await plot.hover();
  const middle = await at(loss);
  assert.ok(middle > 0.3 * last && middle < 0.7 * last, `${middle} of ${last}`);
  assert.equal(await at(margin), middle);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("charts are zoomed by dragging, by keys and by buttons, together, and a run goes on beneath", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  await train(page, 40);
  const [loss, entropy] = [cursor(page, "Loss and accuracy"), cursor(page, "KL and entropy")];
  const [, last] = await range(loss);
  const plot = figure(page, "Loss and accuracy").locator(".u-over");
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 0.25 * box.width, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.5 * box.width, box.y + 30, { steps: 4 });
  await page.mouse.up();
  const width = async () => {
    const [first, end] = await range(loss);
    return end - first;
  };
  await page.waitForFunction((last) => Number(document.querySelector("[role=slider][aria-label^='Loss']")?.getAttribute("aria-valuemax")) < 0.7 * last, last);
  assert.ok((await width()) < 0.45 * last, `${await range(loss)}`);
  assert.deepEqual(await range(entropy), await range(loss), "all charts show the same steps");
  // What is measured meanwhile does not take the view away.
  await parts(page).step.click();
  await reached(page, last + 1);
  assert.ok((await range(loss))[1] < 0.7 * last);
  await page.getByRole("button", { name: "All steps" }).click();
  await page.waitForFunction((last) => Number(document.querySelector("[role=slider][aria-label^='Loss']")?.getAttribute("aria-valuemax")) > last, last);
  await loss.focus();
  await page.keyboard.press("+");
  await page.waitForFunction((last) => Number(document.activeElement?.getAttribute("aria-valuemin")) > 0.1 * last, last);
  await page.keyboard.press("0");
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-valuemin") === "0");
  await page.getByRole("button", { name: "Zoom in" }).click();
  await page.waitForFunction(() => Number(document.querySelector("[role=slider][aria-label^='Loss']")?.getAttribute("aria-valuemin")) > 0);
  await page.getByRole("button", { name: "Zoom out" }).click();
  await page.waitForFunction(() => document.querySelector("[role=slider][aria-label^='Loss']")?.getAttribute("aria-valuemin") === "0");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a pinned step stays listed beside the newest one", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  await train(page, 30);
  const loss = cursor(page, "Loss and accuracy");
  await loss.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  const pinned = page.getByRole("table", { name: "Pinned: step 0" });
  const line = pinned.getByRole("row", { name: /^Loss and accuracy: loss/ }).first();
  await line.waitFor();
  const cells = async () => (await line.getByRole("cell").allTextContents()).map((text) => Number(text.replace("−", "-")));
  const [then, now, change] = await cells();
  assert.equal(then, 0.693);
  assert.ok(now < 0.69 && Math.abs(change - (now - then)) < 0.002, `${[then, now, change]}`);
  await parts(page).run.click();
  await page.waitForFunction((now) => {
    const row = [...document.querySelectorAll(".pinned tr")].find((row) => row.textContent?.startsWith("Loss and accuracy: loss"));
    return row !== undefined && Number(row.children[2].textContent) < now;
  }, now);
  assert.equal((await cells())[0], 0.693, "what is pinned does not move");
  await parts(page).pause.click();
  // A click on a chart pins another step; that one pinned again is let go.
  await figure(page, "Gradient norm").locator(".u-over").click();
  await page.getByRole("table", { name: /^Pinned: step [1-9]/ }).waitFor();
  assert.equal(await pinned.count(), 0);
  await page.getByRole("button", { name: "Unpin" }).click();
  await page.locator(".pinned").waitFor({ state: "hidden" });
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the margin of all pairs is a band about their mean", async () => {
  const { page, context } = await open(site);
  await names(page);
  await train(page, 60);
  const margin = figure(page, "Margin");
  // They are the tenth and the ninetieth of the numbers in the pairs' table, once all of those have been scored at rest.
  const read = (/** @type {string} */ text) => Number(text.replace("−", "-"));
  const deadline = Date.now() + 10_000;
  for (;;) {
    const told = /** @type {string} */ (await cursor(page, "Margin").getAttribute("aria-valuetext"));
    const [, low, high] = /lie within (\S+) to ([\d.]+)/.exec(told) ?? [];
    const margins = (await page.locator("#rows .margin").allTextContents()).map(read).sort((one, other) => one - other);
    const [tenth, ninetieth] = [0.1, 0.9].map((share) => margins[Math.round(share * (margins.length - 1))]);
    if (Math.abs(read(low ?? "") - tenth) < 0.25 && Math.abs(read(high ?? "") - ninetieth) < 0.25) break;
    assert.ok(Date.now() < deadline, `${told}: of ${margins}`);
    await page.waitForTimeout(100);
  }
  await margin.getByText("as a table").click();
  await margin.getByRole("columnheader", { name: "8 of 10 training pairs lie within: low" }).waitFor();
  await context.close();
});

test("figures are saved as SVG and as PNG", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  await train(page, 20);
  /** @param {string} name */
  const saved = async (name) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
  };
  const svg = await saved("Save Log-likelihoods as SVG");
  assert.equal(svg.name, "log-likelihoods.svg");
  const text = svg.bytes.toString();
  assert.match(text, /^<svg xmlns[^]*Log-likelihoods, nats[^]*>Step<[^]*chosen ●/);
  assert.ok((text.match(/L/g) ?? []).length > 40, "the lines have their points");
  // It is XML that a browser can read.
  const broken = await page.evaluate((text) => new DOMParser().parseFromString(text, "image/svg+xml").querySelector("parsererror")?.textContent, text);
  assert.equal(broken, undefined);
  const png = await saved("Save Margin as PNG");
  assert.equal(png.name, "margin.png");
  assert.equal(png.bytes.subarray(1, 4).toString(), "PNG");
  assert.ok(png.bytes.readUInt32BE(16) === 1280 && png.bytes.length > 5000);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("every pair stands on the loss curve where its margin is, and can be chosen there", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  await train(page, 40);
  const dots = page.getByRole("listbox", { name: "Pairs, by their margin" });
  assert.equal(await dots.getByRole("option").count(), 32);
  await dots.focus();
  await page.keyboard.press("End");
  const chosen = dots.getByRole("option", { selected: true });
  await page.waitForFunction(() => document.querySelector(".dots")?.lastElementChild?.getAttribute("aria-selected") === "true");
  const name = /** @type {string} */ (await chosen.getAttribute("aria-label"));
  const [, pair, margin, loss, weight] = /** @type {RegExpExecArray} */ (/^Pair (\d+): margin \+([\d.]+) nats, loss ([\d.]+), gradient weight ([\d.]+)$/.exec(name));
  // −log σ(βh), and β σ(−βh).
  const h = 0.1 * Number(margin);
  assert.ok(Math.abs(Number(loss) - Math.log(1 + Math.exp(-h))) < 0.005, name);
  assert.ok(Math.abs(Number(weight) - 0.1 / (1 + Math.exp(h))) < 0.001, name);
  await page.waitForFunction((pair) => document.querySelector("#rows tr.selected .select")?.textContent?.trim() === pair, pair);
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction((pair) => document.querySelector("#rows tr.selected .select")?.textContent?.trim() !== pair, pair);
  // A click chooses the dot that is nearest.
  const first = dots.getByRole("option").first();
  const box = await first.boundingBox();
  assert.ok(box);
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.waitForFunction(() => document.querySelector(".dots [aria-selected=true]") !== null);
  const clicked = await page.evaluate(({ x, y }) => {
    const selected = document.querySelector(".dots [aria-selected=true]")?.getBoundingClientRect();
    return selected ? Math.hypot(selected.x + selected.width / 2 - x, selected.y + selected.height / 2 - y) : Infinity;
  }, { x: box.x + box.width / 2, y: box.y + box.height / 2 });
  assert.ok(clicked < 26, `the chosen dot lies ${clicked} pixels away`);
  await page.getByText("The pairs on it as a table").click();
  await page.getByRole("table", { name: "The pairs on it as a table" }).getByRole("row").nth(32).waitFor();
  assert.deepEqual(await violations(page), []);
  // Where the lengths of answers count, no pair has its place on the curve, and the page says so.
  await choose(page, "IPO");
  await page.getByText("This method's loss is not one of the margin alone").waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("at 360 × 740 the charts stand below each other and nothing is too wide", async () => {
  const { page, context, wrong } = await open(site, { viewport: { width: 360, height: 740 } });
  await names(page);
  await train(page, 20);
  const lefts = await page.locator("#charts figure:visible").evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().left)));
  assert.equal(new Set(lefts).size, 1);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(overflow <= 0, `${overflow} pixels too wide`);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(wrong, []);
  await context.close();
});
