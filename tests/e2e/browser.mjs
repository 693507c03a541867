// A headless Chromium on the built site, and what every test asks of a page.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "../serve.mjs";

const DIST = fileURLToPath(new URL("../../dist", import.meta.url));
const FLAGS = [
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The browser that build.sh found, or the usual places. */
const executablePath = [process.env.CHROME, "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path) => path && existsSync(path),
);

/** What gives a browser without a GPU one in software. */
export const SOFTWARE_GPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** Serves a folder under a sub-path, as a static host may, and starts a browser. @param {string[]} [flags] */
export async function start(flags = [], root = DIST) {
  assert.ok(existsSync(root), `${root} is missing: run ./build.sh build`);
  assert.ok(executablePath, "no Chromium or Chrome was found: set CHROME to its path");
  const site = await serve({ root, prefix: "/some/where/" });
  const browser = await chromium.launch({ executablePath, args: [...FLAGS, ...flags] });
  return {
    browser,
    url: site.url,
    async stop() {
      await browser.close();
      await site.close();
    },
  };
}

/**
 * A fresh page in a profile of its own. `wrong` gathers what no test allows: errors in the
 * console, uncaught errors, requests to another origin.
 *
 * @param {Awaited<ReturnType<typeof start>>} site
 * @param {import("playwright-core").BrowserContextOptions} [options]
 * @param {{ before?: () => void, missing?: string, file?: string }} [trouble] what runs before the page does, a file that
 *   is not there, and which page it is
 */
export async function open(site, options = {}, { before, missing, file = "" } = {}) {
  // Each context is a first visit: only tests of the service worker want it to fetch the whole site for a second one.
  const context = await site.browser.newContext({ viewport: { width: 1280, height: 720 }, serviceWorkers: "block", ...options });
  if (before) await context.addInitScript(before);
  if (missing) await context.route(missing, (route) => route.fulfill({ status: 404 }));
  const page = await context.newPage();
  /** @type {string[]} */
  const wrong = [];
  const origin = new URL(site.url).origin;
  page.on("pageerror", (error) => wrong.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") wrong.push(`console: ${message.text()}`);
  });
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(data|blob):/.test(url)) wrong.push(`another origin: ${url}`);
  });
  await page.goto(site.url + file);
  return { context, page, wrong };
}

/** @param {import("playwright-core").Page} page */
export function parts(page) {
  const button = (/** @type {string} */ name) => page.getByRole("button", { name, exact: true });
  const table = page.getByRole("table", { name: "Preference pairs" });
  const rows = table.getByRole("row").filter({ has: page.getByRole("textbox", { name: "Chosen" }) });
  return {
    run: button("Run"),
    pause: button("Pause"),
    step: button("Step"),
    reset: button("Reset"),
    add: button("Add pair"),
    rows,
    box: (/** @type {number} */ row, /** @type {"Prompt" | "Chosen" | "Rejected"} */ name) =>
      rows.nth(row).getByRole("textbox", { name, exact: true }),
    margin: (/** @type {number} */ row) => rows.nth(row).locator(".margin"),
    swap: (/** @type {number} */ row) => rows.nth(row).getByRole("button", { name: /^Swap/ }),
    status: page.getByRole("status", { name: "Training status" }),
  };
}

/** The number that an element shows. @param {import("playwright-core").Locator} locator */
export async function number(locator) {
  return Number(((await locator.textContent()) ?? "").replace("−", "-").replace("+", ""));
}

/**
 * The step in the status region, once it is at least `least`.
 *
 * @param {import("playwright-core").Page} page
 * @param {number} least
 * @param {number} [seconds] how long that may take
 */
export async function reached(page, least, seconds = 30) {
  const { status } = parts(page);
  const deadline = Date.now() + 1000 * seconds;
  for (;;) {
    const text = (await status.textContent()) ?? "";
    const step = Number(/step ([\d  ]+)/i.exec(text)?.[1]?.replace(/\D/g, "") ?? NaN);
    if (step >= least) return step;
    assert.ok(Date.now() < deadline, `the status never reached step ${least}: ${text}`);
    await page.waitForTimeout(20);
  }
}

/** Trains until some step, rests, and waits for what is measured then; gives the step. @param {import("playwright-core").Page} page @param {number} least */
export async function train(page, least) {
  const { run, pause } = parts(page);
  await run.click();
  await reached(page, least);
  await pause.click();
  await page.getByText(/Paused at step .*loss/).waitFor();
  return reached(page, least);
}

/** Waits until the policy is loaded and the self-test has run. @param {import("playwright-core").Page} page */
export async function ready(page) {
  await parts(page).run.waitFor();
  await page.waitForFunction(() => {
    const run = [...document.querySelectorAll("button")].find((button) => button.textContent?.trim() === "Run");
    return run && !run.disabled;
  });
}

/** Chooses the policy of first names and waits until it is loaded. @param {import("playwright-core").Page} page */
export async function names(page) {
  await ready(page);
  await page.getByRole("combobox", { name: "Policy" }).selectOption("First names");
  await page.getByText("In every pair the chosen name ends in").waitFor();
  await ready(page);
}

/**
 * As `open`, with the policy of first names as the one that was seen last: no other one is loaded before.
 * @param {Awaited<ReturnType<typeof start>>} site
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
export async function openNames(site, options) {
  const before = () => {
    const key = "alignment-playground/1/settings";
    if (!localStorage.getItem(key)) localStorage.setItem(key, JSON.stringify({ policy: "names", scenario: "vowel-ending" }));
  };
  const opened = await open(site, options, { before });
  await opened.page.getByText("In every pair the chosen name ends in").waitFor();
  await ready(opened.page);
  return opened;
}

/** @param {import("playwright-core").Page} page @param {string} method */
export async function choose(page, method) {
  await page.getByRole("combobox", { name: "Method" }).selectOption({ label: method });
  await ready(page);
}

/** Opens what stands behind "More", if it is not open. @param {import("playwright-core").Page} page */
export async function more(page) {
  const details = page.locator("#more");
  if ((await details.getAttribute("open")) === null) await details.locator("summary").click();
}

/** @param {import("playwright-core").Page} page @param {string} name */
export async function engine(page, name) {
  await more(page);
  await page.getByRole("combobox", { name: "Engine" }).selectOption(name);
}

/** Opens a tab below the story. @param {import("playwright-core").Page} page @param {string} name */
export async function closer(page, name) {
  await page.getByRole("tab", { name, exact: true }).click();
}

/** @param {import("playwright-core").Page} page @param {string} name @param {string} value */
export async function set(page, name, value) {
  const field = page.getByRole("spinbutton", { name, exact: true });
  if (!(await field.isVisible())) await more(page);
  await field.fill(value);
  await field.press("Tab");
}

/** The rows of a chart's table, as numbers: the step, then a column for each line. @param {import("playwright-core").Page} page @param {string} chart */
export async function charted(page, chart) {
  const figure = page.getByRole("figure", { name: chart });
  await figure.locator("summary").click();
  await figure.locator("tbody tr").first().waitFor();
  const rows = await figure.locator("tbody tr").all();
  const texts = await Promise.all(rows.map((row) => row.locator("th, td").allTextContents()));
  await figure.locator("summary").click();
  return texts.map((cells) => cells.map((cell) => Number(cell.replace("−", "-"))));
}

/** What axe-core finds, a line a violation. @param {import("playwright-core").Page} page @returns {Promise<string[]>} */
export async function violations(page) {
  await page.evaluate(AXE);
  // A colour on its way to another one is neither.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((animation) => animation instanceof CSSTransition).map(({ finished }) => finished)));
  return page.evaluate(async () => {
    const { violations } = await /** @type {any} */ (window).axe.run(document, { resultTypes: ["violations"] });
    return violations.flatMap((/** @type {any} */ { id, nodes }) =>
      nodes.map((/** @type {any} */ { target, failureSummary }) => `${id}: ${target} ${failureSummary}`),
    );
  });
}
