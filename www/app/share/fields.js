// @ts-check
/** @import { Catalogue, EngineChoice, JudgeKind, PairText, Sampler } from "../messages.js" */
/** @import { PolicyHeader, ScenarioHeader } from "../scenarios.js" */
import { JUDGE_KINDS } from "../messages.js";
import { SHARE } from "../strings/share.js";
import { isWritten } from "../written.js";

/** The controls that a teacher may hide or lock. */
export const CONTROLS = /** @type {const} */ (["policy", "scenario", "method", "numbers", "judge", "seed", "engine", "pairs"]);
/** @typedef {typeof CONTROLS[number]} Control */

/** How the page looks. @typedef {{ tab?: string, theme?: string, projector?: boolean }} SharedView */
/**
 * What a link may carry; whatever it does not carry is as on a first visit.
 * @typedef {object} Shared
 * @property {string} [title]
 * @property {string} [note] what whoever opens the link is told
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
 * @property {number} [step] where the run should open
 * @property {Control[]} [hidden]
 * @property {Control[]} [locked]
 */

/** What the page that opens a link knows. @typedef {{ policies: PolicyHeader[], scenarios: ScenarioHeader[] }} Known */

export const MOST_TITLE = 120;
export const MOST_NOTE = 2000;
const MOST_TEXT = 10_000;
const MOST_NAME = 60;
const MOST_PAIRS = 500;
const MOST_VALUES = 60;
export const MOST_STEP = 100_000;
const MOST_SEED = 2 ** 32 - 1;
const MOST_SAMPLES = 64;
const MOST_WEIGHT = 10;
/** What may be said of a pair beside its texts. @type {Record<string, (value: any) => boolean>} */
const PAIR_PARTS = {
  weight: (value) => typeof value === "number" && value >= 0 && value <= MOST_WEIGHT,
  enabled: (value) => value === false,
  only: (value) => value === "chosen" || value === "rejected",
};

/** A value that may be kept, or why it may not. @typedef {{ value: any } | { why: string }} Verdict */
/** @typedef {(value: unknown) => Verdict} Reader */

/** @type {(most: number) => Reader} */
const text = (most) => (value) =>
  typeof value !== "string" ? { why: SHARE.noText } : value.length > most ? { why: SHARE.longText(most) } : { value };

/** @type {(least: number, most: number) => Reader} */
const whole = (least, most) => (value) =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most ? { value } : { why: SHARE.noWhole(least, most) };

/** @type {(least: number, most: number) => Reader} */
const real = (least, most) => (value) =>
  typeof value === "number" && value >= least && value <= most ? { value } : { why: SHARE.noNumber(least, most) };

/** @type {(choices: readonly string[]) => Reader} */
const oneOf = (choices) => (value) => (typeof value === "string" && choices.includes(value) ? { value } : { why: SHARE.noChoice(choices) });

/** A word by which something is looked up; none that every object has. @type {Reader} */
const name = (value) =>
  typeof value === "string" && value.length <= MOST_NAME && /^[\p{L}\p{N}][\p{L}\p{N} _-]*$/u.test(value) && !(value in Object.prototype)
    ? { value }
    : { why: SHARE.noName };

/** @type {Reader} */
const values = (value) => {
  if (!isRecord(value)) return { why: SHARE.noTable };
  const entries = Object.entries(value);
  const fit = entries.length <= MOST_VALUES && entries.every(([key, number]) => "value" in name(key) && Number.isFinite(number));
  return fit ? { value: Object.fromEntries(entries) } : { why: SHARE.noTable };
};

/** @type {Reader} */
const sampler = (value) => {
  if (!isRecord(value)) return { why: SHARE.noTable };
  const parts = { prompt: text(MOST_TEXT)(value.prompt), temperature: real(0, 5)(value.temperature), count: whole(1, MOST_SAMPLES)(value.count), seed: whole(0, MOST_SEED)(value.seed) };
  return together(parts);
};

/** @type {Reader} */
const view = (value) => {
  if (!isRecord(value)) return { why: SHARE.noTable };
  const { tab, theme, projector } = value;
  /** @type {Record<string, Verdict>} */
  const parts = {};
  if (tab !== undefined) parts.tab = name(tab);
  if (theme !== undefined) parts.theme = name(theme);
  if (projector !== undefined) parts.projector = typeof projector === "boolean" ? { value: projector } : { why: SHARE.noSwitch };
  return together(parts);
};

/** @type {Reader} */
const controls = (value) =>
  Array.isArray(value) && value.length <= CONTROLS.length && value.every((control) => CONTROLS.includes(control))
    ? { value: [...new Set(value)] }
    : { why: SHARE.noControls(CONTROLS) };

/** @type {Record<Exclude<keyof Shared, "pairs">, Reader>} */
const READERS = {
  title: text(MOST_TITLE),
  note: text(MOST_NOTE),
  policy: name,
  scenario: name,
  method: name,
  loss: text(MOST_TEXT),
  values,
  judge: text(MOST_TEXT),
  judgeKind: oneOf(JUDGE_KINDS),
  guides: text(MOST_TEXT),
  seed: whole(0, MOST_SEED),
  engine: oneOf(["automatic", "gpu", "cpu"]),
  sampler,
  view,
  step: whole(1, MOST_STEP),
  hidden: controls,
  locked: controls,
};

/**
 * Each field by itself: those that are fit, and a sentence's part for each that is not.
 * @param {Record<string, unknown>} fields of a link, unchecked
 * @returns {{ shared: Shared, problems: string[] }}
 */
export function readShared(fields) {
  /** @type {Record<string, unknown>} */
  const shared = {};
  /** @type {string[]} */
  const problems = [];
  for (const [field, value] of Object.entries(fields)) {
    if (field === "pairs") {
      const { pairs, unfit } = readPairs(value);
      if (pairs.length > 0) shared.pairs = pairs;
      problems.push(...unfit);
    } else if (Object.hasOwn(READERS, field)) {
      const verdict = READERS[/** @type {keyof typeof READERS} */ (field)](value);
      if ("value" in verdict) shared[field] = verdict.value;
      else problems.push(SHARE.unfit(field, verdict.why));
    } else {
      problems.push(SHARE.unknownField(field));
    }
  }
  return { shared, problems };
}

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
export function unknownToCore({ method, values: numbers = {} }, { methods, training, sampling }) {
  if (method === undefined || isWritten(method)) return [];
  const known = methods.find((one) => one.name === method);
  if (!known) return [SHARE.noMethod(method)];
  const ranges = new Map([...known.hyperparameters, ...sampling, ...training].map((hyper) => [hyper.name, hyper]));
  return Object.entries(numbers).flatMap(([key, value]) => {
    const range = ranges.get(key);
    if (!range) return [SHARE.unknownNumber(key)];
    return value >= range.min && value <= range.max ? [] : [SHARE.unfit(range.label, SHARE.noNumber(range.min, range.max))];
  });
}

/** Pairs as a link has them: lists of their texts, and what else is to be said of a pair. @param {PairText[]} pairs */
export function writePairs(pairs) {
  return pairs.map(({ prompt, chosen, rejected, weight, enabled, only }) => {
    const more = { ...(weight !== undefined && { weight }), ...(enabled === false && { enabled }), ...(only && { only }) };
    return Object.keys(more).length > 0 ? [prompt, chosen, rejected, more] : [prompt, chosen, rejected];
  });
}

/** @param {unknown} value @returns {{ pairs: PairText[], unfit: string[] }} */
function readPairs(value) {
  if (!Array.isArray(value)) return { pairs: [], unfit: [SHARE.unfit("pairs", SHARE.noList)] };
  const read = value.slice(0, MOST_PAIRS).map(readPair);
  const pairs = read.flatMap((pair) => pair ?? []);
  const unfit = [];
  if (pairs.length < read.length) unfit.push(SHARE.unfitPairs(read.length - pairs.length));
  if (value.length > MOST_PAIRS) unfit.push(SHARE.manyPairs(value.length - MOST_PAIRS, MOST_PAIRS));
  return { pairs, unfit };
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

/** All parts, or the first reason against one. @param {Record<string, Verdict>} parts @returns {Verdict} */
function together(parts) {
  for (const [part, verdict] of Object.entries(parts)) if ("why" in verdict) return { why: `${part}: ${verdict.why}` };
  return { value: Object.fromEntries(Object.entries(parts).map(([part, verdict]) => [part, /** @type {{ value: any }} */ (verdict).value])) };
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
