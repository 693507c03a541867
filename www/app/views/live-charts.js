// @ts-check
/** @import { History } from "../history.js" */
import uPlot from "../../vendor/uPlot.esm.js";
import { calm, colour, measure, onAppearance } from "../appearance.js";
import { decimate, spread } from "../decimate.js";
import { element } from "../dom.js";
import { compact } from "../format.js";

/**
 * @typedef {object} Series
 * @property {string} metric a column of the history
 * @property {string} label
 * @property {"chosen" | "rejected" | "reference" | "plain" | "second"} role decides colour and dash
 */
/**
 * @typedef {object} Chart
 * @property {string} name
 * @property {string} unit
 * @property {Series[]} series
 * @property {string} [over] what the lines run over, if not the steps
 */

const HEIGHT = 150;
const TABLE_ROWS = 12;
/** Milliseconds between two drawings. */
const PERIOD = 100;
const CALM_PERIOD = 400;
const DASHES = { chosen: [], rejected: [8, 4], reference: [2, 4], plain: [], second: [8, 3, 2, 3] };

/** Live charts, each with its table. */
export class LiveCharts {
  #target;
  #charts;
  #history;
  /** @type {ReturnType<typeof make>[]} */
  #drawn = [];
  /** @type {{ name: string, help: string }[]} */
  #metrics = [];
  /** @type {boolean[]} */
  #shown = [];
  #last = -Infinity;
  #waiting = false;

  /** @param {HTMLElement} target @param {Chart[]} charts @param {(place: number) => History} history what each chart draws */
  constructor(target, charts, history) {
    this.#target = target;
    this.#charts = charts;
    this.#history = history;
    this.replace(charts);
    onAppearance(() => this.replace(this.#charts));
    new ResizeObserver(() => this.#fit()).observe(target);
  }

  /** As wide as there is room by now. */
  #fit() {
    for (const { plot, figure } of this.#drawn) {
      // The figure's padding stays free.
      plot.setSize({ width: Math.max(200, figure.clientWidth), height: HEIGHT });
    }
  }

  /** Makes other charts, or the same in other colours. @param {Chart[]} charts */
  replace(charts) {
    this.#charts = charts;
    for (const { plot } of this.#drawn) plot.destroy();
    this.#target.replaceChildren();
    this.#drawn = charts.map((chart) => make(chart, this.#target));
    this.explain(this.#metrics);
    this.show(this.#shown);
    // The first ones were made before there were others beside them.
    this.#fit();
    this.draw();
  }

  /** What the lines mean, as their titles. @param {{ name: string, help: string }[]} metrics */
  explain(metrics) {
    this.#metrics = metrics;
    for (const { explain } of this.#drawn) explain(metrics);
  }

  /** Which charts are in sight; all, if it is not said. @param {boolean[]} shown */
  show(shown) {
    this.#shown = shown;
    this.#drawn.forEach(({ figure }, index) => (figure.hidden = shown[index] === false));
  }

  /** Draws what the history holds by now, as soon as it is time. */
  draw() {
    if (this.#waiting) return;
    this.#waiting = true;
    const period = calm() ? CALM_PERIOD : PERIOD;
    setTimeout(() => requestAnimationFrame(() => {
      this.#waiting = false;
      this.#last = performance.now();
      this.#drawn.forEach(({ show }, place) => show(this.#history(place)));
    }), Math.max(0, this.#last + period - performance.now()));
  }
}

/** Pixels that the labels of an axis take. @param {unknown} _plot @param {string[] | null} labels */
const width = (_plot, labels) => Math.max(48, 20 + 7 * Math.max(...(labels ?? [""]).map((label) => label?.length ?? 0)));

/** @param {Chart} chart @param {HTMLElement} target */
function make({ name, unit, series, over = "Step" }, target) {
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
  const axis = { stroke: colour("muted"), grid: line, ticks: line, font: `${measure("tick-size")}px system-ui, sans-serif` };
  const plot = new uPlot(
    {
      width: Math.max(200, figure.clientWidth),
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false } },
      axes: [{ ...axis, size: 30 }, { ...axis, size: width, space: 24 }],
      series: [
        {},
        ...series.map(({ role }) => ({
          stroke: colour(role),
          width: measure("line-width"),
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
      if (details.open) fillTable(table, series, history, over);
      details.ontoggle = () => fillTable(table, series, history, over);
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

/** @param {HTMLTableElement} table @param {Series[]} series @param {import("../history.js").History} history @param {string} over */
function fillTable(table, series, history, over) {
  const columns = series.map(({ metric }) => history.indexOf(metric));
  const head = [over, ...series.map(({ label }) => label)];
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
