// The site without a network after the first visit, and what a new version may do under a lesson: nothing.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { precacheList, precacheScript } from "../../www/build/precache.mjs";
import { open, parts, reached, ready, start } from "./browser.mjs";

const DIST = fileURLToPath(new URL("../../dist", import.meta.url));

/** A copy of the site that can be published anew. @type {string} */
let root;
/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "site-"));
  await cp(DIST, root, { recursive: true });
  await publish();
  site = await start([], root);
});
after(async () => {
  await site?.stop();
  await rm(root, { recursive: true, force: true });
});

/** Lists the files of the site as they are, as the build does. */
async function publish() {
  await writeFile(join(root, "precache.js"), precacheScript(await precacheList(root)));
}

/** Waits until the whole site is kept. @param {import("playwright-core").Page} page */
async function kept(page) {
  await page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    while (active?.state !== "activated") await new Promise((resolve) => setTimeout(resolve, 50));
  });
}

/** @param {{ file?: string }} [trouble] */
const visit = (trouble) => open(site, { serviceWorkers: "allow" }, trouble);

test("after one visit every page opens and trains without a network, and says nothing of it", async () => {
  const { page, context, wrong } = await visit();
  await ready(page);
  await kept(page);
  await context.setOffline(true);
  await page.reload();
  await ready(page);
  await parts(page).run.click();
  await reached(page, 3);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  // Another scenario and another policy were not opened before.
  await page.getByRole("combobox", { name: "Policy" }).selectOption("First names");
  await page.getByText("In every pair the chosen name ends in").waitFor();
  await ready(page);
  for (const [file, heading] of [["compare.html", "Compare"], ["games.html", "Games"], ["diffusion.html", "Diffusion"], ["", "Train"]]) {
    await page.goto(site.url + file);
    await page.locator("nav [aria-current=page]", { hasText: heading }).waitFor();
    await page.waitForFunction(() => [...document.querySelectorAll("button")].some((button) => button.textContent?.trim() === "Run" && !button.disabled));
  }
  // A link too: what it carries is in the address.
  await page.goto(`${site.url}?from=class#pairs`);
  await ready(page);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a new version waits until it is asked for; meanwhile the page stays as it began", async () => {
  const { page, context, wrong } = await visit();
  await ready(page);
  await kept(page);
  await page.reload();
  await ready(page);
  const html = await readFile(join(root, "index.html"), "utf8");
  const main = await readFile(join(root, "app/main.js"), "utf8");
  await writeFile(join(root, "index.html"), html.replace("<title>Alignment Playground</title>", "<title>Alignment Playground 2</title>"));
  await writeFile(join(root, "app/main.js"), `${main}\nglobalThis.second = true;\n`);
  await publish();
  try {
    await parts(page).run.click();
    await reached(page, 2);
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
    const notice = page.getByRole("status").filter({ hasText: "A new version of this page is ready." });
    await notice.waitFor({ timeout: 60_000 });
    // The run has gone on, and a reload still shows the old version whole.
    await reached(page, 3);
    await page.reload();
    await ready(page);
    assert.equal(await page.title(), "Alignment Playground");
    assert.equal(await page.evaluate(() => "second" in globalThis), false);
    await notice.waitFor();
    // Another tab may be in the middle of a lesson.
    const other = await context.newPage();
    await other.goto(site.url);
    await ready(other);
    assert.equal(await other.title(), "Alignment Playground");
    await page.getByRole("button", { name: "Reload with the new version" }).click();
    await page.getByText("This page is open in another tab too: close that one first").waitFor();
    assert.equal(await page.title(), "Alignment Playground");
    await other.close();
    await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Reload with the new version" }).click()]);
    await ready(page);
    assert.equal(await page.title(), "Alignment Playground 2");
    assert.equal(await page.evaluate(() => "second" in globalThis), true);
    assert.equal(await page.locator("#new-version").count(), 0);
    // Only what has changed was fetched, and the new version works without a network too.
    const keys = await page.evaluate(async () => (await (await caches.open((await caches.keys())[0])).keys()).length);
    assert.equal(keys, (await precacheList(root)).length);
    await context.setOffline(true);
    await page.reload();
    await ready(page);
    assert.equal(await page.title(), "Alignment Playground 2");
    assert.deepEqual(wrong, []);
  } finally {
    await writeFile(join(root, "index.html"), html);
    await writeFile(join(root, "app/main.js"), main);
    await publish();
    await context.close();
  }
});

test("a half-published site is not taken for a new version", async () => {
  const { page, context } = await visit();
  await ready(page);
  await kept(page);
  await page.reload();
  await ready(page);
  const main = await readFile(join(root, "app/main.js"), "utf8");
  const list = await precacheList(root);
  await writeFile(join(root, "precache.js"), precacheScript(list.map(([path, hash]) => [path, path === "app/main.js" ? "0".repeat(64) : hash])));
  try {
    const state = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      await registration?.update();
      const coming = registration?.installing;
      while (coming && coming.state === "installing") await new Promise((resolve) => setTimeout(resolve, 50));
      return [coming?.state, registration?.waiting === null];
    });
    assert.deepEqual(state, ["redundant", true]);
    assert.equal(await page.locator("#new-version").count(), 0);
    await context.setOffline(true);
    await page.reload();
    await ready(page);
  } finally {
    await writeFile(join(root, "app/main.js"), main);
    await publish();
    await context.close();
  }
});

test("it can be installed: the manifest and its icons are there, below the page's own path", async () => {
  const { page, context } = await visit();
  await ready(page);
  const session = await context.newCDPSession(page);
  const { url, errors } = await session.send("Page.getAppManifest");
  assert.equal(url, `${site.url}manifest.webmanifest`);
  assert.deepEqual(errors, []);
  await kept(page);
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  assert.deepEqual(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito"), []);
  await context.close();
});
