// @ts-check
/** @import { LessonFields } from "../../app/share/lesson-fields.js" */
/** @import { SharedView } from "../../app/share/readers.js" */
/** @import { State } from "../state.js" */
/** @import { Control, Shared } from "./fields.js" */
import { steered } from "../../app/share/lesson-fields.js";
import { OWN_SHAPE } from "../scenarios.js";
import { currentJudgeKind, currentRule, currentValues, methodName } from "../state.js";
import { edited, linkPairs } from "./link-pairs.js";

/**
 * What is to go along in a link.
 * @typedef {object} Choice
 * @property {boolean} pairs the pairs themselves, if they are others than the scenario's own
 * @property {SharedView | null} view
 * @property {LessonFields<Control>} lesson
 */

/** What a link carries of the page as it stands. @param {State} state @param {Choice} choice @returns {Shared} */
export function sharedNow(state, choice) {
  const { settings, own, origin } = state;
  const { scenario, seed, engine, sampler, field, density, way } = settings;
  const now = { rule: currentRule(state), sampler };
  const judgeKind = currentJudgeKind(state);
  const pairs = changedPairs(state);
  return {
    ...choice.lesson,
    scenario,
    ...(scenario === OWN_SHAPE && own && { shape: own.strokes }),
    method: methodName(state),
    values: currentValues(state),
    rule: now.rule,
    ...(judgeKind && { judgeKind }),
    seed,
    // What runs the graphs is the reader's to choose, unless the lesson says otherwise.
    ...(steered(choice.lesson).includes("engine") && { engine }),
    sampler,
    ...(origin && JSON.stringify(origin) !== JSON.stringify(now) && { origin }),
    ...(choice.pairs && pairs && { pairs }),
    field,
    density,
    way: way.class,
    ...(choice.view && { view: choice.view }),
  };
}

/** The pairs as a link has them, if they are others than the scenario's own. @param {State} state */
export function changedPairs({ pairs, original }) {
  const all = linkPairs(pairs, original);
  return edited(all, original) ? all : null;
}
