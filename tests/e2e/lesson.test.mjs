// A long lesson: edits, runs, resets and changes of scenario again and again leave the memory where it was.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, parts, reached, ready, start } from "./browser.mjs";

/** A whole lesson takes 30; by default, enough of it to see a leak. */
const MINUTES = Number(process.env.LESSON_MINUTES ?? 1.2);
/** The share of the lesson after which all that is kept for good should be there. */
const WARM = 1 / 3;
const SCENARIOS = ["Kinder", "Shorter", "Never refuse"];

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

/** Bytes in use by what DevTools says. @param {{ usedSize: number, embedderHeapUsedSize?: number, backingStorageSize?: number }} usage */
const bytes = ({ usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 }) => usedSize + embedderHeapUsedSize + backingStorageSize;

/**
 * Bytes that the page and its Worker hold after a collection of garbage, and the memory of the core, which never shrinks.
 *
 * @param {import("playwright-core").Page} page
 */
async function memory(page) {
  const own = await page.context().newCDPSession(page);
  await own.send("HeapProfiler.collectGarbage");
  const inPage = bytes(await own.send("Runtime.getHeapUsage"));
  await own.detach();
  const browser = await site.browser.newBrowserCDPSession();
  const { targetInfos } = await browser.send("Target.getTargets", { filter: [{}] });
  const worker = targetInfos.find(({ type, url }) => type === "worker" && url.endsWith("/worker.js"));
  assert.ok(worker, "the page has its Worker");
  const { sessionId } = await browser.send("Target.attachToTarget", { targetId: worker.targetId, flatten: false });
  /** @param {number} id @param {string} method @param {object} [params] @returns {Promise<any>} */
  const ask = (id, method, params) =>
    new Promise((resolve) => {
      browser.on("Target.receivedMessageFromTarget", ({ message }) => {
        const answer = JSON.parse(message);
        if (answer.id === id) resolve(answer.result);
      });
      browser.send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify({ id, method, params }) });
    });
  await ask(1, "HeapProfiler.collectGarbage");
  const inWorker = bytes(await ask(2, "Runtime.getHeapUsage"));
  const expression = 'import(new URL("pkg/playground.js", location).href).then((core) => core.default()).then(({ memory }) => memory.buffer.byteLength)';
  const { result } = await ask(3, "Runtime.evaluate", { expression, awaitPromise: true });
  await browser.detach();
  return { page: inPage, worker: inWorker, core: Number(result.value) };
}

test("a lesson leaves the memory where it was", { timeout: MINUTES * 60_000 + 120_000 }, async () => {
  const { page, context, wrong } = await open(site);
  await ready(page);
  const { run, pause, step, reset, box, swap } = parts(page);
  const started = Date.now();
  const passed = () => (Date.now() - started) / (MINUTES * 60_000);
  /** @type {Awaited<ReturnType<typeof memory>> | null} */
  let warm = null;
  let turns = 0;
  for (; passed() < 1; turns++) {
    await page.getByRole("combobox", { name: "Scenario" }).selectOption({ label: SCENARIOS[turns % SCENARIOS.length] });
    await ready(page);
    await box(0, "Chosen").fill(`Thank you for the question number ${turns % 10}.`);
    await run.click();
    await reached(page, 8, 60);
    await swap(1).click();
    await box(1, "Prompt").fill("How are you?");
    await reached(page, 14, 60);
    await pause.click();
    await step.click();
    await reset.click();
    await page.waitForFunction(() => document.getElementById("step-number")?.textContent === "0");
    await page.locator("#restore").evaluate((button) => /** @type {HTMLElement} */ (button).click());
    if (passed() > WARM) warm ??= await memory(page);
  }
  const end = await memory(page);
  assert.ok(warm && turns >= 6, `only ${turns} turns`);
  const grown = `after ${turns} turns ${JSON.stringify(end)} bytes, before ${JSON.stringify(warm)}`;
  assert.ok(end.page + end.worker < 1.1 * (warm.page + warm.worker), grown);
  assert.ok(end.core > 2 ** 22 && end.core <= 1.1 * warm.core, grown);
  if (process.env.LESSON_MINUTES) console.log(grown);
  assert.deepEqual(wrong, []);
  await context.close();
});
