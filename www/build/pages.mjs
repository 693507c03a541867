// Writes the pages and the manifest into a built site, with their words, so that none is loaded later.
// node www/build/pages.mjs dist
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { COMPARE_PAGE } from "../app/strings/pages/compare.js";
import { DIFFUSION_PAGE } from "../app/strings/pages/diffusion.js";
import { GAMES_PAGE } from "../app/strings/pages/games.js";
import { MANIFEST } from "../app/strings/pages/manifest.js";
import { SHARED } from "../app/strings/pages/shared.js";
import { TRAIN_PAGE } from "../app/strings/pages/train.js";

/** Words by the keys that templates name. @typedef {Readonly<Record<string, string>>} Words */
/** A template, and the words that it has to itself. @typedef {{ file: string, template: string, own: Words }} Page */

/** @type {Readonly<Record<string, Words>>} */
export const PAGES = Object.freeze({
  "index.html": TRAIN_PAGE,
  "compare.html": COMPARE_PAGE,
  "games.html": GAMES_PAGE,
  "diffusion.html": DIFFUSION_PAGE,
  "manifest.webmanifest": MANIFEST,
});

/** {{key}}: where a word goes. Anything in the braces counts, so that a slip is found. */
const PLACE = /\{\{(.*?)\}\}/g;

/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const asHtml = (/** @type {string} */ word) => word.replace(/[&<>"]/g, (sign) => ENTITIES[sign]);
const asJson = (/** @type {string} */ word) => JSON.stringify(word).slice(1, -1);

/** What is wrong between templates and words, a sentence each: each key has one word, each word is named. @param {Page[]} pages @param {Words} shared */
function mistakes(pages, shared) {
  /** @type {string[]} */
  const found = [];
  const idle = new Set(Object.keys(shared));
  for (const { file, template, own } of pages) {
    const keys = new Set(Array.from(template.matchAll(PLACE), ([, key]) => key));
    for (const key of keys) {
      idle.delete(key);
      if (!Object.hasOwn(own, key) && !Object.hasOwn(shared, key)) found.push(`${file} names “${key}”, for which there is no word.`);
    }
    for (const key of Object.keys(own)) {
      if (!keys.has(key)) found.push(`${file} does not name its word “${key}”.`);
      if (Object.hasOwn(shared, key)) found.push(`${file} has a word “${key}” of its own beside the shared one.`);
    }
  }
  return [...found, ...Array.from(idle, (key) => `No page names the shared word “${key}”.`)];
}

/** The pages' texts by file, each key replaced by its word; throws where a key or a word is left over. @param {Page[]} pages @param {Words} shared */
export function fill(pages, shared) {
  const found = mistakes(pages, shared);
  if (found.length > 0) throw new Error(found.join("\n"));
  return pages.map(({ file, template, own }) => {
    const words = { ...shared, ...own };
    const write = file.endsWith(".html") ? asHtml : asJson;
    return { file, text: template.replace(PLACE, (_, key) => write(words[key])) };
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2);
  if (!folder) {
    console.error("usage: node pages.mjs FOLDER");
    process.exit(1);
  }
  const templates = Object.entries(PAGES).map(async ([file, own]) => ({ file, template: await readFile(new URL(`../${file}`, import.meta.url), "utf8"), own }));
  try {
    for (const { file, text } of fill(await Promise.all(templates), SHARED)) await writeFile(join(folder, file), text);
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    process.exit(1);
  }
}
