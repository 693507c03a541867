// The page as a whole: what is in sight, how it looks, how fast it goes, an update in its parts, keys, tour and words.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { names, number, open, parts, reached, ready, start, violations } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

const PAGES = ["index.html", "compare.html", "games.html", "diffusion.html"];
const ACTS = ["These are my preferences", "This is the update", "This is what it did to the policy"];

/** @param {import("playwright-core").Page} page */
const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

for (const [width, height] of [[1024, 768], [1280, 720]]) {
  test(`${width} × ${height}: one screen tells the story, and the bar stays when it is left`, async () => {
    const { page, context, wrong } = await open(site, { viewport: { width, height } });
    await names(page);
    const boxes = await Promise.all(ACTS.map((name) => page.getByRole("region", { name, exact: true }).boundingBox()));
    const [first, second, third] = boxes.map((box) => box ?? assert.fail("an act is missing"));
    assert.ok(first.x + first.width <= second.x && second.x + second.width <= third.x && third.x + third.width <= width, "side by side");
    for (const box of [first, second, third]) assert.ok(box.y + box.height <= height, `an act ends at ${box.y + box.height}`);
    assert.ok(await parts(page).box(0, "Chosen").isVisible());
    assert.ok((await sideways(page)) <= 0);
    await page.getByRole("contentinfo").scrollIntoViewIfNeeded();
    for (const button of [parts(page).run, parts(page).step]) {
      const box = await button.boundingBox();
      assert.ok(box && box.y >= 0 && box.y < 60, "the bar stays at the top");
    }
    assert.deepEqual(wrong, []);
    await context.close();
  });
}

test("360 × 740: one column, nothing scrolls sideways, the bar stays in reach", async () => {
  const { page, context, wrong } = await open(site, { viewport: { width: 360, height: 740 }, hasTouch: true });
  await names(page);
  const boxes = await Promise.all(ACTS.map((name) => page.getByRole("region", { name, exact: true }).boundingBox()));
  const tops = boxes.map((box) => box?.y ?? NaN);
  assert.ok(tops[0] < tops[1] && tops[1] < tops[2], `one below the other: ${tops}`);
  assert.ok((await sideways(page)) <= 0);
  await page.getByRole("contentinfo").scrollIntoViewIfNeeded();
  await parts(page).run.tap();
  const step = await reached(page, 5);
  await parts(page).pause.tap();
  assert.ok(step >= 5);
  assert.ok((await sideways(page)) <= 0);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("tabs go by arrow keys, and a pair's number opens it token by token", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const tab = (/** @type {string} */ name) => page.getByRole("tab", { name, exact: true });
  assert.ok(await page.getByRole("table", { name: "Samples" }).isVisible());
  await tab("Samples").focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await tab("Token by token").getAttribute("aria-selected"), "true");
  assert.ok(await page.getByRole("tabpanel", { name: "Token by token" }).isVisible());
  assert.ok(await page.locator("#panel-samples").isHidden());
  await page.keyboard.press("End");
  assert.equal(await tab("Where the time goes").getAttribute("aria-selected"), "true");
  await page.keyboard.press("Home");
  await page.getByRole("button", { name: "Show pair 3 token by token" }).click();
  await page.getByText(/^Pair 3: log π of each token/).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

/** @param {import("playwright-core").Page} page @param {string} name */
async function display(page, name) {
  await page.getByRole("button", { name: "Display", exact: true }).click();
  const choice = page.getByRole("group", { name: "Display" }).getByLabel(name, { exact: true });
  await choice.check();
  await page.keyboard.press("Escape");
}

/** The red channel of the page's own ground. @param {import("playwright-core").Page} page */
const ground = (page) => page.evaluate(() => Number(/\d+/.exec(getComputedStyle(document.documentElement).backgroundColor)?.[0]));

/** How a chart's lines are coloured. @param {import("playwright-core").Page} page */
const inks = (page) => page.evaluate(() => {
  const canvas = document.querySelector("#charts canvas");
  if (!(canvas instanceof HTMLCanvasElement)) return "";
  const { data } = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).getImageData(0, 0, canvas.width, canvas.height);
  const counts = new Map();
  for (let place = 0; place < data.length; place += 4) {
    if (data[place + 3] === 255) counts.set([data[place], data[place + 1], data[place + 2]].join(), (counts.get([data[place], data[place + 1], data[place + 2]].join()) ?? 0) + 1);
  }
  return [...counts].sort((one, other) => other[1] - one[1]).slice(0, 4).map(([ink]) => ink).sort().join(" ");
});

test("a theme reaches texts and charts, outlives a reload and holds on every page", async () => {
  const { page, context, wrong } = await open(site, { colorScheme: "light" });
  await names(page);
  await parts(page).step.click();
  await reached(page, 1);
  await page.waitForFunction(() => document.querySelector("#charts canvas") !== null);
  await page.waitForTimeout(300);
  assert.ok((await ground(page)) > 200);
  const light = await inks(page);
  await display(page, "Dark");
  await page.waitForTimeout(300);
  assert.ok((await ground(page)) < 60);
  const dark = await inks(page);
  assert.notEqual(dark, light, "the charts are drawn anew");
  await display(page, "High contrast");
  await page.waitForTimeout(300);
  assert.equal(await ground(page), 0);
  assert.notEqual(await inks(page), dark);
  for (const file of PAGES) {
    await page.goto(site.url + file);
    assert.equal(await ground(page), 0, file);
    assert.ok(await page.getByRole("button", { name: "Display", exact: true }).isVisible(), file);
  }
  await page.emulateMedia({ colorScheme: "dark" });
  await display(page, "As the system");
  const system = await ground(page);
  assert.ok(system > 0 && system < 60, `${system}`);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("projector mode: large type, thick lines, one huge number, and the story still in sight", async () => {
  const { page, context, wrong } = await open(site, { viewport: { width: 1280, height: 720 } });
  await names(page);
  await display(page, "Projector mode");
  const size = (/** @type {string} */ selector) => page.evaluate((selector) => {
    const found = document.querySelector(selector);
    return found ? parseFloat(getComputedStyle(found).fontSize) : 0;
  }, selector);
  assert.ok((await size("body")) >= 20);
  assert.ok((await size("#headline .huge dd, #headline dd.huge")) >= 40);
  const look = (/** @type {string} */ name) => page.evaluate((name) => Number(getComputedStyle(document.documentElement).getPropertyValue(name)), name);
  assert.ok((await look("--line-width")) >= 3);
  assert.ok((await look("--tick-size")) >= 16);
  for (const name of ACTS) {
    const box = await page.getByRole("region", { name, exact: true }).boundingBox();
    assert.ok(box && box.x >= 0 && box.x + box.width <= 1280 && box.y < 500, name);
  }
  assert.ok((await sideways(page)) <= 0);
  await page.reload();
  await ready(page);
  assert.ok((await size("body")) >= 20, "it outlives a reload");
  assert.deepEqual(wrong, []);
  await context.close();
});

for (const theme of ["Light", "Dark", "High contrast"]) {
  test(`axe-core finds nothing: ${theme.toLowerCase()}, ordinary and for a projector, with everything open`, async () => {
    const { page, context, wrong } = await open(site);
    await names(page);
    await display(page, theme);
    await parts(page).step.click();
    await reached(page, 1);
    await page.getByRole("button", { name: "Take it apart" }).click();
    await page.getByRole("region", { name: "Take it apart" }).waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByRole("button", { name: "Display", exact: true }).click();
    assert.deepEqual(await violations(page), []);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "What is Policy?" }).click();
    assert.deepEqual(await violations(page), []);
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    for (const tab of ["Keys", "Words", "Tour"]) {
      await page.getByRole("dialog", { name: "Help" }).getByRole("tab", { name: tab }).click();
      assert.deepEqual(await violations(page), [], tab);
    }
    await page.keyboard.press("Escape");
    await display(page, "Projector mode");
    for (const tab of await page.locator("#closer [role=tab]").all()) {
      if (await tab.isHidden()) continue;
      await tab.click();
      assert.deepEqual(await violations(page), [], `${await tab.textContent()}`);
    }
    assert.deepEqual(wrong, []);
    await context.close();
  });
}

test("a run is slowed and hurried while it goes on, and the page stays at hand", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const { run, pause, box } = parts(page);
  const speed = page.getByRole("combobox", { name: "Speed" });
  await speed.selectOption("3 a second");
  await run.click();
  const from = await reached(page, 2);
  const at = Date.now();
  await box(0, "Chosen").pressSequentially("ab", { delay: 40 });
  await page.waitForTimeout(2500);
  const rate = (1000 * ((await reached(page, 1)) - from)) / (Date.now() - at);
  assert.ok(rate > 1.5 && rate < 4.5, `${rate.toFixed(2)} updates a second`);
  await speed.selectOption("Full speed");
  const then = await reached(page, 1);
  await page.waitForTimeout(1500);
  assert.ok((await reached(page, 1)) - then > 8, "it hurries at once");
  await speed.selectOption("1 a second");
  // What was made at full speed is told a little later, where the Worker has samples to draw before.
  await page.waitForTimeout(1400);
  const slow = await reached(page, 1);
  await page.waitForTimeout(2200);
  const made = (await reached(page, 1)) - slow;
  assert.ok(made >= 1 && made <= 3, `${made} updates in 2.2 s`);
  // A pause does not wait for the next update.
  await pause.click();
  await page.getByText(/Paused at step/).waitFor({ timeout: 900 });
  await page.reload();
  await ready(page);
  assert.equal(await speed.inputValue(), "1", "the choice outlives a reload");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("calm motion redraws at most three times a second", async () => {
  const { page, context } = await open(site);
  await names(page);
  await display(page, "Calm motion");
  await page.evaluate(() => {
    const counts = { drawn: 0 };
    Object.assign(window, { counts });
    const { prototype } = CanvasRenderingContext2D;
    const clear = prototype.clearRect;
    /** @this {CanvasRenderingContext2D} @param {[number, number, number, number]} area */
    prototype.clearRect = function (...area) {
      if (this.canvas === document.querySelector("#charts canvas")) counts.drawn++;
      return clear.apply(this, area);
    };
  });
  await parts(page).run.click();
  await reached(page, 3);
  await page.waitForTimeout(3000);
  const drawn = await page.evaluate(() => /** @type {any} */ (window).counts.drawn);
  assert.ok(drawn >= 2 && drawn <= 11, `${drawn} drawings in about 3 s`);
  await context.close();
});

test("an update is taken apart, and the last press makes the update that was shown", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const { step, reset, margin } = parts(page);
  // The same three updates twice: once as they are, once with the third taken apart.
  for (let made = 1; made <= 3; made++) {
    await step.click();
    await reached(page, made);
  }
  await page.getByText(/Paused at step 3: loss/).waitFor();
  const plain = (await page.getByRole("status", { name: "Training status" }).textContent()) ?? "";
  const plainMargin = await number(margin(0));
  await reset.click();
  await page.getByText(/Ready at step 0: loss/).waitFor();
  for (let made = 1; made <= 2; made++) {
    await step.click();
    await reached(page, made);
  }
  const stages = page.getByRole("region", { name: "Take it apart" });
  await page.getByRole("button", { name: "Take it apart" }).click();
  await stages.getByText("Update 3, a stage at a time").waitFor();
  const rows = stages.getByRole("table").locator("tbody tr");
  const batch = await rows.count();
  assert.ok(batch >= 4, `${batch} pairs`);
  await stages.getByText(`The policy reads the ${batch} pairs of this batch`).waitFor();
  assert.equal(await reached(page, 2), 2, "nothing has been made yet");

  await page.getByRole("button", { name: "Next: loss" }).click();
  const said = (await stages.getByRole("status").textContent()) ?? "";
  const loss = Number(/a loss of ([\d.]+), the mean over its pairs/.exec(said)?.[1]);
  const each = (await rows.locator("td:last-child").allTextContents()).map(Number);
  assert.ok(Math.abs(each.reduce((sum, own) => sum + own, 0) / batch - loss) < 1e-3, `${each} and ${loss}`);

  await page.getByRole("button", { name: "Next: gradient" }).click();
  await stages.getByText(/The gradient's norm is [\d.]+\. The bars say/).waitFor();
  // DPO: the slope is β·σ(−β·h): pairs with the smaller margin pull harder.
  const pulls = await Promise.all((await rows.all()).map(async (row) => {
    const [margin, pull] = (await row.locator("td").allTextContents()).map((text) => Number(text.replace("−", "-").replace("+", "")));
    return { margin, pull };
  }));
  for (const { margin, pull } of pulls) assert.ok(Math.abs(pull - 0.1 / (1 + Math.exp(margin))) < 2e-3, `${margin}: ${pull}`);

  await page.getByRole("button", { name: "Next: update" }).click();
  await reached(page, 3);
  await stages.getByText(/The weights have moved\. On average, chosen answers went [+−]\d/).waitFor();
  assert.match((await rows.first().textContent()) ?? "", /−?[\d.]+ → −?[\d.]+ \([+−]?[\d.]+\)/);
  await page.getByText(/Paused at step 3: loss/).waitFor();
  assert.equal(await page.getByRole("status", { name: "Training status" }).textContent(), plain, "the trial left no trace");
  assert.equal(await number(margin(0)), plainMargin);
  await page.getByRole("button", { name: "Put it together again" }).click();
  assert.ok(await stages.isHidden());

  // What is edited in between takes the look with it.
  await page.getByRole("button", { name: "Take it apart" }).click();
  await stages.waitFor();
  await parts(page).swap(0).click();
  await stages.waitFor({ state: "hidden" });
  assert.deepEqual(wrong, []);
  await context.close();
});

test("keys steer the run and the pairs, keep out of fields, and can be switched off", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const { status, rows, box } = parts(page);
  await page.keyboard.press(" ");
  await reached(page, 4);
  await page.keyboard.press(" ");
  await status.getByText(/Paused/).waitFor();
  const paused = await reached(page, 1);
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
  await page.keyboard.press(".");
  assert.equal(await reached(page, paused + 1), paused + 1);
  // A reset asks first: No keeps what was learnt, Yes does not.
  const question = page.getByRole("dialog", { name: "Back to step 0?" });
  await page.keyboard.press("r");
  await question.getByText(`What ${paused + 1} updates have taught`).waitFor();
  await page.keyboard.press("Escape");
  await question.waitFor({ state: "hidden" });
  assert.equal(await reached(page, 1), paused + 1);
  await page.keyboard.press("r");
  await question.getByRole("button", { name: "Reset" }).click();
  await page.getByText(/Ready at step 0/).waitFor();
  // In a field, letters are letters.
  const count = await rows.count();
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
  await page.keyboard.press("n");
  assert.equal(await rows.count(), count + 1);
  await page.keyboard.type("n r.? ");
  assert.equal(await rows.count(), count + 1);
  const [chosen, rejected] = [await box(0, "Chosen").inputValue(), await box(0, "Rejected").inputValue()];
  await box(0, "Chosen").focus();
  await page.keyboard.press("Alt+s");
  assert.deepEqual([await box(0, "Chosen").inputValue(), await box(0, "Rejected").inputValue()], [rejected, chosen]);
  // The panel lists them, and switches those of a single key off.
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Help" });
  await help.getByRole("row", { name: "Space Run, or pause" }).waitFor();
  await help.getByRole("row", { name: "Alt+S Swap chosen and rejected" }).waitFor();
  await help.getByRole("checkbox", { name: "Keys without Ctrl or Alt work" }).uncheck();
  await page.keyboard.press("Escape");
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
  for (const key of [" ", ".", "n", "?"]) await page.keyboard.press(key);
  await page.waitForTimeout(300);
  assert.equal(await reached(page, 0), 0);
  assert.equal(await rows.count(), count + 1);
  assert.ok(await help.isHidden());
  await box(0, "Chosen").focus();
  await page.keyboard.press("Alt+s");
  assert.equal(await box(0, "Chosen").inputValue(), chosen);
  await page.reload();
  await ready(page);
  await page.keyboard.press("n");
  assert.equal(await rows.count(), count + 1, "the choice outlives a reload");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the tour is offered once, goes by keys, can be left and taken again", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const card = page.locator(".tour");
  assert.ok(await card.isHidden(), "nothing stands in the way");
  await page.getByRole("button", { name: "Take the tour" }).click();
  for (const title of ["These are your preferences", "This is the update", "This is what it did", "Run it", "Look closer"]) {
    const step = page.getByRole("dialog", { name: title });
    await step.waitFor();
    assert.ok(await step.evaluate((card) => card.contains(document.activeElement)), "the focus follows");
    const box = await step.boundingBox();
    assert.ok(box && box.x >= 0 && box.y >= 0 && box.x + box.width <= 1280 && box.y + box.height <= 720, `${title}: ${JSON.stringify(box)}`);
    assert.deepEqual(await violations(page), [], title);
    await page.keyboard.press("ArrowRight");
  }
  assert.ok(await card.isHidden());
  assert.equal(await page.getByRole("button", { name: "Take the tour" }).count(), 0);
  await page.reload();
  await ready(page);
  assert.equal(await page.getByRole("button", { name: "Take the tour" }).count(), 0, "it is not offered again");
  await page.getByRole("button", { name: "Help", exact: true }).click();
  await page.getByRole("tab", { name: "Tour" }).click();
  await page.getByRole("button", { name: "Start the tour" }).click();
  await page.getByRole("dialog", { name: "These are your preferences" }).getByText("Step 1 of 5").waitFor();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("button", { name: "Back" }).click();
  await page.keyboard.press("Escape");
  assert.ok(await card.isHidden());
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the tour fits a phone, and can be declined", async () => {
  const { page, context } = await open(site, { viewport: { width: 360, height: 740 } });
  await names(page);
  await page.getByRole("button", { name: "Take the tour" }).click();
  for (let step = 0; step < 5; step++) {
    await page.waitForTimeout(500);
    const box = await page.locator(".tour").boundingBox();
    assert.ok(box && box.x >= 0 && box.y >= 0 && box.x + box.width <= 360 && box.y + box.height <= 740, JSON.stringify(box));
    await page.getByRole("button", { name: /^(Next|Finish)$/ }).click();
  }
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  await ready(page);
  await page.getByRole("button", { name: "No tour, thanks" }).click();
  await page.reload();
  await ready(page);
  assert.equal(await page.getByRole("button", { name: "Take the tour" }).count(), 0);
  await context.close();
});

test("terms explain themselves where they stand and in a list", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  const note = page.getByRole("note");
  await page.getByRole("button", { name: "Reward margin" }).click();
  await note.getByText("The implicit reward of the chosen answer less that of the rejected one").waitFor();
  await page.keyboard.press("Escape");
  await note.waitFor({ state: "detached" });
  // By the keyboard, and for fields: what the core says of its numbers.
  await page.getByRole("button", { name: "What is beta?" }).focus();
  await page.keyboard.press("Enter");
  assert.ok(((await note.textContent()) ?? "").length > 20);
  const box = await note.boundingBox();
  assert.ok(box && box.x >= 0 && box.x + box.width <= 1280);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Help", exact: true }).click();
  await page.getByRole("tab", { name: "Words" }).click();
  const words = page.locator(".words dt:visible");
  assert.ok((await words.count()) > 25);
  await page.getByRole("searchbox", { name: "Find a word" }).fill("diverg");
  assert.deepEqual(await words.allTextContents(), ["KL divergence"]);
  await page.getByRole("searchbox", { name: "Find a word" }).fill("zebra");
  await page.getByText("No word like this is explained here.").waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});
