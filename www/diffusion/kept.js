// @ts-check
/** @import { Samples } from "./messages.js" */
/** @import { State } from "./state.js" */
/** @import { History } from "../app/history.js" */
/** Runs that were kept, to be laid over the one that goes on. */

import { decimate } from "../app/decimate.js";
import { KEPT_FIGURES } from "../app/strings/diffusion-charts.js";
import { KEPT } from "../app/strings/diffusion.js";
import { MOST_RUNS } from "../compare/runs.js";
import { QUALITY } from "./quality.js";
import { pointsOf } from "./rules.js";
import { currentMethod, currentPolicy, currentRule, currentScenario, currentValues, drawsPoints, methodName } from "./state.js";

/** @typedef {{ steps: number[], values: number[] }} Line */
/** @typedef {{ metric: string, title: string, unit: string, kind: "number" | "share" | "change" }} Figure */
/**
 * @typedef {object} KeptRun
 * @property {number} id its place: 0 is A
 * @property {string} title of its method
 * @property {string} policy whose runs it may be compared with
 * @property {string} settings what it was run with, in words
 * @property {number} from the step of the run that it branched off from
 * @property {number} step its last one
 * @property {Readonly<Record<string, Line>>} lines by metric
 * @property {Samples | null} samples those that were on the screen
 */

const MARGIN = "eval_rewards/margins";
const ACCURACY = "eval_rewards/accuracies";
/** One place is left for the run that goes on. */
export const MOST_KEPT = MOST_RUNS - 1;
/** Points of a line that are kept. */
const MOST_POINTS = 400;

/** What is laid over each other, and stands in the table. @param {State} state @returns {Figure[]} */
export function figuresOf(state) {
  const rule = pointsOf(currentRule(state));
  const points = drawsPoints(state);
  const winners = currentScenario(state).recipe.from === "data";
  /** @type {(Figure | false)[]} */
  const all = [
    { metric: QUALITY.points, title: rule, unit: KEPT_FIGURES.fresh, kind: "number" },
    points === true && winners && { metric: QUALITY.winners, title: KEPT_FIGURES.winners, unit: KEPT_FIGURES.wasserstein, kind: "number" },
    points === true && { metric: QUALITY.distance, title: KEPT_FIGURES.data, unit: KEPT_FIGURES.wasserstein, kind: "number" },
    points === false && { metric: QUALITY.recognised, title: KEPT_FIGURES.recognised, unit: KEPT_FIGURES.classifier, kind: "share" },
    points === false && { metric: QUALITY.frechet, title: KEPT_FIGURES.frechet, unit: KEPT_FIGURES.squared, kind: "number" },
    { metric: MARGIN, title: KEPT_FIGURES.margin, unit: KEPT_FIGURES.marginUnit, kind: "number" },
    { metric: ACCURACY, title: KEPT_FIGURES.accuracy, unit: "", kind: "share" },
  ];
  return all.filter((figure) => figure !== false);
}

/** Lines that are drawn; the others stand in the table alone. */
export const MOST_CHARTS = 4;


/** The present run, as it would be kept. @param {State} state @returns {KeptRun} */
export function presentRun(state) {
  const from = state.branch?.step ?? 0;
  const of = (/** @type {History} */ history, /** @type {string[]} */ metrics) => metrics.map((metric) => [metric, line(history, metric, from)]);
  const lines = Object.fromEntries([...of(state.qualityHistory, Object.values(QUALITY)), ...of(state.history, [MARGIN, ACCURACY])]);
  return {
    id: freeId(state.kept),
    title: currentMethod(state)?.title ?? methodName(state),
    policy: currentPolicy(state).name,
    settings: settingsOf(state),
    from,
    step: from + state.session.step,
    lines,
    samples: state.samples,
  };
}

/** @param {History} history @param {string} metric @param {number} from @returns {Line} */
function line(history, metric, from) {
  const [steps, values] = decimate(history, [metric], MOST_POINTS);
  const measured = steps.flatMap((step, row) => (values[row] === null ? [] : [{ step: from + step, value: Number(values[row]) }]));
  return { steps: measured.map(({ step }) => step), values: measured.map(({ value }) => value) };
}

/** The last value of a line. @param {KeptRun} run @param {string} metric */
export const lastOf = (run, metric) => run.lines[metric]?.values.at(-1);

/** The kept runs that the present one may be compared with. @param {State} state */
export const comparable = (state) => state.kept.filter(({ policy }) => policy === currentPolicy(state).name);

/** @param {KeptRun[]} kept */
function freeId(kept) {
  const taken = new Set(kept.map(({ id }) => id));
  return Array.from({ length: MOST_RUNS }, (_, id) => id).find((id) => !taken.has(id)) ?? MOST_KEPT;
}

/** @param {State} state */
function settingsOf(state) {
  const { beta, learning_rate: rate, batch_size: batch } = currentValues(state);
  const parts = [KEPT.rate(rate), KEPT.batch(batch), KEPT.seed(state.settings.seed)];
  if (beta !== undefined) parts.unshift(KEPT.beta(beta));
  return parts.join(", ");
}
