// @ts-check
/** @import { EngineChoice } from "../../app/messages.js" */
/** @import { LessonFields } from "../../app/share/lesson-fields.js" */
/** @import { Reader, SharedView } from "../../app/share/readers.js" */
/** @import { FieldChoice, JudgeKind, Sampler } from "../messages.js" */
/** @import { Stroke } from "../own-shape.js" */
/** @import { Scenario } from "../scenarios.js" */
/** @import { Origin } from "../state.js" */
/** @import { LinkPair } from "./link-pairs.js" */
import { lessonReaders } from "../../app/share/lesson-fields.js";
import { MOST_SEED, engine, flag, name, oneOf, readFields, real, table, text, values, view, whole } from "../../app/share/readers.js";
import { SHARE } from "../../app/strings/share.js";
import { SHARE_SAMPLES } from "../../app/strings/diffusion-share.js";
import { readStrokes, writtenStrokes } from "../own-shape.js";
import { PICTURE_RULES, cornersOf } from "../rules.js";
import { OWN_SHAPE, SCENARIOS, policyOf, scenarioOf } from "../scenarios.js";
import { readPairs, writePairs } from "./link-pairs.js";

/** The controls that a teacher may hide or lock. */
export const CONTROLS = /** @type {const} */ (["scenario", "method", "numbers", "judge", "rule", "seed", "engine", "pairs", "sampling"]);
/** @typedef {typeof CONTROLS[number]} Control */

/**
 * The work that a link to this page brings; whatever it does not bring is as on a first visit.
 * @typedef {object} Brought
 * @property {string} [scenario]
 * @property {Stroke[]} [shape] that was drawn, in the scenario of such a shape
 * @property {string} [method]
 * @property {Record<string, number>} [values] the method's numbers
 * @property {string} [rule] what is better
 * @property {JudgeKind} [judgeKind]
 * @property {number} [seed]
 * @property {EngineChoice} [engine]
 * @property {Sampler} [sampler]
 * @property {Origin} [origin] by what the scenario's pairs were made, where that has changed since
 * @property {LinkPair[]} [pairs] where they are others than the scenario's own
 * @property {FieldChoice} [field]
 * @property {boolean} [density]
 * @property {number} [way] the class whose way from noise is shown
 * @property {SharedView} [view]
 */
/** What a link may carry. @typedef {LessonFields<Control> & Brought} Shared */

/** The tabs of which a link may open one. */
export const TABS = "#views";

const MOST_RULE = 2000;
/** Points are drawn within a few units of 0. */
const MOST_CORNER = 1000;
const MOST_SHAPE = 40_000;
/** Points stand along its lines: so many units of the plane can be learnt. */
const MOST_LENGTH = 400;
/** Beyond what any policy here has; what each has is looked at where it is known. */
const MOST_STEPS = 100_000;
const MOST_CLASSES = 1000;

/** @type {Reader} */
const shape = (value) => {
  const lines = text(MOST_SHAPE)(value);
  if ("why" in lines) return lines;
  const { strokes, problem } = readStrokes(lines.value);
  if (problem !== null || strokes.length === 0) return { why: SHARE.noTable };
  const length = strokes.reduce((sum, stroke) => sum + lengthOf(stroke), 0);
  return length > MOST_LENGTH ? { why: SHARE_SAMPLES.longShape } : { value: strokes };
};

/** @param {Stroke} stroke */
const lengthOf = (stroke) => stroke.reduce((sum, [x, y], index) => sum + Math.hypot(x - (stroke[index - 1] ?? stroke[0])[0], y - (stroke[index - 1] ?? stroke[0])[1]), 0);

const rule = text(MOST_RULE);
const number = real(-Number.MAX_VALUE, Number.MAX_VALUE);
const sampler = table({ steps: whole(1, MOST_STEPS), guidance: number, eta: number, seed: whole(0, MOST_SEED) });
const ofClass = whole(0, MOST_CLASSES);

/** @type {Record<keyof Shared, Reader>} */
const READERS = {
  ...lessonReaders(CONTROLS),
  scenario: name,
  shape,
  method: name,
  values,
  rule,
  judgeKind: oneOf(["rule", "person"]),
  seed: whole(0, MOST_SEED),
  engine,
  sampler,
  origin: table({ rule, sampler }),
  pairs: readPairs,
  field: table({ shown: flag, timestep: whole(0, MOST_STEPS), class: (value) => (value === null ? { value } : ofClass(value)) }),
  density: flag,
  way: ofClass,
  view,
};

/** @param {Record<string, unknown>} fields of a link, unchecked @returns {{ shared: Shared, problems: string[] }} */
export const readShared = (fields) => readFields(fields, READERS);

/** The fields of a link, as they are written. @param {Shared} shared */
export const fieldsOf = (shared) => ({
  ...shared,
  ...(shared.shape && { shape: writtenStrokes(shared.shape) }),
  ...(shared.pairs && { pairs: writePairs(shared.pairs) }),
});

/** What this page does not have, or not in the link's scenario, is left out. @param {Shared} shared @returns {{ shared: Shared, problems: string[] }} */
export function withoutUnknown(shared) {
  const fit = { ...shared };
  /** @type {string[]} */
  const problems = [];
  const drop = (/** @type {keyof Shared} */ field, /** @type {string} */ sentence) => {
    delete fit[field];
    problems.push(sentence);
  };
  if (fit.scenario !== undefined && !(fit.scenario === OWN_SHAPE ? fit.shape : SCENARIOS.some(({ name }) => name === fit.scenario))) {
    drop("scenario", SHARE.noScenario(fit.scenario));
  }
  const scenario = scenarioOf(fit.scenario ?? "");
  const { length: classes } = policyOf(scenario).classes;
  if (fit.shape && scenario.name !== OWN_SHAPE) drop("shape", SHARE.unfit("shape", SHARE_SAMPLES.noShape));
  if (fit.rule !== undefined && !isRule(fit.rule, scenario)) drop("rule", SHARE.unfit("rule", SHARE_SAMPLES.noRule));
  if (fit.origin && !isRule(fit.origin.rule, scenario)) drop("origin", SHARE.unfit("origin", SHARE_SAMPLES.noRule));
  if (fit.field && (fit.field.class ?? 0) >= classes) drop("field", SHARE.unfit("field", SHARE_SAMPLES.noClass(classes)));
  if (fit.way !== undefined && fit.way >= classes) drop("way", SHARE.unfit("way", SHARE_SAMPLES.noClass(classes)));
  return { shared: fit, problems };
}

/** Whether the core can read a rule, and it is one for the scenario's samples. @param {string} rule @param {Scenario} scenario */
function isRule(rule, scenario) {
  if (cornersOf(scenario.rule).length === 0) return PICTURE_RULES.some(({ name }) => name === rule);
  const corners = cornersOf(rule);
  return corners.length > 0 && corners.flat().every((value) => Math.abs(value) <= MOST_CORNER) && /^inside:[\d .,e+-]+$/.test(rule);
}
