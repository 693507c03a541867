// @ts-check
/** @import { State } from "../state.js" */
/** @import { Control, Shared } from "./fields.js" */
/** @import { LessonFields } from "./lesson-fields.js" */
/** @import { SharedView } from "./readers.js" */
import { currentGuides, currentJudge, currentJudgeKind, currentLoss, currentMethod, currentValues } from "../state.js";
import { isWritten } from "../written.js";
import { writePairs } from "./fields.js";
import { steered } from "./lesson-fields.js";

/**
 * What is to go along in a link.
 * @typedef {object} Choice
 * @property {boolean} pairs the pairs themselves, not only the name of their scenario
 * @property {boolean} method with its numbers and the seed
 * @property {boolean} judge who judges the policy's own answers, where the method asks
 * @property {boolean} sampling
 * @property {SharedView | null} view
 * @property {LessonFields<Control>} lesson
 */

/** What a link carries of the page as it stands. @param {State} state @param {Choice} choice @returns {Shared} */
export function sharedNow(state, choice) {
  const { settings, policies, scenarios, pairs } = state;
  const { policy, scenario, method, seed, engine, sampler } = settings;
  const shipped = scenarios.some((one) => one.policy === policy) && policies.some((one) => one.name === policy);
  const needs = currentMethod(state)?.needs;
  const kind = currentJudgeKind(state);
  return {
    ...choice.lesson,
    ...(shipped && { policy }),
    scenario,
    ...(choice.pairs && { pairs }),
    ...(choice.method && { method, values: currentValues(state), seed, ...(isWritten(method) && { loss: currentLoss(state) }) }),
    ...(choice.judge && needs?.judge && { judge: currentJudge(state), judgeKind: kind }),
    ...(choice.judge && needs?.keeps && { guides: currentGuides(state) }),
    // What runs the graphs is the reader's to choose, unless the lesson says otherwise.
    ...(steered(choice.lesson).includes("engine") && { engine }),
    ...(choice.sampling && { sampler }),
    ...(choice.view && { view: choice.view }),
  };
}

/** The fields of a link, as they are written. @param {Shared} shared */
export const fieldsOf = (shared) => ({ ...shared, ...(shared.pairs && { pairs: writePairs(shared.pairs) }) });

/** Whether the pairs are others than the scenario's own. @param {State} state */
export function edited({ pairs, original }) {
  return JSON.stringify(writePairs(pairs)) !== JSON.stringify(writePairs(original));
}
