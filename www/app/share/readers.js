// @ts-check
/** Each field of a link is read by itself: it is fit, or there is a reason why not. */
import { SHARE } from "../strings/share.js";

const MOST_NAME = 60;
const MOST_VALUES = 60;
export const MOST_SEED = 2 ** 32 - 1;

/** A value that may be kept, and what is told of parts that were left out; or why it may not be kept. @typedef {{ value: any, told?: string[] } | { why: string }} Verdict */
/** @typedef {(value: unknown) => Verdict} Reader */
/** How the page looks. @typedef {{ tab?: string, theme?: string, projector?: boolean }} SharedView */

/** @type {(most: number) => Reader} */
export const text = (most) => (value) =>
  typeof value !== "string" ? { why: SHARE.noText } : value.length > most ? { why: SHARE.longText(most) } : { value };

/** @type {(least: number, most: number) => Reader} */
export const whole = (least, most) => (value) =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most ? { value } : { why: SHARE.noWhole(least, most) };

/** @type {(least: number, most: number) => Reader} */
export const real = (least, most) => (value) =>
  typeof value === "number" && value >= least && value <= most ? { value } : { why: SHARE.noNumber(least, most) };

/** @type {(choices: readonly string[]) => Reader} */
export const oneOf = (choices) => (value) => (typeof value === "string" && choices.includes(value) ? { value } : { why: SHARE.noChoice(choices) });

/** A word by which something is looked up; none that every object has. @type {Reader} */
export const name = (value) =>
  typeof value === "string" && value.length <= MOST_NAME && /^[\p{L}\p{N}][\p{L}\p{N} _-]*$/u.test(value) && !(value in Object.prototype)
    ? { value }
    : { why: SHARE.noName };

/** Numbers by their names. @type {Reader} */
export const values = (value) => {
  if (!isRecord(value)) return { why: SHARE.noTable };
  const entries = Object.entries(value);
  const fit = entries.length <= MOST_VALUES && entries.every(([key, number]) => "value" in name(key) && Number.isFinite(number));
  return fit ? { value: Object.fromEntries(entries) } : { why: SHARE.noTable };
};

/** @type {Reader} */
export const flag = (value) => (typeof value === "boolean" ? { value } : { why: SHARE.noSwitch });

/** A table of exactly these parts. @type {(readers: Record<string, Reader>) => Reader} */
export const table = (readers) => (value) => {
  if (!isRecord(value)) return { why: SHARE.noTable };
  return together(Object.entries(readers).map(([part, reader]) => [part, reader(value[part])]));
};

/** A table of these parts, as far as they are there. @type {(readers: Record<string, Reader>) => Reader} */
export const partsOf = (readers) => (value) => {
  if (!isRecord(value)) return { why: SHARE.noTable };
  return together(Object.entries(readers).flatMap(([part, reader]) => (value[part] === undefined ? [] : [[part, reader(value[part])]])));
};

/** All parts, or the first reason against one. @param {[part: string, verdict: Verdict][]} parts @returns {Verdict} */
function together(parts) {
  /** @type {Record<string, unknown>} */
  const fit = {};
  for (const [part, verdict] of parts) {
    if ("why" in verdict) return { why: `${part}: ${verdict.why}` };
    fit[part] = verdict.value;
  }
  return { value: fit };
}

/** What runs the graphs. */
export const engine = oneOf(["automatic", "gpu", "cpu"]);

/** How the page looks. */
export const view = partsOf({ tab: name, theme: name, projector: flag });

/**
 * The fit pairs of a list, up to the most, and how many the others are.
 * @template T
 * @param {unknown} value
 * @param {number} most
 * @param {(one: unknown) => T | null} read
 * @param {(count: number) => string} unfit says so
 * @returns {Verdict}
 */
export function pairsOf(value, most, read, unfit) {
  if (!Array.isArray(value)) return { why: SHARE.noList };
  const all = value.slice(0, most).map(read);
  const fit = all.filter((one) => one !== null);
  /** @type {string[]} */
  const told = [];
  if (fit.length < all.length) told.push(unfit(all.length - fit.length));
  if (value.length > most) told.push(SHARE.manyPairs(value.length - most, most));
  return { value: fit.length > 0 ? fit : undefined, told };
}

/**
 * Those fields that are fit, and a sentence's part for each that is not.
 * @template T
 * @param {Record<string, unknown>} fields of a link, unchecked
 * @param {Record<string, Reader>} readers of the fields that the page knows
 * @returns {{ shared: T, problems: string[] }}
 */
export function readFields(fields, readers) {
  /** @type {Record<string, unknown>} */
  const shared = {};
  /** @type {string[]} */
  const problems = [];
  for (const [field, value] of Object.entries(fields)) {
    if (!Object.hasOwn(readers, field)) {
      problems.push(SHARE.unknownField(field));
      continue;
    }
    const verdict = readers[field](value);
    if ("why" in verdict) {
      problems.push(SHARE.unfit(field, verdict.why));
      continue;
    }
    if (verdict.value !== undefined) shared[field] = verdict.value;
    problems.push(...(verdict.told ?? []));
  }
  return { shared: /** @type {T} */ (shared), problems };
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
export const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
