// @ts-check
/** A preference file taken apart into entries, slice by slice: lines of JSON, a list in JSON, or a table with columns. */
import Papa from "../../vendor/papaparse.js";

/** One record and the line where it begins, or its place in a list; no value if it is not JSON. @typedef {{ line: number, text: string, value: unknown }} Entry */
/** Some entries, and how much of the file has been read by then, from 0 to 1. @typedef {{ entries: Entry[], read: number }} Slice */

/** Characters of a slice: a few milliseconds of work. */
const SLICE = 2 ** 18;
/** Lines without anything on them, as the core understands that. */
const BLANK = /^[\s\u0085]*$/;

/**
 * The entries of a file. How it is laid out its name says, else its first characters.
 * @param {string} text
 * @param {string} name
 * @returns {Generator<Slice, void>}
 */
export function* slicesOf(text, name) {
  const plain = text.startsWith("\ufeff") ? text.slice(1) : text;
  if (isTable(plain, name)) return yield* table(plain);
  const rows = /\.jsonl$/i.test(name) ? null : listIn(plain);
  yield* rows ? list(rows, plain.length) : lines(plain);
}

/** @param {string} text @param {string} name */
function isTable(text, name) {
  if (/\.(csv|tsv)$/i.test(name)) return true;
  if (/\.(jsonl|json)$/i.test(name) || /^\s*[{[]/.test(text)) return false;
  const [first] = text.trimStart().split("\n", 1);
  return /[\t,;]/.test(first) && text.trimEnd().includes("\n");
}

/** A list of objects in JSON; null if the text is none. @param {string} text @returns {object[] | null} */
function listIn(text) {
  const value = /^\s*\[/.test(text) ? parsed(text) : null;
  return Array.isArray(value) && value.every((entry) => typeof entry === "object" && entry !== null && !Array.isArray(entry)) ? value : null;
}

/** @param {string} text @returns {Generator<Slice, void>} */
function* lines(text) {
  let line = 1;
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\n", start + SLICE);
    const next = end < 0 ? text.length : end + 1;
    const all = text.slice(start, next).split(/\r?\n/);
    if (end >= 0) all.pop();
    const first = line;
    const entries = all.flatMap((text, index) => (BLANK.test(text) ? [] : [{ line: first + index, text, value: parsed(text) }]));
    line += all.length;
    start = next;
    yield { entries, read: start / text.length };
  }
}

/** @param {object[]} values @param {number} length of their text @returns {Generator<Slice, void>} */
function* list(values, length) {
  const size = Math.max(1, Math.ceil((values.length * SLICE) / length));
  for (let start = 0; start < values.length; start += size) {
    const entries = values.slice(start, start + size).map((value, index) => ({ line: start + index + 1, text: JSON.stringify(value), value }));
    yield { entries, read: Math.min(1, (start + size) / values.length) };
  }
}

/** @param {string} text @returns {Generator<Slice, void>} */
function* table(text) {
  const { delimiter } = Papa.parse(text.slice(0, SLICE), { preview: 20 }).meta;
  const newline = /\r\n|\n|\r/.exec(text)?.[0] ?? "\n";
  const parser = new Papa.Parser({ delimiter, newline });
  /** @type {string[] | null} */
  let columns = null;
  let line = 1;
  let size = SLICE;
  for (let start = 0; start < text.length; ) {
    const piece = text.slice(start, start + size);
    const last = start + size >= text.length;
    const { data, meta } = parser.parse(piece, 0, !last);
    const taken = last ? piece.length : meta.cursor;
    // A record that is longer than the slice.
    if (taken === 0) {
      size *= 2;
      continue;
    }
    start += taken;
    size = SLICE;
    /** @type {Entry[]} */
    const entries = [];
    for (const row of /** @type {string[][]} */ (data)) {
      const at = line;
      line += 1 + row.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0);
      if (row.every((cell) => BLANK.test(cell))) continue;
      if (columns) entries.push(record(at, columns, row));
      else columns = row.map((name) => name.trim());
    }
    yield { entries, read: start / text.length };
  }
}

/** @param {number} line @param {string[]} columns @param {string[]} row @returns {Entry} */
function record(line, columns, row) {
  /** @type {Record<string, unknown>} */
  const value = {};
  columns.forEach((name, index) => {
    if (name !== "" && row[index] !== undefined) value[name] = typed(name, row[index]);
  });
  return { line, text: JSON.stringify(value), value };
}

/** A table has nothing but texts: what JSON would have as a number or a truth becomes one. @param {string} column @param {string} cell */
function typed(column, cell) {
  if (column === "weight" || column === "enabled" || column === "label") {
    const value = parsed(cell.trim().toLowerCase());
    if (typeof value === "number" || typeof value === "boolean") return value;
  }
  return cell;
}

/** The value of a JSON text; undefined if it is none. @param {string} text @returns {unknown} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
