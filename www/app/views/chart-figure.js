// @ts-check
/** @import { ChartData, Values } from "../chart-data.js" */
/** @import { Drawing } from "../figure-svg.js" */
/** @import { History } from "../history.js" */
/** @import { Chart, Look, Series } from "./live-charts.js" */
import uPlot from "../../vendor/uPlot.esm.js";
import { colour, rem } from "../appearance.js";
import { chartData, measuredAt, nearest } from "../chart-data.js";
import { spread } from "../decimate.js";
import { element, setText } from "../dom.js";
import { compact } from "../format.js";
import { icon } from "../icons.js";
import { CHART_WORDS as WORDS } from "../strings/charts.js";
import { drawEnds, drawStep, endRoom } from "./chart-marks.js";
import { canvasFont, groundColours, lineStyle } from "./chart-style.js";
import { savePng, saveSvg } from "./save-figure.js";

const TABLE_ROWS = 12;
/** Heights and widths in units of the page's type. */
const HEIGHT = 10;
const LEAST_WIDTH = 13;
/** A chart that is narrower has no names at its lines' ends: the legend says them. */
const NAMED_WIDTH = 21;
/** Rows that PageUp and PageDown go. */
const PAGE = 10;

/**
 * What a figure asks of those it belongs to.
 * @typedef {object} Group
 * @property {string} key of those whose cursors move together
 * @property {(step: number | null) => void} hold the keyboard's cursor stands there, or nowhere
 * @property {() => void} release the mouse takes over from the keyboard
 * @property {(range: [number, number] | null) => void} zoom
 * @property {(figure: ChartFigure, factor: number) => void} scale so many times as many steps are in sight
 * @property {(step: number) => void} pin
 * @property {(text: string) => void} trouble
 */

/** @typedef {{ metric: string, low?: string, high?: string, label: string, key: HTMLElement, value: HTMLElement }} Read */

/** A chart with its legend, its numbers and its table. */
export class ChartFigure {
  #group;
  #series;
  /** What the plot draws: the edges of the band behind its lines. @type {string[]} */
  #metrics;
  /** @type {Read[]} */
  #reads;
  /** @type {ChartData} */
  #data = [[]];
  /** @type {History[]} */
  #histories = [];
  /** @type {Look} */
  #look = { zoom: null, cursor: null, pinned: null, present: null };
  #room = 8;
  #named = false;

  /** @param {Chart} chart @param {HTMLElement} target @param {Group} group */
  constructor(chart, target, group) {
    this.chart = chart;
    this.#group = group;
    // A class far away follows a few lines.
    const projector = document.documentElement.dataset.projector === "true";
    this.#series = projector ? chart.series.filter(({ extra }) => !extra) : chart.series;
    const { band } = chart;
    this.#metrics = [...this.#series.map(({ metric }) => metric), ...(band ? [band.low, band.high] : [])];
    this.#reads = [
      ...this.#series.map(({ metric, label, role, heldOut }) => read({ metric, label }, `key-${role}${heldOut ? " held-out" : ""}`)),
      ...(band ? [read({ metric: band.low, low: band.low, high: band.high, label: band.label }, `key-band key-${band.role}`)] : []),
    ];
    this.at = element("span", { class: "at" });
    this.canvas = element("div", { "aria-hidden": "true" });
    this.plotted = element(
      "div",
      { class: "plotted", tabindex: "0", role: "slider", "aria-label": WORDS.cursor(chart.name), "aria-orientation": "horizontal" },
      this.canvas,
    );
    this.table = element("table", { "aria-label": WORDS.tableName(chart.name) });
    this.details = element("details", {}, element("summary", {}, WORDS.table(chart.name)), this.table);
    this.figure = element(
      "figure",
      { "aria-label": chart.name },
      element("figcaption", {}, element("span", {}, chart.name), element("span", { class: "unit" }, chart.unit), this.at),
      this.plotted,
      element("ul", { class: "legend" }, ...this.#reads.map(({ key }) => key)),
      element("div", { class: "foot" }, this.details, this.#saving()),
    );
    this.details.addEventListener("toggle", () => this.#fillTable());
    this.plotted.addEventListener("keydown", (event) => this.#press(event));
    target.append(this.figure);
    this.plot = this.#makePlot();
  }

  destroy() {
    this.plot.destroy();
    this.figure.remove();
  }

  /** As wide as there is room by now. */
  fit() {
    const size = this.#size();
    this.#named = size.width >= NAMED_WIDTH * rem();
    this.#room = this.#named ? Math.max(8, endRoom(this.#series)) : 8;
    if (size.width !== this.plot.width || size.height !== this.plot.height) this.plot.setSize(size);
  }

  /** What the lines mean, as their titles. @param {{ name: string, help: string }[]} metrics */
  explain(metrics) {
    for (const { metric, key } of this.#reads) {
      const known = metrics.find(({ name }) => name === metric || name === metric.replace("eval_", ""));
      key.title = known?.help ?? "";
    }
  }

  /** Shows what was measured by now. @param {History[]} histories @param {Look} look */
  draw(histories, look) {
    this.#histories = histories;
    this.#data = chartData(this.#metrics, histories, look.zoom);
    this.#look = look;
    this.plot.batch(() => {
      this.plot.setData(/** @type {any} */ (this.#data), look.zoom === null);
      if (look.zoom) this.plot.setScale("x", { min: look.zoom[0], max: look.zoom[1] });
    });
    if (look.cursor !== null) this.#moveCursor(look.cursor);
    this.#showNumbers(this.plot);
    if (this.details.open) this.#fillTable();
  }

  /** Another step is pinned or looked at. @param {Look} look */
  mark(look) {
    const left = this.#look.cursor !== null && look.cursor === null;
    this.#look = look;
    if (look.cursor !== null) this.#moveCursor(look.cursor);
    else if (left) this.plot.setCursor({ left: -10, top: -10 });
    // The axes once more as well: they may not have been drawn at all.
    this.plot.redraw(false, true);
    this.#showNumbers(this.plot);
  }

  /** The first and the last step that is in sight. @returns {[number, number] | null} */
  get range() {
    const [xs] = this.#data;
    return this.#look.zoom ?? (xs.length > 0 ? [xs[0], xs[xs.length - 1]] : null);
  }

  /** What was measured last up to a step: of all lines, and of the band's edges. @param {number} step */
  valuesAt(step) {
    const [xs, ...columns] = chartData(this.#metrics, this.#histories, null);
    let place = xs.length - 1;
    while (place >= 0 && xs[place] > step) place--;
    return this.#reads.map(({ metric, low, high, label }) => {
      const at = (/** @type {string} */ name, /** @type {number} */ row) => measuredAt(xs, columns[this.#metrics.indexOf(name)], row)?.value;
      const numbers = (/** @type {number} */ row) => (low && high ? [at(low, row), at(high, row)] : [at(metric, row)]);
      return { label, then: numbers(place), now: numbers(xs.length - 1) };
    });
  }

  #makePlot() {
    const { line, muted } = groundColours();
    const rule = { stroke: line, width: 1 };
    const axis = { stroke: muted, grid: rule, ticks: rule, font: canvasFont(), values: axisNumbers };
    const { band } = this.chart;
    const edge = band && { stroke: colour(band.role), width: 1, dash: [1, 3], spanGaps: true, points: { show: false } };
    const lines = this.#series.length;
    const lonely = (/** @type {uPlot} */ plot) => plot.data[0].length === 1;
    return new uPlot(
      {
        ...this.#size(),
        padding: [8, () => this.#room, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          points: { size: 7 },
          // A point lies where something was measured, or nowhere.
          dataIdx: (_plot, _line, place) => place,
          drag: { x: true, y: false, setScale: false, dist: 6 },
          sync: { key: this.#group.key, scales: ["x", null], setSeries: false },
          bind: { dblclick: () => () => (this.#group.zoom(null), null) },
        },
        scales: { x: { time: false } },
        axes: [{ ...axis, size: 2 * rem() }, { ...axis, size: axisWidth, space: 1.6 * rem() }],
        series: [
          {},
          ...this.#series.map((series) => ({ ...lineStyle(series), spanGaps: true, points: { show: lonely } })),
          ...(edge ? [edge, edge] : []),
        ],
        bands: band ? [{ series: /** @type {[number, number]} */ ([lines + 2, lines + 1]), fill: faint(colour(band.role)) }] : [],
        hooks: {
          ready: [(plot) => this.#listen(plot)],
          setCursor: [(plot) => this.#showNumbers(plot)],
          setSelect: [(plot) => this.#select(plot)],
          draw: [(plot) => this.#drawOver(plot)],
        },
      },
      /** @type {any} */ ([[], ...this.#metrics.map(() => [])]),
      this.canvas,
    );
  }

  #size() {
    return { width: Math.max(LEAST_WIDTH * rem(), this.figure.clientWidth), height: Math.round(HEIGHT * rem()) };
  }

  /** @param {uPlot} plot */
  #drawOver(plot) {
    const { pinned, present } = this.#look;
    if (pinned !== null) drawStep(plot, { step: pinned, word: WORDS.pin(pinned), dash: [], row: 0 });
    if (present !== null) drawStep(plot, { step: present, word: WORDS.present(present), dash: [6, 4], row: 1 });
    drawEnds(plot, this.#series, this.#named);
  }

  /** @param {uPlot} plot */
  #listen({ over }) {
    over.addEventListener("click", () => this.#click());
    over.addEventListener("mousemove", () => {
      if (this.#look.cursor !== null) this.#group.release();
    });
  }

  /** @param {uPlot} plot */
  #select(plot) {
    const { left, width } = plot.select;
    if (width <= 0) return;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#group.zoom([plot.posToVal(left, "x"), plot.posToVal(left + width, "x")]);
  }

  #click() {
    const [xs] = this.#data;
    const place = nearest(xs, this.plot.posToVal(this.plot.cursor.left ?? 0, "x"));
    if (place >= 0) this.#group.pin(xs[place]);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [xs] = this.#data;
    const last = xs.length - 1;
    const place = this.#look.cursor === null ? last : nearest(xs, this.#look.cursor);
    /** @type {Record<string, number>} */
    const places = { ArrowLeft: place - 1, ArrowDown: place - 1, ArrowRight: place + 1, ArrowUp: place + 1, PageDown: place - PAGE, PageUp: place + PAGE, Home: 0, End: last };
    /** @type {Record<string, () => void>} */
    const actions = {
      "+": () => this.#group.scale(this, 0.5),
      "=": () => this.#group.scale(this, 0.5),
      "-": () => this.#group.scale(this, 2),
      "0": () => this.#group.zoom(null),
      Enter: () => this.#group.pin(xs[place]),
      Escape: () => this.#group.hold(null),
    };
    if (event.key in places && last >= 0) this.#group.hold(xs[Math.min(Math.max(places[event.key], 0), last)]);
    else if (event.key in actions && last >= 0) actions[event.key]();
    else return;
    event.preventDefault();
    // Shortcuts of the page would press something else.
    event.stopPropagation();
  }

  /** @param {number} step */
  #moveCursor(step) {
    this.plot.setCursor({ left: this.plot.valToPos(step, "x"), top: 1 });
  }

  /** The numbers at the cursor, else at the step that is looked at, else the newest. @param {uPlot} plot */
  #showNumbers(plot) {
    const [xs, ...columns] = this.#data;
    const { cursor, present } = this.#look;
    const looked = cursor ?? present;
    const pointed = plot.cursor.idx ?? (looked === null ? undefined : nearest(xs, looked));
    const place = pointed ?? xs.length - 1;
    const over = this.chart.over ?? WORDS.step;
    setText(this.at, pointed === undefined || place < 0 ? "" : WORDS.at(over, xs[place]));
    for (const { metric, low, high, value } of this.#reads) {
      const column = (/** @type {string} */ name) => columns[this.#metrics.indexOf(name)] ?? [];
      setText(value, low && high ? between(xs, column(low), column(high), place) : single(xs, column(metric), place, pointed !== undefined));
    }
    const known = place >= 0;
    this.plotted.setAttribute("aria-valuemin", String(known ? xs[0] : 0));
    this.plotted.setAttribute("aria-valuemax", String(known ? xs[xs.length - 1] : 0));
    this.plotted.setAttribute("aria-valuenow", String(known ? xs[place] : 0));
    const spoken = this.#reads.map(({ label, value }) => `${label} ${value.textContent}`).join(", ");
    this.plotted.setAttribute("aria-valuetext", known ? `${WORDS.at(over, xs[place])}: ${spoken}` : WORDS.nothing);
  }

  #fillTable() {
    if (!this.details.open) return;
    const { band, series, over = WORDS.step } = this.chart;
    const columns = [
      ...series.map(({ metric, label }) => ({ metric, label })),
      ...(band ? [{ metric: band.low, label: WORDS.low(band.label) }, { metric: band.high, label: WORDS.high(band.label) }] : []),
    ];
    const [xs, ...values] = chartData(columns.map(({ metric }) => metric), this.#histories, this.#look.zoom);
    // What is measured more seldom counts for more; the edges of a band are one.
    const told = values.slice(0, columns.length - (band ? 1 : 0));
    const shares = told.map((column) => 1 / Math.max(1, column.filter(isMeasured).length));
    const measured = (/** @type {number} */ row) => told.reduce((sum, column, index) => sum + (isMeasured(column[row]) ? shares[index] : 0), 0);
    const rows = spread(xs.length, TABLE_ROWS, measured).map((row) => {
      const cells = values.map((column) => element("td", {}, compact(column[row] ?? undefined)));
      return element("tr", {}, element("th", { scope: "row" }, String(xs[row])), ...cells);
    });
    const head = [over, ...columns.map(({ label }) => label)];
    this.table.replaceChildren(
      element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
      element("tbody", {}, ...rows),
    );
  }

  #saving() {
    /** @type {(kind: string, save: (drawing: Drawing) => void | Promise<void>) => HTMLElement} */
    const button = (kind, save) => {
      const made = element("button", { type: "button", class: "quiet", "aria-label": WORDS.save(this.chart.name, kind) }, icon("download"), kind);
      made.addEventListener("click", async () => {
        try {
          await save(this.#drawing());
        } catch {
          this.#group.trouble(WORDS.notSaved);
        }
      });
      return made;
    };
    return element("div", { class: "saving" }, button("SVG", saveSvg), button("PNG", savePng));
  }

  /** The lines that have numbers. @returns {Drawing} */
  #drawing() {
    const { name: title, unit, over = WORDS.step, band } = this.chart;
    const [xs, ...columns] = this.#data;
    const column = (/** @type {string} */ metric) => columns[this.#metrics.indexOf(metric)];
    const lines = this.#series.map((series) => ({ label: series.label, colour: lineStyle(series).stroke, dash: lineStyle(series).dash, ys: column(series.metric) }));
    return {
      title,
      unit,
      over,
      xs,
      lines: lines.filter(({ ys }) => ys.some(isMeasured)),
      ...(band && column(band.low).some(isMeasured) && { band: { label: band.label, colour: colour(band.role), low: column(band.low), high: column(band.high) } }),
      colours: groundColours(),
    };
  }
}

/** A line of the legend. @param {Omit<Read, "key" | "value">} of @param {string} kind @returns {Read} */
function read(of, kind) {
  const value = element("b");
  return { ...of, value, key: element("li", { class: kind }, `${of.label} `, value) };
}

/** @param {number[]} xs @param {Values} ys @param {number} place @param {boolean} pointed */
function single(xs, ys, place, pointed) {
  const found = measuredAt(xs, ys, place);
  if (!found) return "–";
  const text = compact(found.value);
  return pointed && found.step !== xs[place] ? WORDS.measuredAt(text, found.step) : text;
}

/** @param {number[]} xs @param {Values} low @param {Values} high @param {number} place */
function between(xs, low, high, place) {
  const [below, above] = [measuredAt(xs, low, place), measuredAt(xs, high, place)];
  return below && above ? WORDS.range(compact(below.value), compact(above.value)) : "–";
}

/** @param {number | null | undefined} value */
const isMeasured = (value) => value !== null && value !== undefined;

/** @param {unknown} _plot @param {number[]} splits */
const axisNumbers = (_plot, splits) => splits.map((value) => compact(value));

/** Pixels that the labels of an axis take. @param {unknown} _plot @param {string[] | null} labels */
const axisWidth = (_plot, labels) => Math.max(3.2 * rem(), (1.4 + 0.48 * Math.max(...(labels ?? [""]).map((label) => label?.length ?? 0))) * rem());

/** A colour that lets the lines behind it be seen. @param {string} full */
const faint = (full) => `color-mix(in srgb, ${full} 18%, transparent)`;
