// @ts-check
/** @import { SharedView } from "../../app/share/readers.js" */
/** @import { State } from "../state.js" */
/** @import { Shared } from "./fields.js" */
import { OWN_SHAPE } from "../scenarios.js";
import { currentJudgeKind, currentRule, currentValues, methodName } from "../state.js";
import { edited, linkPairs } from "./link-pairs.js";

/** What a link carries of the page as it stands. @param {State} state @param {{ pairs: boolean, view: SharedView | null }} choice @returns {Shared} */
export function sharedNow(state, choice) {
  const { settings, own, origin } = state;
  const { scenario, seed, sampler, field, density, way } = settings;
  const now = { rule: currentRule(state), sampler };
  const judgeKind = currentJudgeKind(state);
  const pairs = changedPairs(state);
  return {
    scenario,
    ...(scenario === OWN_SHAPE && own && { shape: own.strokes }),
    method: methodName(state),
    values: currentValues(state),
    rule: now.rule,
    ...(judgeKind && { judgeKind }),
    seed,
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
