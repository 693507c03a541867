// Prints what there is to translate of texts that stand outside www/app/strings/, as a table from each to itself: see
// www/app/strings/elsewhere.js.
// node www/build/texts-elsewhere.mjs (the core must have been built)
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Assets } from "../app/scenarios.js";
import { inPageWords } from "../worker/core-words.js";

const SOURCE = new URL("../../src/", import.meta.url);
const ASSETS = new URL("../assets/", import.meta.url);
const CORE = new URL("../pkg/playground_bg.wasm", import.meta.url);

/** Files that no page speaks through: the command line, tests. */
const OTHERS = /^bin\/|(^|\/)tests\.rs$/;
/** Files of which only the errors are shown: what policies are taught to say and to draw, kernels of the GPU. */
const SILENT = /^(assistant|points)\/|^engine\/gpu\/(?!device\.rs$)/;

/** What is looked at of Rust: comments, literals of all kinds, what is left out of the core, and the brackets that end it. */
const RUST = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|\br(#*)"(?<raw>[\s\S]*?)"\1|"(?<text>(?:[^"\\]|\\[\s\S])*)"|'(?:\\.[^'\n]*|[^'\\])'|#\[cfg\((?:all\()?test\b[^\n]*?\)\]|[{};]/g;

const ESCAPE = /\\(?:\r?\n\s*|u\{(?<code>[\da-f_]+)\}|x(?<byte>[\da-f]{2})|(?<letter>.))/gi;
/** @type {Record<string, string>} */
const LETTERS = { n: "\n", r: "\r", t: "\t", 0: "\0" };

/** What stands before the text of an error, which is shown whatever it says. */
const OF_AN_ERROR = /#\[error\(\s*$/;
/** What stands before texts that only who mends this program reads, and before formulas. */
const OF_A_MISTAKE = /(?:expect|panic!|unreachable!|log|latex)\(\s*(?:&format!\(\s*)?$|(?:reason|_type)\s*[=:]\s*$/;
/** Two words in a row, or a place and a word. */
const WORDS = /[\p{L}}][,;:]? \p{L}{2}/u;

/** @param {string} literal */
function unescaped(literal) {
  return literal.replace(ESCAPE, (...match) => {
    const { code, byte, letter } = match.at(-1);
    if (code ?? byte) return String.fromCodePoint(parseInt((code ?? byte).replaceAll("_", ""), 16));
    return letter === undefined ? "" : (LETTERS[letter] ?? letter);
  });
}

/** Whether a literal is a text that may be shown. @param {string} text @param {string} before what stands before it @param {boolean} silent whether only errors are */
function isShown(text, before, silent) {
  if (OF_AN_ERROR.test(before)) return /\p{L}/u.test(text.replace(/\{[^{}]*\}/g, ""));
  return !silent && WORDS.test(text) && !text.includes("\n") && !OF_A_MISTAKE.test(before);
}

/** The texts in a file of the core that may be shown, tests left out. @param {string} rust @param {boolean} [silent] whether only errors are */
export function textsIn(rust, silent = false) {
  /** @type {string[]} */
  const texts = [];
  /** How deep within an item of the tests, if within one. @type {number | null} */
  let depth = null;
  for (const { 0: token, index, groups = {} } of rust.matchAll(RUST)) {
    if (depth !== null) {
      if (token === "{") depth++;
      if (token === "}") depth--;
      if (depth === 0 && (token === "}" || token === ";")) depth = null;
      continue;
    }
    if (token.startsWith("#")) depth = 0;
    const text = groups.raw ?? (groups.text && unescaped(groups.text));
    if (text && isShown(text, rust.slice(Math.max(0, index - 80), index), silent)) texts.push(text);
  }
  return texts;
}

/** All texts in the source of the core that may be shown. */
async function written() {
  const paths = (await readdir(SOURCE, { recursive: true })).map((path) => path.replaceAll("\\", "/")).filter((path) => path.endsWith(".rs") && !OTHERS.test(path)).sort();
  const texts = paths.map(async (path) => textsIn(await readFile(new URL(path, SOURCE), "utf8"), SILENT.test(path)));
  return (await Promise.all(texts)).flat();
}

/** The core, as it was built. */
export async function builtCore() {
  const wasm = await import("../pkg/playground.js");
  wasm.initSync({ module: await readFile(CORE) });
  return wasm;
}

/** The texts in the core's data. */
async function registered() {
  /** @type {string[]} */
  const texts = [];
  const { catalogue, tableScenarios } = inPageWords(await builtCore(), (text) => {
    texts.push(text);
    return text;
  });
  catalogue("answers");
  catalogue("denoiser");
  tableScenarios();
  return texts;
}

/** What policies and scenarios are called and say of themselves. */
async function shipped() {
  const assets = new Assets(ASSETS, async (url) => new Response(await readFile(url, "utf8")));
  const { policies, scenarios } = await assets.index();
  return [...policies, ...scenarios].flatMap(({ title, description }) => [title, description]);
}

/** All there is to translate, each text to itself. @returns {Promise<Record<string, string>>} */
export async function textsElsewhere() {
  const texts = await Promise.all([written(), registered(), shipped()]);
  return Object.fromEntries(texts.flat().map((text) => [text, text]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await textsElsewhere(), null, 1));
