// @ts-check
/** @import { Method } from "../messages.js" */
/** @import { App } from "../app.js" */
/** @import { AppStore, State } from "../state.js" */
/** @import { Chart } from "./live-charts.js" */
import { find } from "../dom.js";
import { History } from "../history.js";
import { SPREAD } from "../margin-spread.js";
import { currentMethod, judgeLearns } from "../state.js";
import { looksBack } from "../time-state.js";
import { LiveCharts } from "./live-charts.js";

/**
 * @typedef {object} Fit
 * @property {(needs: Method["needs"]) => boolean} [shown] for which methods
 * @property {boolean} [learned] whether it is shown only where the judge learns
 * @property {(state: State) => History[]} [histories] where its columns stand, if not in the run's rows
 */

/** @type {(Chart & Fit)[]} */
const CHARTS = [
  {
    name: "Log-likelihoods",
    unit: "nats",
    series: [
      { metric: "logps/chosen", label: "chosen ●", role: "chosen", end: "chosen" },
      { metric: "logps/rejected", label: "rejected □", role: "rejected", end: "rejected" },
      { metric: "logps/reference_chosen", label: "reference, chosen", role: "reference" },
      { metric: "logps/reference_rejected", label: "reference, rejected", role: "reference" },
      { metric: "eval_logps/chosen", label: "chosen, held-out", role: "chosen", heldOut: true, extra: true },
      { metric: "eval_logps/rejected", label: "rejected, held-out", role: "rejected", heldOut: true, extra: true },
    ],
  },
  {
    name: "Margin",
    unit: "beta × nats",
    histories: ({ history, time }) => [history, time.spread],
    band: { low: SPREAD.low, high: SPREAD.high, label: "8 of 10 training pairs lie within", role: "plain" },
    series: [
      { metric: "rewards/margins", label: "mean of the batch", role: "plain", end: "mean" },
      { metric: "eval_rewards/margins", label: "mean, held-out", role: "plain", heldOut: true, end: "held-out" },
    ],
  },
  {
    name: "Rewards",
    unit: "beta × nats",
    series: [
      { metric: "rewards/chosen", label: "chosen ●", role: "chosen", end: "chosen" },
      { metric: "rewards/rejected", label: "rejected □", role: "rejected", end: "rejected" },
      { metric: "eval_rewards/chosen", label: "chosen, held-out", role: "chosen", heldOut: true },
      { metric: "eval_rewards/rejected", label: "rejected, held-out", role: "rejected", heldOut: true },
    ],
  },
  {
    name: "Loss and accuracy",
    unit: "",
    series: [
      { metric: "loss", label: "loss", role: "plain", end: "loss" },
      { metric: "eval_loss", label: "loss, held-out", role: "plain", heldOut: true },
      { metric: "rewards/accuracies", label: "accuracy", role: "chosen", end: "accuracy" },
      { metric: "eval_rewards/accuracies", label: "accuracy, held-out", role: "chosen", heldOut: true },
    ],
  },
  {
    name: "Its own answers",
    unit: "win rate estimated",
    shown: ({ judge }) => judge !== undefined,
    series: [
      { metric: "eval_win_rate", label: "win rate against the reference", role: "chosen", end: "win rate" },
      { metric: "objective/scores", label: "reward by the judge", role: "plain", end: "reward" },
      { metric: "objective/kl", label: "log(π / π_ref)", role: "rejected", end: "log-ratio" },
    ],
  },
  {
    name: "The critic",
    unit: "reward, root mean square",
    shown: ({ critic }) => critic,
    series: [
      { metric: "critic/error", label: "what it missed", role: "plain", end: "missed" },
      { metric: "critic/spread", label: "spread of returns", role: "reference", end: "spread" },
    ],
  },
  {
    name: "Proxy and gold",
    unit: "mean reward of its answers",
    learned: true,
    series: [
      { metric: "judge/proxy", label: "proxy: the judge it learns from", role: "chosen", end: "proxy" },
      { metric: "judge/gold", label: "gold: the rule that is meant", role: "rejected", end: "gold" },
    ],
  },
  {
    name: "The judge",
    unit: "over its own updates",
    over: "Update",
    learned: true,
    histories: ({ judge }) => (judge ? [judge.history] : []),
    series: [
      { metric: "judge/loss", label: "loss", role: "plain", end: "loss" },
      { metric: "judge/accuracy", label: "accuracy", role: "chosen", end: "accuracy" },
      { metric: "judge/eval_accuracy", label: "accuracy, held-out", role: "chosen", heldOut: true },
    ],
  },
  {
    name: "Ordinary text",
    unit: "perplexity",
    shown: ({ chosen, rejected }) => rejected && !chosen,
    series: [{ metric: "eval_perplexity", label: "of held-out chosen answers", role: "chosen", heldOut: true }],
  },
  {
    name: "KL and entropy",
    unit: "nats a token",
    series: [
      { metric: "kl", label: "KL to the reference, held-out", role: "second", heldOut: true, end: "KL" },
      { metric: "entropy", label: "entropy", role: "plain", end: "entropy" },
      { metric: "eval_entropy", label: "entropy, held-out", role: "plain", heldOut: true },
    ],
  },
  {
    name: "Gradient norm",
    unit: "before clipping",
    series: [{ metric: "grad_norm", label: "gradient norm", role: "plain" }],
  },
];

/** What the policy does, as it learns. @param {AppStore} store @param {App} app */
export function charts(store, app) {
  const histories = (/** @type {number} */ place) => {
    const state = store.state();
    return CHARTS[place].histories?.(state) ?? [state.history];
  };
  const live = new LiveCharts(find("charts", HTMLElement), CHARTS, histories, (step) => app.lookAt(step));
  store.watch((state) => state.catalogue, (catalogue) => live.explain(catalogue?.metrics ?? []));
  const fit = () => {
    const state = store.state();
    const method = currentMethod(state);
    if (!method) return;
    const learns = judgeLearns(state);
    live.show(CHARTS.map(({ shown, learned }) => (!learned || learns) && (!shown || shown(method.needs))));
  };
  store.watch(currentMethod, fit);
  store.watch(judgeLearns, fit);
  store.watch((state) => state.session.number, () => live.restart());
  store.watch((state) => (looksBack(state) ? state.session.step : null), (present) => live.mark(present));
  for (const part of /** @type {const} */ (["history", "time", "judge"])) store.watch((state) => state[part], () => live.draw());
}
