// @ts-check
/** @import { Method } from "../../app/messages.js" */
/** @import { Chart } from "../../app/views/live-charts.js" */
/** @import { DiffusionApp } from "../app.js" */
/** @import { DiffusionStore, State } from "../state.js" */
import { download, find, setText } from "../../app/dom.js";
import { DIFFUSION_CHARTS as WORDS } from "../../app/strings/diffusion-charts.js";
import { QUALITY_TEXT } from "../../app/strings/diffusion.js";
import { LiveCharts } from "../../app/views/live-charts.js";
import { pointsOf } from "../rules.js";
import { joined } from "../joined.js";
import { POLICY_POINTS, REFERENCE_POINTS, SAMPLE_WINS } from "../sample-points.js";
import { DIGITS_MEASURED, POINTS_MEASURED, QUALITY } from "../quality.js";
import { currentMethod, currentRule, currentScenario, drawsPoints } from "../state.js";

/**
 * @typedef {object} Fit
 * @property {(method: Method, state: State) => boolean} [shown] for which methods
 * @property {(state: State) => import("../../app/history.js").History} [history] what is drawn, if it is not the run
 */

/** @param {string} rule @returns {(Chart & Fit)[]} */
const charts = (rule) => [
  {
    name: WORDS.samples.name,
    unit: pointsOf(rule).toLowerCase(),
    history: (state) => state.pointsHistory,
    series: [
      { metric: POLICY_POINTS, label: WORDS.samples.policy, role: "chosen" },
      { metric: REFERENCE_POINTS, label: WORDS.samples.reference, role: "reference" },
      { metric: SAMPLE_WINS, label: WORDS.samples.wins, role: "second" },
    ],
  },
  {
    name: WORDS.quality.name,
    unit: WORDS.quality.distance,
    history: (state) => state.qualityHistory,
    shown: (_, state) => drawsPoints(state) === true,
    series: [
      { metric: QUALITY.distance, label: WORDS.quality.data, role: "plain" },
      { metric: QUALITY.floor, label: WORDS.quality.freshData, role: "reference" },
      { metric: QUALITY.winners, label: WORDS.quality.winners, role: "chosen" },
      { metric: QUALITY.winnersFloor, label: WORDS.quality.freshWinners, role: "second" },
    ],
  },
  {
    name: WORDS.quality.name,
    unit: WORDS.quality.read,
    history: (state) => state.qualityHistory,
    shown: (_, state) => drawsPoints(state) === false,
    series: [
      { metric: QUALITY.recognised, label: WORDS.quality.recognised, role: "chosen" },
      { metric: QUALITY.entropy, label: WORDS.quality.doubt, role: "second" },
    ],
  },
  {
    name: WORDS.digits.name,
    unit: WORDS.digits.unit,
    history: (state) => state.qualityHistory,
    shown: (_, state) => drawsPoints(state) === false,
    series: [
      { metric: QUALITY.frechet, label: WORDS.digits.heldOut, role: "plain" },
      { metric: QUALITY.frechetFloor, label: WORDS.digits.real, role: "reference" },
    ],
  },
  {
    name: WORDS.rule.name,
    unit: WORDS.rule.unit(pointsOf(rule).toLowerCase()),
    history: (state) => state.qualityHistory,
    series: [{ metric: QUALITY.points, label: WORDS.rule.policy, role: "chosen" }],
  },
  {
    name: WORDS.rewards.name,
    unit: WORDS.rewards.unit,
    shown: ({ needs }) => !needs.judge,
    series: [
      { metric: "eval_rewards/chosen", label: WORDS.rewards.chosen, role: "chosen" },
      { metric: "eval_rewards/rejected", label: WORDS.rewards.rejected, role: "rejected" },
      { metric: "eval_rewards/margins", label: WORDS.rewards.margin, role: "second" },
      { metric: "rewards/margins", label: WORDS.rewards.batch, role: "plain" },
    ],
  },
  {
    name: WORDS.loss.name,
    unit: "",
    series: [
      { metric: "loss", label: WORDS.loss.loss, role: "plain" },
      { metric: "eval_loss", label: WORDS.loss.heldOut, role: "second" },
      { metric: "rewards/accuracies", label: WORDS.loss.accuracy, role: "chosen" },
      { metric: "eval_rewards/accuracies", label: WORDS.loss.heldOutAccuracy, role: "reference" },
    ],
  },
  {
    name: WORDS.scores.name,
    unit: WORDS.scores.unit,
    series: [
      { metric: "eval_logps/chosen", label: WORDS.chosen, role: "chosen" },
      { metric: "eval_logps/rejected", label: WORDS.rejected, role: "rejected" },
      { metric: "eval_logps/reference_chosen", label: WORDS.referenceChosen, role: "reference" },
      { metric: "eval_logps/reference_rejected", label: WORDS.referenceRejected, role: "reference" },
    ],
  },
  {
    name: WORDS.judge.name,
    unit: "",
    shown: ({ needs }) => needs.judge !== undefined,
    series: [
      { metric: "eval_win_rate", label: WORDS.judge.wins, role: "chosen" },
      { metric: "objective/scores", label: WORDS.judge.reward, role: "plain" },
    ],
  },
  {
    name: WORDS.checkpoint.name,
    unit: WORDS.checkpoint.unit,
    shown: ({ saves = false }) => saves,
    series: [{ metric: "checkpoint", label: WORDS.checkpoint.drawn, role: "reference" }],
  },
  {
    name: WORDS.distance.name,
    unit: "",
    series: [
      { metric: "kl", label: WORDS.distance.kl, role: "plain" },
      { metric: "grad_norm", label: WORDS.distance.gradient, role: "reference" },
    ],
  },
];

/** How the policy learns. @param {DiffusionStore} store @param {DiffusionApp} app */
export function figures(store, app) {
  let made = charts(currentRule(store.state()));
  const live = new LiveCharts(find("charts", HTMLElement), made, (place) => {
    const state = store.state();
    return [made[place].history?.(state) ?? state.history];
  });
  const fit = () => {
    const state = store.state();
    const method = currentMethod(state);
    if (method) live.show(made.map(({ shown }) => !shown || shown(method, state)));
    const winners = currentScenario(state).recipe.from === "data";
    setText(find("quality-text", HTMLElement), drawsPoints(state) === false ? QUALITY_TEXT.digits(DIGITS_MEASURED) : QUALITY_TEXT.points(POINTS_MEASURED, winners));
  };
  store.watch(currentRule, (rule) => {
    made = charts(rule);
    live.replace(made);
    fit();
  });
  store.watch((state) => state.catalogue, (catalogue) => live.explain(catalogue?.metrics ?? []));
  store.watch(currentMethod, fit);
  store.watch(currentScenario, fit);
  store.watch(drawsPoints, fit);
  for (const part of /** @type {const} */ (["history", "pointsHistory", "qualityHistory"])) store.watch((state) => state[part], () => live.draw());
  find("metrics", HTMLButtonElement).addEventListener("click", () => {
    const { history, qualityHistory } = store.state();
    download("metrics.csv", joined(history, qualityHistory).toCsv(), "text/csv");
  });
  find("checkpoint", HTMLButtonElement).addEventListener("click", async () => {
    const bytes = await app.checkpoint();
    if (bytes) download("model.safetensors", bytes, "application/octet-stream");
  });
}
