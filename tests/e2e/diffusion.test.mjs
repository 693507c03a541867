// The page of diffusion policies: what preference updates make of digits and points, and that it is for everyone.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { charted, open as openPage, parts, reached, ready, set, start, violations } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

/** @typedef {import("playwright-core").Page} Page */

/** @param {import("playwright-core").BrowserContextOptions} [options] @param {{ missing?: string }} [trouble] */
async function open(options, trouble = {}) {
  const opened = await openPage(site, options, { ...trouble, file: "diffusion.html" });
  if (!trouble.missing) await measured(opened.page);
  return opened;
}

/** Waits until everything at step 0 is measured: a busy machine takes its time to draw pairs. @param {Page} page */
const measured = (page) => page.getByText("Ready at step 0:").waitFor({ timeout: 120_000 });

/** @param {Page} page @param {string} name @param {string} label */
async function choose(page, name, label) {
  await page.getByRole("combobox", { name, exact: true }).selectOption({ label });
  await measured(page);
}

/** @param {Page} page @param {string} label */
async function chooseScenario(page, label) {
  await choose(page, "Scenario", label);
  await row(page, 0).locator(".margin", { hasText: "0.00" }).waitFor();
}

/** Runs until a step, then pauses and waits for what is measured then. @param {Page} page @param {number} step @param {number} [seconds] */
async function runTo(page, step, seconds = 90) {
  const { run, pause } = parts(page);
  await run.click();
  await reached(page, step, seconds);
  await pause.click();
  await page.getByText(/Paused at step .*accuracy/).waitFor();
  const paused = await reached(page, step);
  await page.locator("#drawn-text", { hasText: `at step ${String(paused).replace(/\B(?=(\d{3})+$)/g, " ")}.` }).waitFor();
}

/** @param {Page} page @param {number} place */
const row = (page, place) => page.locator("#rows tr").nth(place);

/** One of the two samples to compare. @param {Page} page @param {1 | 2} place */
const offered = (page, place) => page.locator("#offer").getByRole("img", { name: `Sample ${place}` });

/** What the rule gives the samples on the screen, averaged. @param {Page} page */
async function points(page) {
  const text = (await page.locator("#drawn-text").textContent()) ?? "";
  const [, policy, reference] = /policy (−?[\d.]+), reference (−?[\d.]+)/.exec(text) ?? [];
  return { policy: read(policy), reference: read(reference) };
}

/** @param {string | null | undefined} text */
const read = (text) => Number((text ?? "").replace("−", "-").replace("+", ""));

/** How dark the pixels of a canvas are, averaged, from 0 to 255. @param {Page} page @param {string} id */
const darkness = (page, id) =>
  page.locator(id).evaluate((canvas) => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
    const { data } = /** @type {CanvasRenderingContext2D} */ (/** @type {HTMLCanvasElement} */ (canvas).getContext("2d")).getImageData(0, 0, width, height);
    let [sum, count] = [0, 0];
    for (let place = 0; place < data.length; place += 4) {
      if (data[place + 3] === 0) continue;
      sum += 255 - data[place];
      count++;
    }
    return sum / count;
  });

test("Diffusion-DPO makes digits thicker: margin and ink grow, the reference stays", async () => {
  const { page, context, wrong } = await open();
  const { run, pause } = parts(page);
  const before = await points(page);
  assert.equal(before.policy, before.reference, "it starts from its reference");
  assert.equal(await darkness(page, "#policy-grid"), await darkness(page, "#reference-grid"));
  assert.ok(before.policy > 0.15 && before.policy < 0.5, `digits, not noise: ${before.policy} ink`);
  assert.equal(await page.locator("#rows tr").count(), 64);
  assert.match((await row(page, 0).locator(".margin").textContent()) ?? "", /^0\.00$/);
  const pressed = Date.now();
  await run.click();
  await reached(page, 1);
  assert.ok(Date.now() - pressed < 2000, `${Date.now() - pressed} ms until the first update`);
  await reached(page, 200, 90);
  await pause.click();
  const status = (await page.getByText(/Paused at step .*margin .*accuracy/).textContent()) ?? "";
  assert.ok(read(/margin (−?[\d.]+)/.exec(status)?.[1]) > 0.5, status);
  assert.ok(read(/accuracy (\d+)/.exec(status)?.[1]) > 70, status);
  await page.locator("#drawn-text", { hasText: `at step ${await reached(page, 200)}.` }).waitFor();
  const after = await points(page);
  assert.equal(after.reference, before.reference);
  assert.ok(after.policy > before.policy + 0.03, `${before.policy} → ${after.policy}`);
  assert.ok((await darkness(page, "#policy-grid")) > (await darkness(page, "#reference-grid")) + 5);
  assert.match((await page.getByRole("img", { name: /samples of the policy at step/ }).getAttribute("aria-label")) ?? "", /^40 samples of the policy at step \d+\. Share of ink, averaged: 0\.\d+\.$/);

  // The charts tell the same, step by step, and the pair's numbers are there.
  await page.getByRole("tab", { name: "Curves" }).click();
  const margins = (await charted(page, "Rewards and margin")).map((line) => line[3]).filter((value) => !Number.isNaN(value));
  assert.ok(margins[0] === 0 && (margins.at(-1) ?? 0) > 0.5, `${margins}`);
  const ink = await charted(page, "Its samples");
  assert.ok((ink.at(-1)?.[1] ?? 0) > (ink.at(-1)?.[2] ?? 1), `${ink}`);
  await page.waitForFunction(() => document.querySelector("#rows .margin")?.textContent?.startsWith("+"));
  const errors = await charted(page, "Denoising error");
  assert.equal(errors.length, 8, "eight timesteps");
  assert.ok(errors.every(([timestep, chosen, , reference]) => timestep > 0 && chosen > 0 && reference > 0));

  // Back to the reference.
  await parts(page).reset.click();
  await measured(page);
  await page.locator("#drawn-text", { hasText: "at step 0." }).waitFor({ state: "attached" });
  assert.deepEqual(await points(page), before);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("SePPO learns from winners alone, against checkpoints that are shown", async () => {
  const { page, context, wrong } = await open();
  await chooseScenario(page, "Winners only");
  assert.ok(await page.getByRole("combobox", { name: "Flip" }).isHidden(), "under More");
  await page.getByText("More", { exact: true }).click();
  await page.getByRole("combobox", { name: "Flip", exact: true }).selectOption("indicator");
  await runTo(page, 100);
  await page.getByText(/Update \d+ learnt against the checkpoint of step \d+/).waitFor();
  const table = page.getByRole("table", { name: "Samples of the last update" });
  for (const name of [/^Winner: \d+ % ink/, /^The checkpoint's sample: \d+ % ink/]) assert.equal(await table.getByRole("img", { name }).count(), 8);
  // Where the checkpoint denoises the winner better, its sample does not count; elsewhere it is rejected.
  const anchors = (await table.getByRole("row").allTextContents()).slice(1);
  for (const text of anchors) assert.match(text, /\+0\.\d{4}counts as rejected|−0\.\d{4}does not count|0\.0000/);
  await page.getByRole("tab", { name: "Curves" }).click();
  const drawn = (await charted(page, "Which checkpoint an update learnt against")).map((line) => line[1]).filter((step) => !Number.isNaN(step));
  assert.ok(drawn.every((step) => step % 30 === 0), `every 30 steps: ${drawn}`);
  assert.ok(new Set(drawn).size > 1, "not always the same one");
  const { policy, reference } = await points(page);
  assert.ok(policy > reference + 0.01, `as thick as the winners it goes: ${reference} → ${policy}`);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("pairs are proposed, compared by keys, swapped, deleted, taken back, written and read", async () => {
  const { page, context, wrong } = await open();
  const rows = page.locator("#rows tr");
  await page.getByRole("combobox", { name: "from" }).selectOption("real data");
  await page.getByRole("spinbutton", { name: "How many" }).fill("12");
  await page.getByRole("button", { name: "Propose pairs" }).click();
  await page.waitForFunction(() => document.querySelectorAll("#rows tr").length === 12);
  const ink = async (/** @type {number} */ place, /** @type {string} */ side) => Number(/(\d+) % ink/.exec((await row(page, place).getByRole("img", { name: side }).getAttribute("aria-label")) ?? "")?.[1]);
  for (const place of [0, 5, 11]) assert.ok((await ink(place, "Chosen")) > (await ink(place, "Rejected")), `pair ${place}`);

  // Two samples side by side, and a key says which is better.
  await page.getByRole("combobox", { name: "of class" }).selectOption("3");
  await page.getByRole("button", { name: "Compare two samples" }).click();
  const second = offered(page, 2);
  await second.waitFor();
  const shown = /: (.*)/.exec((await second.getAttribute("aria-label")) ?? "")?.[1];
  await page.keyboard.press("2");
  await page.waitForFunction(() => document.querySelectorAll("#rows tr").length === 13);
  assert.equal(await row(page, 12).locator(".of").textContent(), "3");
  assert.equal(await row(page, 12).getByRole("img", { name: "Chosen" }).getAttribute("aria-label"), `Chosen: ${shown}`);
  await offered(page, 1).waitFor();
  const before = await offered(page, 1).elementHandle();
  await page.keyboard.press("=");
  await page.waitForFunction((old) => !old?.isConnected && document.querySelector("#offer [aria-label^='Sample 1']"), before);
  assert.equal(await rows.count(), 13, "a tie makes no pair");
  await page.getByRole("button", { name: "1: choose the first" }).click();
  await page.waitForFunction(() => document.querySelectorAll("#rows tr").length === 14);
  await page.getByRole("button", { name: "Enough" }).click();

  const [chosen, rejected] = [await ink(0, "Chosen"), await ink(0, "Rejected")];
  await row(page, 0).getByRole("button", { name: /^Swap/ }).click();
  assert.deepEqual([await ink(0, "Chosen"), await ink(0, "Rejected")], [rejected, chosen]);
  await row(page, 0).getByRole("button", { name: /^Delete/ }).click();
  assert.equal(await rows.count(), 13);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  assert.deepEqual([await ink(0, "Chosen"), await ink(0, "Rejected")], [chosen, rejected]);

  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export JSONL" }).click()]);
  const lines = (await readFile(await file.path(), "utf8")).trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(lines.length, 14);
  assert.match(lines[0].jpg_0, /^data:image\/png;base64,/);
  assert.deepEqual([lines[12].caption, lines[12].label_0, lines[12].label_1], ["3", 1, 0]);
  // Pictures without numbers are looked at; a line that is none is told.
  const { values_0, values_1, ...pictured } = lines[0];
  const text = [pictured, { ...lines[1], caption: "ten" }].map((line) => JSON.stringify(line)).join("\n");
  await page.locator("#import").setInputFiles({ name: "mine.jsonl", mimeType: "", buffer: Buffer.from(text) });
  await page.getByRole("alert").filter({ hasText: /1 pair of mine\.jsonl added\. Line 2: the caption "ten" is no class/ }).waitFor();
  assert.equal(await rows.count(), 15);
  assert.ok(Math.abs((await ink(14, "Chosen")) - (await ink(0, "Chosen"))) <= 1, "a picture is read as it was drawn");
  await runTo(page, 3);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("points move into a region that is drawn, by hand or as a text", async () => {
  const { page, context, wrong } = await open();
  await chooseScenario(page, "Inside a region you draw");
  const plane = page.locator("#cloud");
  await page.getByRole("button", { name: "Draw a region" }).click();
  const box = await plane.boundingBox();
  assert.ok(box);
  for (const [x, y] of [[0.02, 0.02], [0.5, 0.02], [0.5, 0.98], [0.02, 0.98]]) await plane.click({ position: { x: x * box.width, y: y * box.height } });
  await page.getByText("4 corners").waitFor();
  await page.getByRole("button", { name: "Close the region" }).click();
  const rule = page.getByRole("textbox", { name: "Rule" });
  assert.match(await rule.inputValue(), /^inside: -2\.\d+ 2\.\d+, (-?0(\.\d+)?) 2\.\d+, /);
  await page.getByRole("button", { name: "Propose pairs" }).click();
  await page.waitForFunction(() => {
    const points = [...document.querySelectorAll("#rows tr")].map((row) => [...row.querySelectorAll("canvas")].map((canvas) => Number(/\((−?[\d.]+),/.exec(canvas.getAttribute("aria-label") ?? "")?.[1]?.replace("−", "-"))));
    return points.length > 20 && points.every(([chosen, rejected]) => chosen < 0.05 && rejected > -0.05);
  });
  const before = await points(page);
  await runTo(page, 300);
  const after = await points(page);
  assert.equal(after.reference, before.reference);
  assert.ok(after.policy > before.policy + 0.15, `${before.policy} → ${after.policy}`);

  // The same by keyboard, and what is no region is told.
  await rule.fill("inside: 0 0, 1 1");
  await rule.press("Tab");
  await page.getByRole("alert").filter({ hasText: "a region needs three corners at least" }).waitFor();
  await rule.fill("inside: 0 -3, 3 -3, 3 3, 0 3");
  await rule.press("Tab");
  await page.waitForFunction((old) => Number(/policy ([\d.]+)/.exec(document.querySelector("#drawn-text")?.textContent ?? "")?.[1]) < 1 - old + 0.05, after.policy);
  assert.equal(await page.getByRole("alert").count(), 0);

  // The field that draws them is another one at another timestep.
  const picture = () => plane.evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());
  const first = await picture();
  await page.getByRole("slider", { name: "Timestep" }).fill("900");
  await page.waitForFunction((old) => /** @type {HTMLCanvasElement} */ (document.querySelector("#cloud")).toDataURL() !== old, first);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the way from noise can be scrubbed, and ends at samples", async () => {
  const { page, context, wrong } = await open();
  await page.getByRole("tab", { name: "From noise to sample" }).click();
  const slider = page.getByRole("slider", { name: "State" });
  await page.getByText("20 of 20: the sample").waitFor();
  const picture = () => page.locator("#way-policy").evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());
  const end = await picture();
  await slider.fill("0");
  await page.getByText(/0 of 20: noise of timestep \d+/).waitFor();
  const noise = await picture();
  assert.notEqual(noise, end);
  assert.equal(noise, await page.locator("#way-reference").evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL()), "both begin with the same noise");
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.getByText("20 of 20: the sample").waitFor();
  assert.equal(await picture(), end);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a person judges for a method that asks, and training waits for the first word", async () => {
  const { page, context, wrong } = await open();
  await choose(page, "Method", "Reward-weighted");
  await page.getByRole("combobox", { name: "Judge" }).selectOption("You");
  await offered(page, 1).waitFor();
  await parts(page).run.click();
  await page.getByText(/Waiting at step 0/).waitFor();
  for (const key of ["1", "2", "="]) {
    await offered(page, 1).waitFor();
    await page.keyboard.press(key);
  }
  await reached(page, 3);
  await page.getByText(/3 judged/).waitFor();
  await page.getByText(/learnt of your judgements/).waitFor();
  await page.getByRole("combobox", { name: "Judge" }).selectOption("Rule");
  await page.getByText(/The number is what the rule gives/).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("every method can be run", async () => {
  const { page, context, wrong } = await open();
  const method = page.getByRole("combobox", { name: "Method" });
  const names = await method.locator("option").evaluateAll((all) => all.map((option) => /** @type {HTMLOptionElement} */ (option).value));
  assert.ok(names.length >= 7);
  for (const name of names) {
    await method.selectOption(name);
    await measured(page);
    await parts(page).step.click();
    await reached(page, 1);
    assert.equal(await page.getByRole("alert").count(), 0, `${name}: ${await page.locator("#notices").textContent()}`);
  }
  assert.deepEqual(wrong, []);
  await context.close();
});

test("one seed gives one curve, another seed another one", async () => {
  const { page, context, wrong } = await open();
  const { step, reset } = parts(page);
  const walk = async () => {
    for (let made = 1; made <= 5; made++) {
      await step.click();
      await reached(page, made);
    }
    await page.getByText(/Paused at step 5: /).waitFor();
    return parts(page).status.textContent();
  };
  const first = await walk();
  await reset.click();
  await measured(page);
  assert.equal(await walk(), first);
  await set(page, "Seed", "2");
  await page.getByText("Seed 2 counts from the next Reset on.").waitFor();
  await reset.click();
  await measured(page);
  assert.notEqual(await walk(), first);
  assert.deepEqual(wrong, []);
  await context.close();
});

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const [width, height] of [[1280, 720], [360, 740]]) {
    test(`axe-core finds nothing and nothing is too wide, ${colorScheme}, ${width} pixels`, async () => {
      const { page, context, wrong } = await open({ colorScheme, viewport: { width, height } });
      assert.deepEqual(await violations(page), []);
      // Everything that may show: the further numbers, an open table, a comparison, the way, a problem, a run.
      await page.getByText("More", { exact: true }).click();
      await page.getByRole("tab", { name: "Curves" }).click();
      await page.getByText("Scores as a table").click();
      assert.deepEqual(await violations(page), []);
      await page.getByRole("tab", { name: "From noise to sample" }).click();
      await page.getByText("20 of 20: the sample").waitFor();
      if (width < 1200) await page.getByText("Make pairs").click();
      await page.getByRole("button", { name: "Compare two samples" }).click();
      await offered(page, 1).waitFor();
      await set(page, "beta", "0");
      await page.getByRole("alert").waitFor();
      await parts(page).run.click();
      await reached(page, 5);
      assert.deepEqual(await violations(page), []);
      await parts(page).pause.click();
      await page.getByText(/Paused at step .*accuracy/).waitFor();
      for (const scenario of ["Winners only", "Inside a region you draw"]) {
        await page.getByRole("tab", { name: "Samples" }).click();
        await chooseScenario(page, scenario);
        if (scenario !== "Winners only") await page.getByRole("checkbox", { name: "Density" }).check();
        await parts(page).step.click();
        await reached(page, 1);
        assert.deepEqual(await violations(page), [], scenario);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `${scenario}: ${overflow} pixels too wide`);
      }
      assert.deepEqual(wrong, []);
      await context.close();
    });
  }
}

test("a missing policy is told, and Try again mends it", async () => {
  const { page, context } = await open({}, { missing: "**/digits/model.safetensors" });
  const notice = page.getByRole("alert").filter({ hasText: /“Digits” cannot be used: its file model\.safetensors could not be fetched/ });
  await notice.waitFor();
  assert.ok(await parts(page).run.isDisabled());
  await context.unroute("**/digits/model.safetensors");
  await notice.getByRole("button", { name: "Try again" }).click();
  await ready(page);
  await parts(page).step.click();
  await reached(page, 1);
  await context.close();
});
