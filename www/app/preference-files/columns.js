// @ts-check
/** @import { Entry } from "./entries.js" */
import { IMPORTS } from "../strings/imports.js";

/** Which columns hold what: known forms need no question, others are mapped onto TRL's columns by a person. */

/** @typedef {Record<string, unknown>} Row */
/**
 * How a file's columns are to be understood; a column's name is empty if there is none.
 * @typedef {object} Mapping
 * @property {"pair" | "judged" | "compared"} form two answers of which one is preferred; one answer and a label; two answers and a label that says which is better
 * @property {string} prompt
 * @property {string} first the chosen answer; the one that was judged; the first
 * @property {string} second the rejected one; the second
 * @property {string} label
 * @property {string} positive what the label says where the answer is good, or the first one better
 * @property {string} negative what it says where it is bad, or the second one better
 */

/** The columns of the forms that the core reads. */
const KNOWN = [
  ["chosen", "rejected"],
  ["prompt", "completion", "label"],
  ["input", "output_1", "output_2", "label"],
  ["sentence_good", "sentence_bad"],
];

/** What columns are often called, the likeliest first. */
const NAMES = {
  prompt: ["prompt", "question", "instruction", "input", "query", "context", "source"],
  chosen: ["chosen", "preferred", "winner", "better", "good", "best", "positive", "accepted", "answer_matching_behavior"],
  rejected: ["rejected", "dispreferred", "loser", "worse", "bad", "worst", "negative", "answer_not_matching_behavior"],
  completion: ["completion", "response", "answer", "output", "text", "reply"],
  label: ["label", "preference", "winner", "preferred", "rating", "score", "is_good", "liked", "thumbs"],
};
const POSITIVE = ["true", "1", "good", "yes", "a", "first", "output_1", "model_a", "up", "like", "positive", "0"];

/** @param {unknown} value @returns {value is Row} */
export const isRow = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether some entry has a form that the core reads, or none has columns at all: then there is nothing to ask. @param {Entry[]} entries */
export function speaksForItself(entries) {
  const rows = entries.map(({ value }) => value).filter(isRow);
  return rows.length === 0 || columnsOf(entries).length < 2 || rows.some((row) => KNOWN.some((columns) => columns.every((column) => column in row)));
}

/** The columns of some entries, in the order in which they come. @param {Entry[]} entries @returns {string[]} */
export function columnsOf(entries) {
  return [...new Set(entries.flatMap(({ value }) => (isRow(value) ? Object.keys(value) : [])))];
}

/** What a column says in some entries, without repetitions. @param {Entry[]} entries @param {string} column @returns {string[]} */
export function valuesOf(entries, column) {
  return [...new Set(entries.flatMap(({ value }) => (isRow(value) && column in value ? [spoken(value[column])] : [])))];
}

/** @param {unknown} value */
const spoken = (value) => (typeof value === "string" ? value : JSON.stringify(value));

/** The likeliest mapping, for a person to mend. @param {Entry[]} entries @returns {Mapping} */
export function guess(entries) {
  const columns = columnsOf(entries);
  /** @type {Set<string>} */
  const taken = new Set();
  /** A column with such a name that is not taken, the whole name before a part of it. @param {string[]} names */
  const like = (names) => {
    const free = columns.filter((column) => !taken.has(column));
    const found =
      names.map((name) => free.find((column) => column.toLowerCase() === name)).find(Boolean) ??
      names.map((name) => free.find((column) => column.toLowerCase().split(/[^a-z0-9]+/).includes(name))).find(Boolean) ??
      "";
    taken.add(found);
    return found;
  };
  const prompt = like(NAMES.prompt);
  const [chosen, rejected] = [like(NAMES.chosen), like(NAMES.rejected)];
  const none = { prompt, first: "", second: "", label: "", positive: "", negative: "" };
  if (chosen && rejected) return { ...none, form: "pair", first: chosen, second: rejected };
  for (const name of [chosen, rejected]) taken.delete(name);
  const [first, second] = twins(columns.filter((column) => column !== prompt));
  taken.add(first).add(second);
  const label = like(NAMES.label);
  const values = label ? guessLabels(valuesOf(entries, label), first, second) : {};
  if (first) return { ...none, ...values, form: label ? "compared" : "pair", first, second, label };
  const completion = like(NAMES.completion);
  if (completion && label) return { ...none, ...values, form: "judged", first: completion, label };
  const rest = columns.filter((column) => column !== prompt);
  return { ...none, form: "pair", first: rest[0] ?? "", second: rest[1] ?? "" };
}

/** Two columns whose names differ in a number or a letter alone, as output_1 and output_2. @param {string[]} columns @returns {[string, string]} */
function twins(columns) {
  for (const column of columns) {
    for (const [one, other] of ["12", "01", "ab", "AB"]) {
      const twin = column.slice(0, -1) + other;
      if (column.endsWith(one) && columns.includes(twin)) return [column, twin];
    }
  }
  return ["", ""];
}

/** @param {string[]} values @param {string} first @param {string} second */
function guessLabels(values, first, second) {
  if (values.includes(first) && values.includes(second)) return { positive: first, negative: second };
  const positive = POSITIVE.map((name) => values.find((value) => value.toLowerCase() === name)).find((value) => value !== undefined) ?? values[0] ?? "";
  return { positive, negative: values.find((value) => value !== positive) ?? "" };
}

/** Whether a mapping says all that its form needs. @param {Mapping} mapping */
export function isComplete({ form, first, second, label, positive, negative, prompt }) {
  if (form === "pair") return first !== "" && second !== "" && first !== second;
  const said = label !== "" && positive !== negative;
  return form === "judged" ? said && prompt !== "" && first !== "" : said && first !== "" && second !== "" && first !== second;
}

/**
 * A row in columns that the core reads.
 * @param {Row} row
 * @param {Mapping} mapping
 * @returns {{ row: Row } | { problem: string }}
 */
export function mapped(row, { form, prompt, first, second, label, positive, negative }) {
  const asked = prompt === "" ? {} : { prompt: row[prompt] };
  if (form === "pair") return { row: { ...asked, chosen: row[first], rejected: row[second] } };
  const said = label in row ? spoken(row[label]) : undefined;
  if (said !== positive && said !== negative) {
    return { problem: said === undefined ? IMPORTS.noColumn(label) : IMPORTS.neither(label, said, positive, negative) };
  }
  const good = said === positive;
  if (form === "judged") return { row: { ...asked, completion: row[first], label: good } };
  const [chosen, rejected] = good ? [first, second] : [second, first];
  return { row: { ...asked, chosen: row[chosen], rejected: row[rejected] } };
}
