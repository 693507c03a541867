// The page of games: where methods end, what a changed game does to that, and that it is for everyone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { violations } from "./browser.mjs";
import { open as openPage, parts, reached, ready, start } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

/** @typedef {import("playwright-core").Page} Page */

/** @param {import("playwright-core").BrowserContextOptions} [options] @param {{ missing?: string }} [trouble] */
async function open(options, trouble = {}) {
  const opened = await openPage(site, options, { ...trouble, file: "games.html" });
  if (!trouble.missing) await ready(opened.page);
  return opened;
}

/** @param {Page} page @param {string} name @param {string} label */
async function choose(page, name, label) {
  await page.getByRole("combobox", { name, exact: true }).selectOption({ label });
  await ready(page);
}

/** @param {Page} page @param {string} name @param {string} value */
async function set(page, name, value) {
  const field = page.getByRole("spinbutton", { name, exact: true });
  await field.fill(value);
  await field.press("Tab");
}

/** @param {Page} page @param {string} name @param {string} value */
async function type(page, name, value) {
  const field = page.getByRole("textbox", { name, exact: true });
  await field.fill(value);
  await field.press("Tab");
}

/** Runs as fast as it can until a step, then pauses. @param {Page} page @param {number} step */
async function runTo(page, step) {
  const { run, pause } = parts(page);
  await choose(page, "Speed", "As fast as it can");
  await run.click();
  await reached(page, step);
  await pause.click();
  await page.getByText(/Paused at step .*KL/).waitFor();
}

/** @param {string | null} text */
const read = (text) => Number((text ?? "").replace(" %", "").replace("−", "-"));

/** A figure that the page shows now. @param {Page} page @param {RegExp} name */
async function figure(page, name) {
  const entry = page.locator("#figures > div").filter({ has: page.locator("dt", { hasText: name }) });
  return read(await entry.locator("dd").textContent());
}

/** A distribution in the table and, for places, how far the policy is from it. @param {Page} page @param {RegExp} name */
async function line(page, name) {
  const row = page.getByRole("table", { name: "Probabilities", exact: true }).getByRole("row").filter({ has: page.getByRole("rowheader", { name }) });
  const numbers = (await row.getByRole("cell").allTextContents()).map(read);
  return { shares: numbers.slice(0, -1), distance: /** @type {number} */ (numbers.at(-1)) };
}

/** The rows of a chart's table: the step, then a column for each line. @param {Page} page @param {string} chart */
async function charted(page, chart) {
  const found = page.getByRole("figure", { name: chart, exact: true });
  await found.locator("summary").click();
  await found.locator("tbody tr").first().waitFor();
  const rows = await found.locator("tbody tr").all();
  const texts = await Promise.all(rows.map((row) => row.locator("th, td").allTextContents()));
  await found.locator("summary").click();
  return texts.map((cells) => cells.map(read));
}

test("IPO-MD ends at its stationary point, beside the equilibrium, and the figures show the way", async () => {
  const { page, context, wrong } = await open();
  await page.getByText(/not itself a Nash equilibrium/).waitFor();
  const before = await line(page, /^Stationary point/);
  assert.ok(before.distance > 0.05, `${before.distance}`);
  assert.deepEqual((await line(page, /^Policy/)).shares, [0.5, 0.3, 0.2], "it starts from its reference");
  await runTo(page, 400);
  assert.ok((await figure(page, /^Distance/)) < 0.01);
  assert.ok((await figure(page, /^KL/)) > 0.01);
  assert.ok((await figure(page, /^Win rate/)) > 50.5);
  const [policy, point, equilibrium] = [await line(page, /^Policy/), await line(page, /^Stationary point/), await line(page, /^Equilibrium/)];
  assert.ok(policy.shares.every((share, index) => Math.abs(share - point.shares[index]) < 0.01));
  assert.ok(equilibrium.distance > 0.005, "the equilibrium is another place");
  const ways = await charted(page, "Distance to where methods end");
  assert.ok(ways[0][1] > 0.05 && ways.slice(-3).every(([, distance]) => distance < 0.01), JSON.stringify(ways));
  const divergence = await charted(page, "Divergence from the reference");
  assert.deepEqual(divergence[0], [0, 0]);
  assert.ok((divergence.at(-1)?.[1] ?? 0) > 0.01);
  const rates = await charted(page, "Win rate");
  assert.equal(rates[0][1], 0.5);
  assert.ok((rates.at(-1)?.[1] ?? 0) > 0.505);

  // The drawing says the same: the policy's mark stands on that of its end, away from the reference's.
  const spot = async (/** @type {string} */ name) => {
    const moved = await page.locator(`#triangle .of-${name}`).getAttribute("transform");
    return (/translate\(([\d.]+) ([\d.]+)\)/.exec(moved ?? "") ?? []).slice(1).map(Number);
  };
  const [at, end, from] = [await spot("policy"), await spot("stationaryPoint"), await spot("reference")];
  assert.ok(Math.hypot(at[0] - end[0], at[1] - end[1]) < 2, `${at} ${end}`);
  assert.ok(Math.hypot(at[0] - from[0], at[1] - from[1]) > 15, `${at} ${from}`);
  assert.ok(((await page.locator("#triangle .path").getAttribute("points")) ?? "").split(" ").length > 20);
  assert.match((await page.locator("#simplex-text").textContent()) ?? "", /^The policy gives Short .* from the stationary point/);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("samples lead near it, and one seed leads the same way again", async () => {
  const { page, context, wrong } = await open();
  await page.getByRole("checkbox", { name: "Exact expectations" }).uncheck();
  const { step, reset } = parts(page);
  const walk = async () => {
    for (let made = 1; made <= 5; made++) {
      await step.click();
      await reached(page, made);
    }
    return (await line(page, /^Policy/)).shares;
  };
  const first = await walk();
  await reset.click();
  await page.getByText("Ready at step 0").waitFor();
  assert.deepEqual(await walk(), first);
  await reset.click();
  await page.getByText("Ready at step 0").waitFor();
  await set(page, "Seed", "2");
  await page.getByText("Ready at step 0").waitFor();
  assert.notDeepEqual(await walk(), first, "another seed has other luck");
  const far = (await line(page, /^Stationary point/)).distance;
  await runTo(page, 600);
  const near = (await line(page, /^Stationary point/)).distance;
  assert.ok(near < 0.05 && near < far / 2, `${far} ${near}`);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a changed preference moves the target, and the run goes on towards it", async () => {
  const { page, context, wrong } = await open();
  await runTo(page, 300);
  const before = await line(page, /^Stationary point/);
  const step = await reached(page, 300);
  await type(page, "p(Short ≻ Thorough)", "0.1");
  assert.equal(await page.getByRole("textbox", { name: "p(Thorough ≻ Short)" }).inputValue(), "0.9");
  await page.waitForFunction(() => Number(document.querySelector("#figures dd")?.textContent) > 0.05);
  const after = await line(page, /^Stationary point/);
  assert.ok(after.shares[1] > before.shares[1] + 0.1, "thorough answers are better now");
  assert.equal(await reached(page, step), step, "the run stands where it stood");
  await parts(page).run.click();
  await reached(page, step + 800);
  await page.waitForFunction(() => Number(document.querySelector("#figures dd")?.textContent) < 0.01);
  await parts(page).pause.click();

  // What is no probability is refused; what was there stays.
  await type(page, "p(Short ≻ Funny)", "often");
  await page.getByRole("alert").filter({ hasText: "p(Short ≻ Funny) is a probability: it must be a number from 0 to 1. The old value stays." }).waitFor();
  assert.equal(await page.getByRole("textbox", { name: "p(Short ≻ Funny)" }).inputValue(), "0.3");
  await type(page, "p(Short ≻ Funny)", "0.4");
  assert.equal(await page.getByRole("alert").count(), 0, "the message goes with its mistake");

  // Another reference is another start.
  await type(page, "Reference of Funny", "0.6");
  await page.getByText("Ready at step 0").waitFor();
  await page.waitForFunction(() => document.querySelector("#shares tbody td:nth-child(4)")?.textContent === "0.600");
  assert.deepEqual((await line(page, /^Policy/)).shares, [0.25, 0.15, 0.6]);
  await page.locator("#simplex-text", { hasText: "started from Short 0.250" }).waitFor();
  await page.locator("#triangle").scrollIntoViewIfNeeded();
  const handle = await page.locator("#triangle .of-reference path").boundingBox();
  const drawing = await page.locator("#triangle svg").boundingBox();
  assert.ok(handle && drawing);
  await page.mouse.move(handle.x + handle.width / 2, handle.y + handle.height / 2);
  await page.mouse.down();
  await page.mouse.move(drawing.x + drawing.width / 2, drawing.y + drawing.height / 2, { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction(() => document.querySelector("#shares tbody td:nth-child(4)")?.textContent !== "0.600");
  const dragged = (await line(page, /^Reference/)).shares;
  assert.ok(Math.abs(dragged[1] - dragged[2]) < 0.02 && dragged[0] > 0.3, `${dragged}`);
  assert.equal(Number(await page.getByRole("textbox", { name: "Reference of Short" }).inputValue()).toFixed(3), dragged[0].toFixed(3));

  await page.getByRole("button", { name: "Restore the game" }).click();
  await page.waitForFunction(() => document.querySelector("#shares tbody td:nth-child(4)")?.textContent === "0.200");
  assert.equal(await page.getByRole("textbox", { name: "p(Short ≻ Thorough)" }).inputValue(), "0.8");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("online DPO passes by the equilibrium that online IPO finds", async () => {
  const { page, context, wrong } = await open();
  /** @type {Record<string, number>} */
  const off = {};
  for (const [method, strength] of [["Online IPO", "tau"], ["Online DPO", "beta"]]) {
    await choose(page, "Method", method);
    await set(page, strength, "0.8");
    await runTo(page, 1500);
    off[method] = (await line(page, /^Equilibrium/)).distance;
  }
  assert.ok(off["Online IPO"] < 0.002, JSON.stringify(off));
  assert.ok(off["Online DPO"] > 0.02, JSON.stringify(off));
  await page.getByText(/without finding it/).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("DPO finds the optimum of rewards, prompt by prompt, and rewards can be changed", async () => {
  const { page, context, wrong } = await open();
  await choose(page, "Game", "Rewards");
  await choose(page, "Method", "DPO");
  await runTo(page, 1200);
  assert.ok((await line(page, /^Optimum/)).distance < 0.005);
  await choose(page, "Prompt", "How is it going?");
  await page.getByRole("columnheader", { name: "Fine, thanks!" }).first().waitFor();
  assert.ok((await line(page, /^Optimum/)).distance < 0.005);
  const preferences = page.getByRole("table", { name: "Preferences that follow from the rewards" });
  await preferences.getByText("0.750").first().waitFor();
  await type(page, "Reward of Fine.", "3");
  await preferences.getByText("0.870").waitFor();
  assert.ok((await line(page, /^Optimum/)).distance > 0.1);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("every method can be played, exactly and by samples", async () => {
  const { page, context, wrong } = await open();
  const method = page.getByRole("combobox", { name: "Method" });
  const names = await method.locator("option").evaluateAll((all) => all.map((option) => /** @type {HTMLOptionElement} */ (option).value));
  assert.ok(names.length > 40);
  for (const name of names) {
    await method.selectOption(name);
    await page.getByText("Ready at step 0").waitFor();
    await parts(page).step.click();
    await reached(page, 1);
    const exact = page.getByRole("checkbox", { name: "Exact expectations" });
    if (await exact.isVisible()) {
      await exact.uncheck();
      await parts(page).step.click();
      await reached(page, 2);
      await exact.check();
    }
    assert.equal(await page.getByRole("alert").count(), 0, `${name}: ${await page.locator("#notices").textContent()}`);
  }
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the keyboard alone runs, pauses, steps and resets", async () => {
  const { page, context, wrong } = await open();
  /** Presses Tab until the focus has this name. @param {string} name */
  const tabTo = async (name) => {
    for (let press = 0; press < 40; press++) {
      await page.keyboard.press("Tab");
      const found = await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent?.trim());
      if (found === name) return;
    }
    assert.fail(`Tab never reaches ${name}`);
  };
  const { status } = parts(page);
  await tabTo("Run");
  await page.keyboard.press("Enter");
  await reached(page, 10);
  assert.equal(await status.getAttribute("aria-live"), "off");
  // The focus has moved to Pause, since Run can no longer be pressed.
  await page.keyboard.press("Enter");
  await page.getByText(/Paused at step .*from the stationary point/).waitFor();
  assert.equal(await status.getAttribute("aria-live"), "polite");
  const before = await reached(page, 1);
  await tabTo("Step");
  await page.keyboard.press(" ");
  assert.equal(await reached(page, before + 1), before + 1);
  await tabTo("Reset");
  await page.keyboard.press("Enter");
  await page.getByText("Ready at step 0").waitFor();
  await tabTo("p(Short ≻ Thorough)");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("0.6");
  await page.keyboard.press("Tab");
  assert.equal(await page.getByRole("textbox", { name: "p(Thorough ≻ Short)" }).inputValue(), "0.4");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("it runs at the speed that is set", async () => {
  const { page, context } = await open();
  await choose(page, "Speed", "60 a second");
  await parts(page).run.click();
  const from = await reached(page, 1);
  const at = Date.now();
  await page.waitForTimeout(2000);
  const rate = (1000 * ((await reached(page, from)) - from)) / (Date.now() - at);
  assert.ok(rate > 25 && rate < 70, `${rate} a second`);
  await context.close();
});

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const width of [1280, 360]) {
    test(`axe-core finds nothing and nothing is too wide, ${colorScheme}, ${width} pixels`, async () => {
      const { page, context, wrong } = await open({ colorScheme, viewport: { width, height: 800 } });
      assert.deepEqual(await violations(page), []);
      // Everything that may show: a problem, an open table, the further numbers, a close look, a run.
      await page.getByText("More", { exact: true }).click();
      await page.getByText("Win rate as a table").click();
      await page.getByRole("checkbox", { name: "Look closely" }).check();
      await type(page, "p(Short ≻ Funny)", "2");
      await page.getByRole("alert").waitFor();
      await parts(page).run.click();
      await reached(page, 20);
      assert.deepEqual(await violations(page), []);
      await parts(page).pause.click();
      await choose(page, "Game", "Flipped labels");
      await page.getByRole("table", { name: "Preferences that follow from the rewards" }).getByText(/labels/).first().waitFor();
      assert.deepEqual(await violations(page), []);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(overflow <= 0, `${overflow} pixels too wide`);
      assert.deepEqual(wrong, []);
      await context.close();
    });
  }
}

test("both pages lead to each other, and each says which it is", async () => {
  const { page, context, wrong } = await open();
  const nav = page.getByRole("navigation", { name: "Pages" });
  assert.equal(await nav.getByRole("link", { name: "Games" }).getAttribute("aria-current"), "page");
  await nav.getByRole("link", { name: "Train" }).click();
  await page.getByRole("heading", { name: "Alignment Playground" }).waitFor();
  assert.equal(await nav.getByRole("link", { name: "Train" }).getAttribute("aria-current"), "page");
  await ready(page);
  await nav.getByRole("link", { name: "Games" }).click();
  await page.getByRole("heading", { name: "Games: exact answers" }).waitFor();
  await ready(page);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a missing core is told, and Try again mends it", async () => {
  const { page, context } = await open({}, { missing: "**/playground_relaxed_bg.wasm" });
  const notice = page.getByRole("alert").filter({ hasText: "The trainer could not be loaded" });
  await notice.waitFor();
  await context.unroute("**/playground_relaxed_bg.wasm");
  await notice.getByRole("button", { name: "Try again" }).click();
  await ready(page);
  await parts(page).step.click();
  await reached(page, 1);
  await context.close();
});
