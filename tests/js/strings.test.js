import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import ts from "typescript";
import { PAGES } from "../../www/build/pages.mjs";

const WWW = new URL("../../www/", import.meta.url);
const STRINGS = "app/strings/";
/** Not ours, or made by the build. */
const OTHERS = /^(node_modules|vendor|pkg|build)\//;

/** Whole modules that write English for other readers than the page's. @type {[start: string, why: string][]} */
const OTHER_READERS = [
  ["app/export/", "it writes the files of an export: a script, a model card, a configuration"],
  ["service-worker.js", "a classic script that imports no module; it speaks to the console"],
];
/** Single texts that look like sentences; … stands for what is filled in. @type {[file: string, text: string, why: string][]} */
const OTHER_TEXTS = [
  ["app/command-reader.js", "there is no command …", "a page that sends this has a mistake"],
  ["app/command-reader.js", 'the command "…" has an unfit …', "a page that sends this has a mistake"],
  ["app/dom.js", "the page has no … called …", "a page without it has a mistake"],
  ["app/offline.js", "others are open", "the name of a message"],
  ["app/policies/policy-folder.js", "Unigram", "a type of tokenizer, as its file names it"],
  ["app/preference-files/read.js", "the reader lost count of the lines", "the core has a mistake"],
  ["app/scenarios.js", "string", "the type of a field"],
  ["app/share/link.js", "more bytes than allowed", "it is caught, and told as a damaged link"],
  ["app/views/import.js", "Files", "what the browser calls dropped files"],
  ["app/views/save-figure.js", "no picture came of it", "it is caught, and told in other words"],
  ["games/views/thoughts.js", "no game is shown", "the page has a mistake"],
  ["shape-worker.js", "a drawing is numbers", "a page that sends this has a mistake"],
];

/** Keys, as browsers name them. */
const KEYS = new Set(["Alt", "Ctrl", "Shift", "Space", "Enter", "Escape", "Home", "End"]);
/** Properties and attributes that are read or heard. */
const SHOWN = new Set(["label", "title", "unit", "text", "description", "placeholder", "over", "aria-label", "aria-description", "aria-valuetext"]);

/** Whether a text reads as English: a word with a capital, a capital and two words, words up to a full stop, or three words in a row. @param {string} text */
function isEnglish(text) {
  if (text.startsWith("<")) return false;
  if (/^\p{Lu}\p{Ll}+$/u.test(text)) return !KEYS.has(text);
  return /^\P{L}*\p{Lu}[\p{L}'’]* .*\p{L}{2}/u.test(text) || /\p{L} .*\p{L}{2}[.!?:;…]+\s*$/u.test(text) || /(^| )\p{L}+ \p{L}{2,} \p{L}+/u.test(text);
}

/** A literal as it reads. @param {ts.Node} node */
function textOf(node) {
  if (ts.isStringLiteralLike(node)) return node.text;
  return ts.isTemplateExpression(node) ? node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join("") : null;
}

/** What an expression becomes a part of: choices and sums are looked through. @param {ts.Node} node @returns {ts.Node} */
function whole(node) {
  const { parent } = node;
  const sum = ts.isBinaryExpression(parent) && /^(\|\||\?\?|\+)$/.test(parent.operatorToken.getText());
  const choice = ts.isConditionalExpression(parent) && parent.condition !== node;
  return sum || choice || ts.isParenthesizedExpression(parent) ? whole(parent) : node;
}

/** Whether a literal stands where only what is shown does. @param {ts.Node} literal */
function isShown(literal) {
  const node = whole(literal);
  const { parent } = node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node && SHOWN.has(/** @type {any} */ (parent.name).text);
  if (!ts.isCallExpression(parent) && !ts.isNewExpression(parent)) return false;
  const called = parent.expression.getText().split(".").at(-1);
  const [first, ...others] = parent.arguments ?? [];
  if (called === "setAttribute") return others[0] === node && SHOWN.has(textOf(first) ?? "");
  if (called === "Option") return first === node;
  return (called === "element" || called === "setText") && others.includes(/** @type {ts.Expression} */ (node));
}

/** Literals of a module that a person would read, as far as a test can tell. @param {string} path @param {string} code */
function english(path, code) {
  /** @type {string[]} */
  const found = [];
  const source = ts.createSourceFile(path, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  /** @param {ts.Node} node */
  const look = (node) => {
    if (ts.isImportDeclaration(node)) return;
    const text = textOf(node);
    const word = text !== null && /\p{L}{2}/u.test(text.replaceAll("…", "")) && isShown(node);
    if (text !== null && (word || isEnglish(text))) found.push(text);
    ts.forEachChild(node, look);
  };
  look(source);
  return found;
}

const files = (await readdir(WWW, { recursive: true })).map((path) => path.replaceAll("\\", "/")).filter((path) => path.endsWith(".js") && !OTHERS.test(path));

test("what a person reads stands in app/strings, nowhere else", async () => {
  const modules = files.filter((path) => !path.startsWith(STRINGS) && !OTHER_READERS.some(([start]) => path.startsWith(start)));
  assert.ok(modules.length > 100, `${modules.length}`);
  const found = await Promise.all(modules.map(async (path) => english(path, await readFile(new URL(path, WWW), "utf8")).map((text) => `${path}: ${text}`)));
  assert.deepEqual([...new Set(found.flat())].sort(), OTHER_TEXTS.map(([file, text]) => `${file}: ${text}`).sort());
});

test("sentences, attributes and single words that are shown are found, names are not", () => {
  const shown = ['tell("Not ready: see it");', "tell(`Run ${letter} stopped.`);", 'throw new Error("its file could not be read");', 'element("button", { type: "button" }, "Play");', 'element("p", { "aria-label": "scores" });', 'const chart = { unit: "nats" };', 'setText(button, on ? "pause" : other);', 'const heads = ["Step", ...names];'];
  for (const code of shown) assert.equal(english("a.js", code).length, 1, code);
  for (const code of ['import "./Some name of.js";', '// It is a comment.', 'element("div", { class: "toolbar chart-tools", id: "run" });', 'dispatch({ type: "take over" });', "path(`M${x} 0 L8 0`);"]) assert.deepEqual(english("a.js", code), [], code);
});

/** Attributes of HTML that are read or heard; a meta's content is, where it describes the page. */
const HEARD = /\s(?:(?:aria-label|aria-description|aria-valuetext|aria-roledescription|title|placeholder|alt|label)|name="description"\s+content)="([^"]*)"/g;
/** What a device shows of a manifest. */
const NAMED = new Set(["name", "short_name", "description", "label"]);

/** A template's texts that a person would read and that no key stands for: two letters are a word. @param {string} file @param {string} template */
function left(file, template) {
  /** @type {string[]} */
  const texts = [];
  if (file.endsWith(".html")) {
    for (const [, text] of [...template.matchAll(/>([^<>]+)</g), ...template.matchAll(HEARD)]) texts.push(text.trim());
  } else {
    JSON.parse(template, (key, value) => {
      if (NAMED.has(key)) texts.push(value);
      return value;
    });
  }
  return texts.filter((text) => /\p{L}{2}/u.test(text.replace(/\{\{\w+\}\}/g, "")));
}

test("the pages and the manifest name their words, and write none", async () => {
  const templates = (await readdir(WWW)).filter((file) => /\.(html|webmanifest)$/.test(file));
  assert.deepEqual(templates.sort(), Object.keys(PAGES).sort());
  for (const file of templates) assert.deepEqual(left(file, await readFile(new URL(file, WWW), "utf8")), [], file);
});

test("words in HTML's texts and attributes and in a manifest are found, keys and names are not", () => {
  for (const html of ["<p>Run</p>", "<p>{{run}} it</p>", "<p>{{a loss}}</p>", '<b title="Run">1</b>', '<input placeholder="a, {{b}}, and">', '<meta name="description" content="A page">', '<img alt="Two curves" src="a.png">']) assert.equal(left("a.html", html).length, 1, html);
  for (const html of ['<p id="run" class="card">{{run}} <b>0</b> = {{neither}}</p>', '<option value="rule">{{rule}}</option>', '<meta name="viewport" content="width=device-width">']) assert.deepEqual(left("a.html", html), [], html);
  assert.deepEqual(left("a.webmanifest", '{ "name": "{{name}}", "short_name": "Play", "display": "standalone", "shortcuts": [{ "name": "Games", "url": "games.html" }] }').sort(), ["Games", "Play"]);
});

/** @param {unknown} value @param {string} name */
function assertFrozen(value, name) {
  if (typeof value !== "object" || value === null) return;
  assert.ok(Object.isFrozen(value), `${name} can be changed`);
  for (const [key, part] of Object.entries(value)) assertFrozen(part, `${name}.${key}`);
}

test("strings are frozen objects, through and through", async () => {
  for (const path of files.filter((path) => path.startsWith(STRINGS))) {
    for (const [name, value] of Object.entries(await import(new URL(path, WWW).href))) {
      assert.equal(typeof value, "object", `${path}: ${name}`);
      assertFrozen(value, `${path}: ${name}`);
    }
  }
});
