// @ts-check
/** @import { Catalogue, EngineChoice, JudgeKind, PairText, Sampler } from "../messages.js" */
/** @import { PolicyHeader, ScenarioHeader } from "../scenarios.js" */
/** @import { LessonFields } from "./lesson-fields.js" */
/** @import { Reader, SharedView } from "./readers.js" */
import { JUDGE_KINDS } from "../messages.js";
import { SHARE } from "../strings/share.js";
import { isWritten } from "../written.js";
import { fitForCore } from "./fit-for-core.js";
import { lessonReaders } from "./lesson-fields.js";
import { MOST_SEED, engine, isRecord, name, oneOf, pairsOf, readFields, real, table, text, values, view, whole } from "./readers.js";

/** The controls that a teacher may hide or lock. */
export const CONTROLS = /** @type {const} */ (["policy", "scenario", "method", "numbers", "judge", "seed", "engine", "pairs"]);
/** @typedef {typeof CONTROLS[number]} Control */

/**
 * The work that a link brings; whatever it does not bring is as on a first visit.
 * @typedef {object} Brought
 * @property {string} [policy]
 * @property {string} [scenario]
 * @property {PairText[]} [pairs]
 * @property {string} [method]
 * @property {string} [loss] of a method whose loss a person writes
 * @property {Record<string, number>} [values] the method's numbers
 * @property {string} [judge]
 * @property {JudgeKind} [judgeKind]
 * @property {string} [guides]
 * @property {number} [seed]
 * @property {EngineChoice} [engine]
 * @property {Sampler} [sampler]
 * @property {SharedView} [view]
 */
/** What a link may carry. @typedef {LessonFields<Control> & Brought} Shared */

/** What the page that opens a link knows. @typedef {{ policies: PolicyHeader[], scenarios: ScenarioHeader[] }} Known */

const MOST_TEXT = 10_000;
const MOST_PAIRS = 500;
const MOST_SAMPLES = 64;
const MOST_WEIGHT = 10;
/** What may be said of a pair beside its texts. @type {Record<string, (value: any) => boolean>} */
const PAIR_PARTS = {
  weight: (value) => typeof value === "number" && value >= 0 && value <= MOST_WEIGHT,
  enabled: (value) => value === false,
  only: (value) => value === "chosen" || value === "rejected",
};

const sampler = table({ prompt: text(MOST_TEXT), temperature: real(0, 5), count: whole(1, MOST_SAMPLES), seed: whole(0, MOST_SEED) });

/** @type {Record<keyof Shared, Reader>} */
const READERS = {
  ...lessonReaders(CONTROLS),
  policy: name,
  scenario: name,
  pairs: readPairs,
  method: name,
  loss: text(MOST_TEXT),
  values,
  judge: text(MOST_TEXT),
  judgeKind: oneOf(JUDGE_KINDS),
  guides: text(MOST_TEXT),
  seed: whole(0, MOST_SEED),
  engine,
  sampler,
  view,
};

/** @param {Record<string, unknown>} fields of a link, unchecked @returns {{ shared: Shared, problems: string[] }} */
export const readShared = (fields) => readFields(fields, READERS);

/**
 * What a page does not have is left out: its scenarios and policies change from version to version.
 * @param {Shared} shared
 * @param {Known} known
 * @returns {{ shared: Shared, problems: string[] }}
 */
export function withoutUnknown(shared, { policies, scenarios }) {
  const fit = { ...shared };
  /** @type {string[]} */
  const problems = [];
  if (fit.policy !== undefined && !policies.some((policy) => policy.name === fit.policy)) {
    problems.push(SHARE.noPolicy(fit.policy));
    delete fit.policy;
  }
  if (fit.scenario !== undefined && !scenarios.some((scenario) => scenario.name === fit.scenario)) {
    problems.push(SHARE.noScenario(fit.scenario));
    delete fit.scenario;
  }
  return { shared: fit, problems };
}

/** What of a link the core does not know: its method, or numbers beyond their ranges. @param {Shared} shared @param {Catalogue} catalogue */
export function unknownToCore({ method, values: numbers = {} }, catalogue) {
  return method === undefined || isWritten(method) ? [] : fitForCore(method, numbers, catalogue).problems;
}

/** Pairs as a link has them: lists of their texts, and what else is to be said of a pair. @param {PairText[]} pairs */
export function writePairs(pairs) {
  return pairs.map(({ prompt, chosen, rejected, weight, enabled, only }) => {
    const more = { ...(weight !== undefined && { weight }), ...(enabled === false && { enabled }), ...(only && { only }) };
    return Object.keys(more).length > 0 ? [prompt, chosen, rejected, more] : [prompt, chosen, rejected];
  });
}

/** @type {Reader} */
function readPairs(value) {
  return pairsOf(value, MOST_PAIRS, readPair, SHARE.unfitPairs);
}

/** @param {unknown} value @returns {PairText | null} */
function readPair(value) {
  if (!Array.isArray(value) || value.length < 3 || value.length > 4) return null;
  const [prompt, chosen, rejected, more = {}] = value;
  const texts = [prompt, chosen, rejected].every((one) => typeof one === "string" && one.length <= MOST_TEXT);
  if (!texts || !isRecord(more)) return null;
  const fit = Object.entries(more).every(([key, part]) => Object.hasOwn(PAIR_PARTS, key) && PAIR_PARTS[key](part));
  return fit ? { prompt, chosen, rejected, ...more } : null;
}
