// @ts-check
import { POLICIES } from "../strings/policies.js";

/** A folder in Hugging Face's layout, as it was picked, dropped or zipped; whatever is wrong with it is thrown as a sentence. */

/** @typedef {{ path: string, bytes: Uint8Array }} NamedFile */
/** @typedef {Record<typeof NEEDED[number], Uint8Array>} PolicyBytes */
/** What reads a zip: the files that `wanted` says yes to. @typedef {(zip: Uint8Array, wanted: (path: string, size: number) => boolean) => Record<string, Uint8Array>} Unzip */

const NEEDED = /** @type {const} */ (["config.json", "tokenizer.json", "model.safetensors"]);
const MEGABYTE = 2 ** 20;
/** The most that a policy may weigh: it is held several times over while it trains. */
export const MOST_MEGABYTES = 64;
/** What a folder may have instead of weights that can be read; looked for by name alone. */
const SHARDED = /^model-\d+-of-\d+\.safetensors$|^model\.safetensors\.index\.json$/;
const PICKLED = /^pytorch_model.*\.bin$|\.(pt|pth|ckpt)$/;

/** Whether a file's content matters, whatever else lies in a folder. @param {string} path */
export const isRead = (path) => NEEDED.some((name) => name === nameOf(path)) || /\.zip$/i.test(path);
/** Whether a file's name matters. @param {string} path */
export const isTold = (path) => isRead(path) || SHARDED.test(nameOf(path)) || PICKLED.test(nameOf(path));

/** The three files of the one policy among what was chosen. @param {NamedFile[]} chosen @param {Unzip} unzip @returns {{ title: string, files: PolicyBytes }} */
export function policyIn(chosen, unzip) {
  if (chosen.length === 0) throw new Error(POLICIES.nothing);
  for (const { path, bytes } of chosen) checkSize(path, bytes.length);
  const files = chosen.length === 1 && isZip(chosen[0]) ? unpacked(chosen[0], unzip) : chosen;
  const folder = policyFolder(files);
  const here = new Map(files.filter(({ path }) => folderOf(path) === folder).map((file) => [nameOf(file.path), file.bytes]));
  const missing = NEEDED.filter((name) => !here.has(name));
  if (missing.includes("model.safetensors")) {
    const names = [...here.keys()];
    if (names.some((name) => SHARDED.test(name))) throw new Error(POLICIES.sharded);
    const pickled = names.find((name) => PICKLED.test(name));
    if (pickled) throw new Error(POLICIES.pickled(pickled));
  }
  if (missing.length > 0) throw new Error(POLICIES.missing(missing));
  const title = nameOf(folder) || nameOf(chosen[0].path).replace(/\.zip$/i, "");
  return { title, files: /** @type {PolicyBytes} */ (Object.fromEntries(NEEDED.map((name) => [name, here.get(name)]))) };
}

/** What config.json and tokenizer.json say, as far as they must agree. @param {PolicyBytes} files */
export function readHeads(files) {
  const text = (/** @type {typeof NEEDED[number]} */ name) => new TextDecoder().decode(files[name]);
  const config = parsed("config.json", text("config.json"));
  const tokenizer = parsed("tokenizer.json", text("tokenizer.json"));
  const kind = tokenizer?.model?.type;
  if (!["BPE", "WordPiece", "Unigram"].includes(kind)) throw new Error(POLICIES.noTokenizer(POLICIES.tokenizerKind(String(kind).slice(0, 40))));
  return { config, tokenizer, configText: text("config.json"), tokenizerText: text("tokenizer.json") };
}

/** @param {string} name @param {string} text @returns {any} */
function parsed(name, text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(POLICIES.noJson(name));
  }
}

/** @param {NamedFile} file */
const isZip = ({ path, bytes }) => /\.zip$/i.test(path) || (bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4);

/** @param {NamedFile} zip @param {Unzip} unzip @returns {NamedFile[]} */
function unpacked({ path, bytes }, unzip) {
  /** Files that are looked for by name alone. @type {NamedFile[]} */
  const seen = [];
  let whole = 0;
  let entries;
  try {
    entries = unzip(bytes, (name, size) => {
      if (!NEEDED.some((needed) => needed === nameOf(name))) {
        if (isTold(name)) seen.push({ path: name, bytes: new Uint8Array() });
        return false;
      }
      whole += size;
      // What says that it is small and is not, the reader of zips cuts off.
      checkSize(`${path}/${name}`, whole);
      return true;
    });
  } catch (error) {
    if (error instanceof TooLarge) throw error;
    throw new Error(POLICIES.badZip(path));
  }
  return [...Object.entries(entries).map(([name, content]) => ({ path: name, bytes: content })), ...seen];
}

class TooLarge extends Error {}

/** @param {string} name @param {number} bytes */
function checkSize(name, bytes) {
  if (bytes > MOST_MEGABYTES * MEGABYTE) throw new TooLarge(POLICIES.tooLarge(name, MOST_MEGABYTES));
}

/** The folder that a policy lies in; “policy” if there are several, as in a zip of this page. @param {NamedFile[]} files */
function policyFolder(files) {
  const folders = files.filter(({ path }) => nameOf(path) === "config.json").map(({ path }) => folderOf(path));
  if (folders.length <= 1) return folders[0] ?? folderOf(files[0]?.path ?? "");
  const own = folders.find((folder) => nameOf(folder) === "policy");
  if (own === undefined) throw new Error(POLICIES.several(folders.slice(0, 5)));
  return own;
}

/** @param {string} path */
const folderOf = (path) => path.slice(0, Math.max(0, path.lastIndexOf("/")));
/** @param {string} path */
const nameOf = (path) => path.slice(path.lastIndexOf("/") + 1);
