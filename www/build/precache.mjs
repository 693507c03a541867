// Writes precache.js into a built site: every file that the page needs without a network, with the hash of its bytes.
// node www/build/precache.mjs dist
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The service worker itself and its list are looked after by the browser. */
const OWN = ["service-worker.js", "precache.js"];

/** Whether a page asks for a file: not hidden ones, nor what only readers of the source open. @param {string} path */
export const isNeeded = (path) => !OWN.includes(path) && !/(^|\/)\.|\.md$|LICENSE$/.test(path);

/** The path and the SHA-256 of each file that a page asks for, sorted by path. @param {string} folder @returns {Promise<[string, string][]>} */
export async function precacheList(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(join(folder, sep).length).replaceAll(sep, "/"))
    .filter(isNeeded)
    .sort();
  return Promise.all(paths.map(async (path) => /** @type {[string, string]} */ ([path, createHash("sha256").update(await readFile(join(folder, path))).digest("hex")])));
}

/** The list as a script of the service worker. @param {[string, string][]} list */
export function precacheScript(list) {
  return `"use strict";\n// The files of this version of the site, by path, with the SHA-256 of their bytes.\nself.PRECACHE = ${JSON.stringify(Object.fromEntries(list), null, 1)};\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2);
  if (!folder) {
    console.error("usage: node precache.mjs FOLDER");
    process.exit(1);
  }
  const list = await precacheList(folder);
  await writeFile(join(folder, "precache.js"), precacheScript(list));
  console.log(`${list.length} files are there without a network`);
}
