// @ts-check
/** @import { CompareApp } from "../app.js" */
/** @import { CompareStore, State } from "../state.js" */
/** @import { Line } from "./overlay.js" */
import { calm, onAppearance } from "../../app/appearance.js";
import { decimate } from "../../app/decimate.js";
import { element, find, setText } from "../../app/dom.js";
import { CHART_WORDS } from "../../app/strings/charts.js";
import { COMPARE } from "../../app/strings/compare.js";
import { fill } from "../../app/views/fields.js";
import { figure, FIGURES } from "../figures.js";
import { judged, titleOf } from "../state.js";
import { fillTable, overlay } from "./overlay.js";

/** Milliseconds between two drawings. */
const PERIOD = 100;
const CALM_PERIOD = 400;

/** The runs' curves over each other, each with its name at its end. @param {CompareStore} store @param {CompareApp} app */
export function charts(store, app) {
  const target = find("charts", HTMLElement);
  const drawn = store.state().settings.charts.map((_, index) => chart(index, target, store, app));
  let waiting = false;
  let last = -Infinity;
  function draw() {
    if (waiting) return;
    waiting = true;
    const period = calm() ? CALM_PERIOD : PERIOD;
    setTimeout(() => requestAnimationFrame(() => {
      waiting = false;
      last = performance.now();
      for (const { show } of drawn) show();
    }), Math.max(0, last + period - performance.now()));
  }
  store.watch(({ runs }) => runs, draw);
  store.watch(({ catalogue }) => catalogue, draw);
  store.watch(({ settings }) => settings.runs, draw);
  store.watch(({ settings }) => settings.charts, draw);
  onAppearance(() => {
    for (const { forget } of drawn) forget();
    draw();
  });
  new ResizeObserver(draw).observe(target);
}

/** @param {number} index @param {HTMLElement} target @param {CompareStore} store @param {CompareApp} app */
function chart(index, target, store, app) {
  const picker = element("select", { "aria-label": COMPARE.picker(index + 1) });
  picker.addEventListener("change", () => app.setChart(index, picker.value));
  const unit = element("span", { class: "unit" });
  const canvas = element("div", { "aria-hidden": "true" });
  const summary = element("summary");
  const table = element("table");
  const details = element("details", {}, summary, table);
  const box = element("figure", {}, element("figcaption", {}, picker, " ", unit), canvas, details);
  target.append(box);
  const drawing = overlay(canvas);
  /** @type {Line[]} */
  let lines = [];
  const metric = () => store.state().settings.charts[index];

  const choices = () => {
    // Only where a judge is asked there is a win rate.
    const offered = FIGURES.filter(({ metric: name }) => name !== "eval_win_rate" || judged(store.state()) || metric() === name);
    fill(picker, offered.map(({ metric, title }) => ({ name: metric, title })), metric());
    const { title, unit: measure } = figure(metric());
    box.setAttribute("aria-label", title);
    setText(unit, measure);
    setText(summary, CHART_WORDS.table(title));
    table.setAttribute("aria-label", CHART_WORDS.tableName(title));
  };
  store.watch(judged, choices);
  store.watch(({ settings }) => settings.charts[index], choices);
  details.addEventListener("toggle", () => fillTable(table, lines, figure(metric()).kind));

  function show() {
    lines = linesOf(store.state(), metric());
    drawing.show(lines, Math.max(200, box.clientWidth));
    if (details.open) fillTable(table, lines, figure(metric()).kind);
  }
  return { show, forget: drawing.forget };
}

/** @param {State} state @param {string} metric @returns {Line[]} */
function linesOf(state, metric) {
  return state.settings.runs.map((run) => {
    const { id } = run;
    const history = state.runs.get(id)?.history;
    const [steps, values] = history ? decimate(history, [metric]) : [[], []];
    const measured = steps.flatMap((step, row) => (values[row] === null ? [] : [{ step, value: Number(values[row]) }]));
    return { id, label: titleOf(state, run), steps: measured.map(({ step }) => step), values: measured.map(({ value }) => value) };
  });
}
