// A folder in Hugging Face's layout becomes a policy, picked or dropped; one that is none is refused and loses nothing.
import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { more, open, openNames, parts, reached, ready, start } from "./browser.mjs";

/** @typedef {import("playwright-core").Page} Page */

const NAMES = fileURLToPath(new URL("../../www/assets/policies/names", import.meta.url));

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
/** Where the folders lie. @type {string} */
let place;
before(async () => {
  site = await start();
  place = await mkdtemp(join(tmpdir(), "policies-"));
});
after(async () => {
  await site?.stop();
  await rm(place, { recursive: true, force: true });
});

/** The policy of first names as a folder of another name, with notes beside and below. @param {string} name */
async function folder(name) {
  const path = join(place, name);
  await cp(NAMES, path, { recursive: true });
  await writeFile(join(path, "notes.txt"), "of no matter");
  await cp(join(path, "README.md"), join(path, "notes", "README.md"));
  return path;
}

const dialogOf = (/** @type {Page} */ page) => page.getByRole("dialog", { name: "Bring a policy of your own" });

/** @param {Page} page */
async function openDialog(page) {
  await more(page);
  await page.getByRole("button", { name: "Bring a policy" }).click();
  await dialogOf(page).waitFor();
}

/** Drops a file or a folder as a person does: only the browser itself can make a drop that has folders in it. @param {Page} page @param {string} target @param {string} path */
async function drop(page, target, path) {
  const box = await page.locator(target).boundingBox();
  assert.ok(box, `${target} is nowhere`);
  const session = await page.context().newCDPSession(page);
  // The first time it is over the page, what shows where to drop comes under it.
  for (const type of /** @type {const} */ (["dragEnter", "dragOver", "dragOver", "drop"])) {
    await session.send("Input.dispatchDragEvent", { type, x: box.x + box.width / 2, y: box.y + 20, data: { items: [], files: [path], dragOperationsMask: 1 } });
  }
  await session.detach();
}

/** The name of the policy that is open. @param {Page} page */
const openOne = (page) => page.getByRole("combobox", { name: "Policy" }).evaluate((select) => /** @type {HTMLSelectElement} */ (select).selectedOptions[0].label);

/** @type {Record<string, (page: Page, path: string) => Promise<void>>} */
const WAYS = {
  "is picked": async (page, path) => {
    await openDialog(page);
    await dialogOf(page).locator("input[webkitdirectory]").setInputFiles(path);
  },
  "is dropped onto the dialog": async (page, path) => {
    await openDialog(page);
    await drop(page, "#policy-dialog .drop", path);
  },
  "is dropped onto the page": (page, path) => drop(page, "#pairs", path),
};

for (const [how, bring] of Object.entries(WAYS)) {
  test(`a folder that ${how} is a policy, named as the folder, and trains`, async () => {
    const { page, context, wrong } = await openNames(site);
    await parts(page).box(0, "Chosen").fill("lia");
    await bring(page, await folder(`my names ${how}`));
    await dialogOf(page).getByText(new RegExp(`“my names ${how}” \\(105.664 parameters\\) is in the list of policies now, and open\\.`)).waitFor();
    await page.keyboard.press("Escape");
    await ready(page);
    assert.equal(await openOne(page), `my names ${how}`);
    // The pairs are those that were there.
    assert.equal(await parts(page).rows.count(), 32);
    assert.equal(await parts(page).box(0, "Chosen").inputValue(), "lia");
    await parts(page).run.click();
    await reached(page, 3);
    assert.deepEqual(wrong, []);
    await context.close();
  });
}

test("a folder that lacks a file or has a broken one is refused in a sentence, and nothing is lost", async () => {
  const { page, context, wrong } = await openNames(site);
  const { run, box } = parts(page);
  await box(0, "Chosen").fill("lia");
  await run.click();
  await reached(page, 3);
  const policies = await page.getByRole("combobox", { name: "Policy" }).locator("option").allTextContents();
  /** @type {[string, (path: string) => Promise<void>, RegExp][]} */
  const cases = [
    ["no config", (path) => rm(join(path, "config.json")), /^There is no config\.json in it: a policy's folder has config\.json, tokenizer\.json and model\.safetensors\.$/],
    ["no tokenizer", (path) => rm(join(path, "tokenizer.json")), /^There is no tokenizer\.json in it/],
    ["no weights", (path) => rm(join(path, "model.safetensors")), /^There is no model\.safetensors in it/],
    ["half a config", (path) => writeFile(join(path, "config.json"), '{"model_type": "gpt2",'), /^config\.json is no JSON\.$/],
    ["another architecture", (path) => writeFile(join(path, "config.json"), '{"model_type": "mamba"}'), /mamba/],
  ];
  for (const way of ["is picked", "is dropped onto the page"]) {
    for (const [name, spoil, told] of cases) {
      const path = await folder(`${name} ${way}`);
      await spoil(path);
      await WAYS[way](page, path);
      const alert = dialogOf(page).getByRole("alert");
      await alert.filter({ hasText: /./ }).waitFor();
      assert.match((await alert.textContent()) ?? "", told, `${name}, ${way}`);
      await page.keyboard.press("Escape");
      await dialogOf(page).waitFor({ state: "hidden" });
    }
  }
  assert.equal(await openOne(page), "First names");
  assert.deepEqual(await page.getByRole("combobox", { name: "Policy" }).locator("option").allTextContents(), policies);
  assert.equal(await box(0, "Chosen").inputValue(), "lia");
  // The run that was under way still is.
  await reached(page, (await reached(page, 3)) + 3);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("where a lesson has fixed the policy, a folder is turned away and preferences are not", async () => {
  const lesson = { policy: "names", scenario: "vowel-ending", locked: ["policy"] };
  const { page, context, wrong } = await open(site, {}, { file: `#share=1.${deflateRawSync(JSON.stringify(lesson)).toString("base64url")}` });
  await ready(page);
  await drop(page, "#pairs", await folder("in a lesson"));
  const preferences = join(place, "one.jsonl");
  await writeFile(preferences, JSON.stringify({ prompt: "Lu", chosen: "cia", rejected: "ke" }));
  await drop(page, "#pairs", preferences);
  await page.locator("#notices").getByText("1 pair of one.jsonl added.").waitFor();
  assert.ok(await dialogOf(page).isHidden());
  assert.equal(await openOne(page), "First names");
  assert.deepEqual(wrong, []);
  await context.close();
});
