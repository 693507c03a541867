// @ts-check
/** @import { Method } from "../../app/messages.js" */
/** @import { Chart } from "../../app/views/live-charts.js" */
/** @import { DiffusionApp } from "../app.js" */
/** @import { DiffusionStore, State } from "../state.js" */
import { download, find, setText } from "../../app/dom.js";
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
    name: "Its samples",
    unit: pointsOf(rule).toLowerCase(),
    history: (state) => state.pointsHistory,
    series: [
      { metric: POLICY_POINTS, label: "policy", role: "chosen" },
      { metric: REFERENCE_POINTS, label: "reference", role: "reference" },
      { metric: SAMPLE_WINS, label: "how often the policy's is better", role: "second" },
    ],
  },
  {
    name: "Sample quality",
    unit: "sliced Wasserstein distance",
    history: (state) => state.qualityHistory,
    shown: (_, state) => drawsPoints(state) === true,
    series: [
      { metric: QUALITY.distance, label: "to held-out data", role: "plain" },
      { metric: QUALITY.floor, label: "of fresh data", role: "reference" },
      { metric: QUALITY.winners, label: "to held-out winners", role: "chosen" },
      { metric: QUALITY.winnersFloor, label: "of fresh winners", role: "second" },
    ],
  },
  {
    name: "Sample quality",
    unit: "read by a classifier",
    history: (state) => state.qualityHistory,
    shown: (_, state) => drawsPoints(state) === false,
    series: [
      { metric: QUALITY.recognised, label: "share recognised", role: "chosen" },
      { metric: QUALITY.entropy, label: "its doubt, nats", role: "second" },
    ],
  },
  {
    name: "Distance to real digits",
    unit: "squared Fréchet distance",
    history: (state) => state.qualityHistory,
    shown: (_, state) => drawsPoints(state) === false,
    series: [
      { metric: QUALITY.frechet, label: "to held-out digits", role: "plain" },
      { metric: QUALITY.frechetFloor, label: "of real digits", role: "reference" },
    ],
  },
  {
    name: "What the rule gives",
    unit: `${pointsOf(rule).toLowerCase()}, fresh samples`,
    history: (state) => state.qualityHistory,
    series: [{ metric: QUALITY.points, label: "policy", role: "chosen" }],
  },
  {
    name: "Rewards and margin",
    unit: "beta × nats",
    shown: ({ needs }) => !needs.judge,
    series: [
      { metric: "eval_rewards/chosen", label: "chosen ●, held-out", role: "chosen" },
      { metric: "eval_rewards/rejected", label: "rejected □, held-out", role: "rejected" },
      { metric: "eval_rewards/margins", label: "margin, held-out", role: "second" },
      { metric: "rewards/margins", label: "margin of the batch", role: "plain" },
    ],
  },
  {
    name: "Loss and accuracy",
    unit: "",
    series: [
      { metric: "loss", label: "loss", role: "plain" },
      { metric: "eval_loss", label: "loss, held-out", role: "second" },
      { metric: "rewards/accuracies", label: "accuracy", role: "chosen" },
      { metric: "eval_rewards/accuracies", label: "accuracy, held-out", role: "reference" },
    ],
  },
  {
    name: "Scores",
    unit: "minus half the denoising error, held-out pairs",
    series: [
      { metric: "eval_logps/chosen", label: "chosen ●", role: "chosen" },
      { metric: "eval_logps/rejected", label: "rejected □", role: "rejected" },
      { metric: "eval_logps/reference_chosen", label: "reference, chosen", role: "reference" },
      { metric: "eval_logps/reference_rejected", label: "reference, rejected", role: "reference" },
    ],
  },
  {
    name: "What the judge says",
    unit: "",
    shown: ({ needs }) => needs.judge !== undefined,
    series: [
      { metric: "eval_win_rate", label: "win rate against the reference", role: "chosen" },
      { metric: "objective/scores", label: "reward by the judge", role: "plain" },
    ],
  },
  {
    name: "Which checkpoint an update learnt against",
    unit: "its step",
    shown: ({ saves = false }) => saves,
    series: [{ metric: "checkpoint", label: "checkpoint drawn", role: "reference" }],
  },
  {
    name: "Distance and gradient",
    unit: "",
    series: [
      { metric: "kl", label: "KL to the reference, nats", role: "plain" },
      { metric: "grad_norm", label: "gradient norm", role: "reference" },
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
