// @ts-check
/** @import { Parsed, PairText } from "../messages.js" */
/** @import { Mapping, Row } from "./columns.js" */
/** @import { Entry } from "./entries.js" */
import { MOST_WEIGHT } from "../pairs-state.js";
import { IMPORTS } from "../strings/imports.js";
import { isRow, mapped } from "./columns.js";
import { slicesOf } from "./entries.js";
import { pairUp } from "./singles.js";

/** @typedef {{ line: number, message: string }} Problem */
/** A pair and the line that it is from. @typedef {{ line: number, pair: PairText }} Found */
/**
 * @typedef {object} Options
 * @property {string} name of the file: how it ends may say how it is laid out
 * @property {(text: string) => Promise<Parsed>} parse the core's reader
 * @property {Mapping | null} [mapping] for columns that the core does not know
 * @property {(read: number) => void} [progress] is told how much has been read, from 0 to 1
 * @property {AbortSignal} [signal]
 */

/**
 * Reads a preference file slice by slice, so that neither the page nor a run stands still: every line that the core
 * can read, and what is wrong with the others. Answers that were judged by themselves are paired up; those without a
 * counterpart are pairs of one side.
 * @param {string} text
 * @param {Options} options
 * @returns {Promise<{ pairs: PairText[], problems: Problem[] }>} an aborted reading is rejected
 */
export async function readPairs(text, { name, parse, mapping = null, progress = () => {}, signal }) {
  /** @type {Found[]} */
  const found = [];
  /** @type {Problem[]} */
  const problems = [];
  for (const { entries, read } of slicesOf(text, name)) {
    signal?.throwIfAborted();
    const slice = await readEntries(entries, parse, mapping);
    found.push(...slice.found);
    problems.push(...slice.problems);
    progress(read);
  }
  signal?.throwIfAborted();
  return { pairs: pairUp(found).map(({ pair }) => pair), problems };
}

/**
 * @param {Entry[]} entries
 * @param {Options["parse"]} parse
 * @param {Mapping | null} mapping
 * @returns {Promise<{ found: Found[], problems: Problem[] }>}
 */
export async function readEntries(entries, parse, mapping) {
  /** @type {Problem[]} */
  const problems = [];
  const prepared = entries.flatMap((entry) => {
    const ready = prepare(entry, mapping);
    if (!("problem" in ready)) return [{ line: entry.line, ...ready }];
    problems.push({ line: entry.line, message: ready.problem });
    return [];
  });
  if (prepared.length === 0) return { found: [], problems };
  const read = await parse(prepared.map(({ text }) => text).join("\n"));
  const bad = new Map(read.problems.map(({ line, message }) => [line, message]));
  if (read.pairs.length + bad.size !== prepared.length) throw new Error("the reader lost count of the lines");
  /** @type {Found[]} */
  const found = [];
  let next = 0;
  prepared.forEach(({ line, more }, index) => {
    const message = bad.get(index + 1);
    if (message !== undefined) problems.push({ line, message });
    else found.push({ line, pair: withMore(read.pairs[next++], more) });
  });
  return { found, problems: problems.sort((one, other) => one.line - other.line) };
}

/** What a line says beside the texts. @typedef {Pick<PairText, "weight" | "enabled" | "only">} More */

/** @param {PairText} pair @param {More} more @returns {PairText} */
function withMore(pair, more) {
  const absent = more.only && (more.only === "chosen" ? "rejected" : "chosen");
  return { ...pair, ...(absent && { [absent]: "" }), ...more };
}

/**
 * An entry as a line that the core reads.
 * @param {Entry} entry
 * @param {Mapping | null} mapping
 * @returns {{ text: string, more: More } | { problem: string }}
 */
function prepare({ text, value }, mapping) {
  if (!isRow(value)) return { text, more: {} };
  if (mapping) {
    const ready = mapped(value, mapping);
    return "problem" in ready ? ready : single(ready.row) ?? { text: JSON.stringify(ready.row), more: {} };
  }
  const more = moreOf(value);
  if ("problem" in more) return more;
  const alone = single(value);
  return alone ? { text: alone.text, more: { ...more, ...alone.more } } : { text, more };
}

/** @param {Row} row @returns {More | { problem: string }} */
function moreOf({ weight, enabled }) {
  if (weight !== undefined && weight !== null && !(typeof weight === "number" && weight >= 0 && weight <= MOST_WEIGHT)) {
    return { problem: IMPORTS.unfitWeight(JSON.stringify(weight), MOST_WEIGHT) };
  }
  if (enabled !== undefined && enabled !== null && typeof enabled !== "boolean") {
    return { problem: IMPORTS.unfitEnabled(JSON.stringify(enabled)) };
  }
  return { ...(typeof weight === "number" && weight !== 1 && { weight }), ...(enabled === false && { enabled }) };
}

/** An answer that was judged by itself, as a pair whose other side is empty; the core says what is wrong with others. @param {Row} row */
function single(row) {
  const { prompt, completion, label } = row;
  if ("chosen" in row || "rejected" in row || prompt === undefined || typeof label !== "boolean") return null;
  const messages = Array.isArray(completion) && completion.every(isRow);
  if (typeof completion !== "string" && !messages) return null;
  const nothing = messages ? [{ role: "assistant", content: "" }] : "";
  const [chosen, rejected] = label ? [completion, nothing] : [nothing, completion];
  /** @type {More} */
  const more = { only: label ? "chosen" : "rejected" };
  return { text: JSON.stringify({ prompt, chosen, rejected }), more };
}
