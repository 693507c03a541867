// @ts-check
/** @import { Method } from "../messages.js" */
/** @import { AppStore, State } from "../state.js" */
import uPlot from "../../vendor/uPlot.esm.js";
import { decimate, spread } from "../decimate.js";
import { element, find } from "../dom.js";
import { compact } from "../format.js";
import { History } from "../history.js";
import { currentMethod, judgeLearns } from "../state.js";

/**
 * @typedef {object} Series
 * @property {string} metric
 * @property {string} label
 * @property {"chosen" | "rejected" | "reference" | "plain" | "second"} role decides colour and dash
 */

/**
 * @typedef {object} Chart
 * @property {string} name
 * @property {string} unit
 * @property {Series[]} series
 * @property {(needs: Method["needs"]) => boolean} [shown] for which methods
 * @property {boolean} [learned] whether it is shown only where the judge learns
 * @property {(state: State) => History} [history] what is drawn, if it is not the run
 */

/** @type {Chart[]} */
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

const HEIGHT = 150;
const TABLE_ROWS = 12;
/** Milliseconds between two drawings. */
const PERIOD = 100;
const CALM_PERIOD = 400;
const DASHES = { chosen: [], rejected: [8, 4], reference: [2, 4], plain: [], second: [8, 3, 2, 3] };

/** Live charts, each with its table. @param {AppStore} store */
export function charts(store) {
  const target = find("charts", HTMLElement);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let drawn = CHARTS.map((chart) => make(chart, target));
  dark.addEventListener("change", () => {
    for (const { plot } of drawn) plot.destroy();
    target.replaceChildren();
    drawn = CHARTS.map((chart) => make(chart, target));
    for (const { explain } of drawn) explain(store.state().catalogue?.metrics ?? []);
    showFitting();
    dirty = true;
    draw();
  });
  store.watch((state) => state.catalogue, (catalogue) => {
    for (const { explain } of drawn) explain(catalogue?.metrics ?? []);
  });
  function showFitting() {
    const method = currentMethod(store.state());
    const learns = judgeLearns(store.state());
    for (const { figure, shown, learned } of drawn) {
      figure.hidden = Boolean((learned && !learns) || (shown && method && !shown(method.needs)));
    }
  }
  store.watch(currentMethod, showFitting);
  store.watch(judgeLearns, showFitting);
  let dirty = true;
  let last = -Infinity;
  let waiting = false;
  function draw() {
    if (!dirty || waiting) return;
    waiting = true;
    const period = calm.matches ? CALM_PERIOD : PERIOD;
    setTimeout(() => requestAnimationFrame(() => {
      waiting = dirty = false;
      last = performance.now();
      const state = store.state();
      for (const { show, history } of drawn) show(history?.(state) ?? state.history);
    }), Math.max(0, last + period - performance.now()));
  }
  for (const part of /** @type {const} */ (["history", "judge"])) {
    store.watch((state) => state[part], () => {
      dirty = true;
      draw();
    });
  }
  new ResizeObserver(() => {
    for (const { plot, figure } of drawn) {
      // The figure's padding stays free.
      plot.setSize({ width: Math.max(200, figure.clientWidth), height: HEIGHT });
    }
  }).observe(target);
}

/** @param {Chart} chart @param {HTMLElement} target */
function make({ name, unit, series, shown, learned, history }, target) {
  const style = getComputedStyle(document.documentElement);
  /** @type {(token: string) => string} */
  const colour = (token) => style.getPropertyValue(`--${token}`).trim();
  const canvas = element("div", { "aria-hidden": "true" });
  const table = element("table", { "aria-label": `${name}, as a table` });
  const details = element("details", {}, element("summary", {}, `${name} as a table`), table);
  const key = legend(series);
  const figure = element(
    "figure",
    { "aria-label": name },
    element("figcaption", {}, name, element("span", { class: "unit" }, unit && ` ${unit}`)),
    canvas,
    key,
    details,
  );
  target.append(figure);
  const line = { stroke: colour("line"), width: 1 };
  const axis = { stroke: colour("muted"), grid: line, ticks: line };
  const plot = new uPlot(
    {
      width: Math.max(200, figure.clientWidth),
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false } },
      axes: [{ ...axis, size: 30 }, { ...axis, size: 48, space: 24 }],
      series: [
        {},
        ...series.map(({ role }) => ({
          stroke: colour(role),
          width: 2,
          dash: DASHES[role],
          spanGaps: true,
          points: { show: false },
        })),
      ],
    },
    /** @type {any} */ ([[], ...series.map(() => [])]),
    canvas,
  );
  const names = series.map(({ metric }) => metric);
  return {
    plot,
    figure,
    shown,
    learned,
    history,
    /** @param {{ name: string, help: string }[]} metrics */
    explain(metrics) {
      series.forEach(({ metric }, index) => {
        const known = metrics.find(({ name }) => name === metric || name === metric.replace("eval_", ""));
        /** @type {HTMLElement} */ (key.children[index]).title = known?.help ?? "";
      });
    },
    /** @param {import("../history.js").History} history */
    show(history) {
      plot.setData(/** @type {any} */ (decimate(history, names)));
      if (details.open) fillTable(table, series, history);
      details.ontoggle = () => fillTable(table, series, history);
    },
  };
}

/** What each line means, said with its dash and not by colour alone. @param {Series[]} series */
function legend(series) {
  return element(
    "ul",
    { class: "legend" },
    ...series.map(({ label, role }) => element("li", { class: `key-${role}` }, label)),
  );
}

/** @param {HTMLTableElement} table @param {Series[]} series @param {import("../history.js").History} history */
function fillTable(table, series, history) {
  const columns = series.map(({ metric }) => history.indexOf(metric));
  const head = ["Step", ...series.map(({ label }) => label)];
  // Not every method measures every line.
  const measured = columns.filter((column) => history.measures(column));
  const complete = (/** @type {number} */ row) => measured.every((column) => !Number.isNaN(history.at(row, column)));
  const rows = spread(history.length, TABLE_ROWS, complete).map((row) => {
    const cells = columns.map((column) => element("td", {}, compact(history.at(row, column))));
    return element("tr", {}, element("th", { scope: "row" }, String(history.steps[row])), ...cells);
  });
  table.replaceChildren(
    element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, ...rows),
  );
}
