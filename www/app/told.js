// @ts-check
import { ELSEWHERE } from "./strings/elsewhere.js";

/** Texts and templates of the core and of the assets, each with its translation. @typedef {Readonly<Record<string, string>>} Table */
/** A template: what stands around its places, one piece more than those. @typedef {{ pieces: string[], places: { name: string, quoted: boolean }[] }} Template */

/** A brace that stands for itself, or a place: {name}, {0}, {0:?}, {}. */
const BRACES = /\{\{|\}\}|\{(\w*)(:[^{}]*)?\}/g;
/** So many sentences within each other are told: the core never has more, but a person's text within them might seem to. */
const DEEPEST = 8;

/** The templates of a table and of their translations, those that say most by themselves first. @type {WeakMap<Table, [Template, Template][]>} */
const known = new WeakMap();

/**
 * A text of the core or of the assets in the page's language. What the places of a sentence hold is translated in turn, except what the
 * core quotes: that is a name, or a person's. A text that the table does not know stays as it is; a template without a
 * letter of its own would be found in everything, so it is none.
 * @param {string} text
 * @param {Table} [table]
 * @param {number} [depth] how many sentences it stands in
 * @returns {string}
 */
export function told(text, table = ELSEWHERE, depth = 0) {
  if (Object.hasOwn(table, text)) return table[text];
  if (depth === DEEPEST) return text;
  for (const [from, to] of known.get(table) ?? read(table)) {
    const held = heldBy(from, text);
    if (!held) continue;
    const places = new Map(from.places.map(({ name, quoted }, index) => [name, quoted ? held[index] : told(held[index], table, depth + 1)]));
    return to.pieces[0] + to.places.map(({ name }, index) => (places.get(name) ?? `{${name}}`) + to.pieces[index + 1]).join("");
  }
  return text;
}

/** What a text has in the places of a template, each as short as can be; null if it is not made by it. @param {Template} template @param {string} text */
function heldBy({ pieces: [first, ...others] }, text) {
  if (others.length === 0) return text === first ? [] : null;
  const last = /** @type {string} */ (others.pop());
  if (!text.startsWith(first) || !text.endsWith(last)) return null;
  const held = [];
  let at = first.length;
  // Pieces are sought one after the other and never again: no text makes this slow.
  for (const piece of others) {
    const next = text.indexOf(piece, at);
    if (next < 0) return null;
    held.push(text.slice(at, next));
    at = next + piece.length;
  }
  const end = text.length - last.length;
  return at <= end ? [...held, text.slice(at, end)] : null;
}

/** @param {Table} table */
function read(table) {
  const own = (/** @type {Template} */ { pieces }) => pieces.join("");
  const templates = Object.entries(table)
    .filter(([english]) => english.includes("{"))
    .map((both) => /** @type {[Template, Template]} */ (both.map(template)))
    .filter(([from]) => /\p{L}/u.test(own(from)))
    .sort(([one], [other]) => own(other).length - own(one).length);
  known.set(table, templates);
  return templates;
}

/** @param {string} text @returns {Template} */
function template(text) {
  const pieces = [""];
  const places = [];
  let [end, unnamed] = [0, 0];
  for (const match of text.matchAll(BRACES)) {
    const [braces, name, form = ""] = match;
    pieces[places.length] += text.slice(end, match.index);
    end = match.index + braces.length;
    if (name === undefined) pieces[places.length] += braces[0];
    else pieces[places.push({ name: name || String(unnamed++), quoted: form.startsWith(":?") })] = "";
  }
  pieces[places.length] += text.slice(end);
  return { pieces, places };
}
