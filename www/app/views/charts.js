// @ts-check
/** @import { Method } from "../messages.js" */
/** @import { App } from "../app.js" */
/** @import { AppStore, State } from "../state.js" */
/** @import { Chart } from "./live-charts.js" */
import { find } from "../dom.js";
import { History } from "../history.js";
import { SPREAD } from "../margin-spread.js";
import { currentMethod, judgeLearns } from "../state.js";
import { TRAIN_CHARTS as WORDS } from "../strings/train-charts.js";
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
    name: WORDS.likelihoods.name,
    unit: WORDS.likelihoods.unit,
    series: [
      { metric: "logps/chosen", label: WORDS.likelihoods.chosen, role: "chosen", end: WORDS.likelihoods.chosenEnd },
      { metric: "logps/rejected", label: WORDS.likelihoods.rejected, role: "rejected", end: WORDS.likelihoods.rejectedEnd },
      { metric: "logps/reference_chosen", label: WORDS.likelihoods.referenceChosen, role: "reference" },
      { metric: "logps/reference_rejected", label: WORDS.likelihoods.referenceRejected, role: "reference" },
      { metric: "eval_logps/chosen", label: WORDS.likelihoods.heldOutChosen, role: "chosen", heldOut: true, extra: true },
      { metric: "eval_logps/rejected", label: WORDS.likelihoods.heldOutRejected, role: "rejected", heldOut: true, extra: true },
    ],
  },
  {
    name: WORDS.margin.name,
    unit: WORDS.margin.unit,
    histories: ({ history, time }) => [history, time.spread],
    band: { low: SPREAD.low, high: SPREAD.high, label: WORDS.margin.band, role: "plain" },
    series: [
      { metric: "rewards/margins", label: WORDS.margin.mean, role: "plain", end: WORDS.margin.meanEnd },
      { metric: "eval_rewards/margins", label: WORDS.margin.heldOut, role: "plain", heldOut: true, end: WORDS.margin.heldOutEnd },
    ],
  },
  {
    name: WORDS.rewards,
    unit: WORDS.margin.unit,
    series: [
      { metric: "rewards/chosen", label: WORDS.likelihoods.chosen, role: "chosen", end: WORDS.likelihoods.chosenEnd },
      { metric: "rewards/rejected", label: WORDS.likelihoods.rejected, role: "rejected", end: WORDS.likelihoods.rejectedEnd },
      { metric: "eval_rewards/chosen", label: WORDS.likelihoods.heldOutChosen, role: "chosen", heldOut: true },
      { metric: "eval_rewards/rejected", label: WORDS.likelihoods.heldOutRejected, role: "rejected", heldOut: true },
    ],
  },
  {
    name: WORDS.loss.name,
    unit: "",
    series: [
      { metric: "loss", label: WORDS.loss.loss, role: "plain", end: WORDS.loss.loss },
      { metric: "eval_loss", label: WORDS.loss.heldOut, role: "plain", heldOut: true },
      { metric: "rewards/accuracies", label: WORDS.loss.accuracy, role: "chosen", end: WORDS.loss.accuracy },
      { metric: "eval_rewards/accuracies", label: WORDS.loss.heldOutAccuracy, role: "chosen", heldOut: true },
    ],
  },
  {
    name: WORDS.own.name,
    unit: WORDS.own.unit,
    shown: ({ judge }) => judge !== undefined,
    series: [
      { metric: "eval_win_rate", label: WORDS.own.wins, role: "chosen", end: WORDS.own.winsEnd },
      { metric: "objective/scores", label: WORDS.own.reward, role: "plain", end: WORDS.own.rewardEnd },
      { metric: "objective/kl", label: WORDS.own.ratio, role: "rejected", end: WORDS.own.ratioEnd },
    ],
  },
  {
    name: WORDS.critic.name,
    unit: WORDS.critic.unit,
    shown: ({ critic }) => critic,
    series: [
      { metric: "critic/error", label: WORDS.critic.missed, role: "plain", end: WORDS.critic.missedEnd },
      { metric: "critic/spread", label: WORDS.critic.spread, role: "reference", end: WORDS.critic.spreadEnd },
    ],
  },
  {
    name: WORDS.proxy.name,
    unit: WORDS.proxy.unit,
    learned: true,
    series: [
      { metric: "judge/proxy", label: WORDS.proxy.proxy, role: "chosen", end: WORDS.proxy.proxyEnd },
      { metric: "judge/gold", label: WORDS.proxy.gold, role: "rejected", end: WORDS.proxy.goldEnd },
    ],
  },
  {
    name: WORDS.judge.name,
    unit: WORDS.judge.unit,
    over: WORDS.judge.over,
    learned: true,
    histories: ({ judge }) => (judge ? [judge.history] : []),
    series: [
      { metric: "judge/loss", label: WORDS.loss.loss, role: "plain", end: WORDS.loss.loss },
      { metric: "judge/accuracy", label: WORDS.loss.accuracy, role: "chosen", end: WORDS.loss.accuracy },
      { metric: "judge/eval_accuracy", label: WORDS.loss.heldOutAccuracy, role: "chosen", heldOut: true },
    ],
  },
  {
    name: WORDS.text.name,
    unit: WORDS.text.unit,
    shown: ({ chosen, rejected }) => rejected && !chosen,
    series: [{ metric: "eval_perplexity", label: WORDS.text.heldOut, role: "chosen", heldOut: true }],
  },
  {
    name: WORDS.divergence.name,
    unit: WORDS.divergence.unit,
    series: [
      { metric: "kl", label: WORDS.divergence.kl, role: "second", heldOut: true, end: WORDS.divergence.klEnd },
      { metric: "entropy", label: WORDS.divergence.entropy, role: "plain", end: WORDS.divergence.entropy },
      { metric: "eval_entropy", label: WORDS.divergence.heldOutEntropy, role: "plain", heldOut: true },
    ],
  },
  {
    name: WORDS.gradient.name,
    unit: WORDS.gradient.unit,
    series: [{ metric: "grad_norm", label: WORDS.gradient.norm, role: "plain" }],
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
