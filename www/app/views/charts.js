// @ts-check
/** @import { Method } from "../messages.js" */
/** @import { AppStore, State } from "../state.js" */
/** @import { Chart } from "./live-charts.js" */
import { find } from "../dom.js";
import { History } from "../history.js";
import { currentMethod, judgeLearns } from "../state.js";
import { LiveCharts } from "./live-charts.js";

/**
 * @typedef {object} Fit
 * @property {(needs: Method["needs"]) => boolean} [shown] for which methods
 * @property {boolean} [learned] whether it is shown only where the judge learns
 * @property {(state: State) => History} [history] what is drawn, if it is not the run
 */

/** @type {(Chart & Fit)[]} */
const CHARTS = [
  {
    name: "Log-likelihoods",
    unit: "nats",
    series: [
      { metric: "logps/chosen", label: "chosen ●", role: "chosen" },
      { metric: "logps/rejected", label: "rejected □", role: "rejected" },
      { metric: "logps/reference_chosen", label: "reference, chosen", role: "reference" },
      { metric: "logps/reference_rejected", label: "reference, rejected", role: "reference" },
    ],
  },
  {
    name: "Rewards and margin",
    unit: "beta × nats",
    series: [
      { metric: "rewards/chosen", label: "chosen ●", role: "chosen" },
      { metric: "rewards/rejected", label: "rejected □", role: "rejected" },
      { metric: "rewards/margins", label: "margin", role: "plain" },
      { metric: "eval_rewards/margins", label: "margin, held-out", role: "second" },
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
    name: "Its own answers",
    unit: "win rate estimated",
    shown: ({ judge }) => judge !== undefined,
    series: [
      { metric: "eval_win_rate", label: "win rate against the reference", role: "chosen" },
      { metric: "objective/scores", label: "reward by the judge", role: "plain" },
      { metric: "objective/kl", label: "log(π / π_ref)", role: "rejected" },
    ],
  },
  {
    name: "The critic",
    unit: "reward, root mean square",
    shown: ({ critic }) => critic,
    series: [
      { metric: "critic/error", label: "what it missed", role: "plain" },
      { metric: "critic/spread", label: "spread of returns", role: "reference" },
    ],
  },
  {
    name: "Proxy and gold",
    unit: "mean reward of its answers",
    learned: true,
    series: [
      { metric: "judge/proxy", label: "proxy: the judge it learns from", role: "chosen" },
      { metric: "judge/gold", label: "gold: the rule that is meant", role: "rejected" },
    ],
  },
  {
    name: "The judge",
    unit: "over its own updates",
    learned: true,
    history: ({ judge }) => judge?.history ?? History.empty(),
    series: [
      { metric: "judge/loss", label: "loss", role: "plain" },
      { metric: "judge/accuracy", label: "accuracy", role: "chosen" },
      { metric: "judge/eval_accuracy", label: "accuracy, held-out", role: "rejected" },
    ],
  },
  {
    name: "Ordinary text",
    unit: "perplexity",
    shown: ({ chosen, rejected }) => rejected && !chosen,
    series: [{ metric: "eval_perplexity", label: "of held-out chosen answers", role: "plain" }],
  },
  {
    name: "KL, entropy and gradient",
    unit: "",
    series: [
      { metric: "kl", label: "KL per token, held-out", role: "plain" },
      { metric: "entropy", label: "entropy per token", role: "second" },
      { metric: "grad_norm", label: "gradient norm", role: "reference" },
    ],
  },
];

/** What the policy does, as it learns. @param {AppStore} store */
export function charts(store) {
  const live = new LiveCharts(find("charts", HTMLElement), CHARTS, (place) => {
    const state = store.state();
    return CHARTS[place].history?.(state) ?? state.history;
  });
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
  for (const part of /** @type {const} */ (["history", "judge"])) store.watch((state) => state[part], () => live.draw());
}
