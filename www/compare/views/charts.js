// @ts-check
/** @import { CompareApp } from "../app.js" */
/** @import { CompareStore, State } from "../state.js" */
import uPlot from "../../vendor/uPlot.esm.js";
import { calm, colour, measure, onAppearance } from "../../app/appearance.js";
import { decimate, spread } from "../../app/decimate.js";
import { element, find, setText } from "../../app/dom.js";
import { fill } from "../../app/views/fields.js";
import { figure, FIGURES } from "../figures.js";
import { placeLabels } from "../../app/labels.js";
import { DASHES, letter, SHAPES } from "../runs.js";
import { judged, titleOf } from "../state.js";
import { written } from "./figures.js";

const HEIGHT = 230;
const TABLE_ROWS = 12;
/** Milliseconds between two drawings. */
const PERIOD = 100;
const CALM_PERIOD = 400;
/** Pixels between a line's end and its label, and from label to label. */
const LEAD = 22;
const GAP = 15;

/** A line of a chart. @typedef {{ id: number, label: string, steps: number[], values: number[] }} Line */

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
  const picker = element("select", { "aria-label": `What chart ${index + 1} shows` });
  picker.addEventListener("change", () => app.setChart(index, picker.value));
  const unit = element("span", { class: "unit" });
  const canvas = element("div", { "aria-hidden": "true" });
  const summary = element("summary");
  const table = element("table");
  const details = element("details", {}, summary, table);
  const box = element("figure", {}, element("figcaption", {}, picker, " ", unit), canvas, details);
  target.append(box);
  /** @type {uPlot | null} */
  let plot = null;
  /** What the plot was made for. */
  let made = "";
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
    setText(summary, `${title} as a table`);
    table.setAttribute("aria-label", `${title}, as a table`);
  };
  store.watch(judged, choices);
  store.watch(({ settings }) => settings.charts[index], choices);
  details.addEventListener("toggle", () => fillTable(table, lines, figure(metric()).kind));

  function show() {
    lines = linesOf(store.state(), metric());
    const width = Math.max(200, box.clientWidth);
    const key = JSON.stringify([metric(), width, lines.map(({ id, label }) => [id, label])]);
    if (key !== made || !plot) {
      plot?.destroy();
      made = key;
      plot = makePlot(canvas, width, () => lines);
    }
    const tables = lines.map(({ steps, values }) => /** @type {uPlot.AlignedData} */ ([steps, values]));
    plot.setData(tables.length > 0 ? uPlot.join(tables) : [[]]);
    if (details.open) fillTable(table, lines, figure(metric()).kind);
  }
  return {
    show,
    forget: () => (made = ""),
  };
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

/** @param {HTMLElement} canvas @param {number} width @param {() => Line[]} lines those of the moment */
function makePlot(canvas, width, lines) {
  const font = `600 ${measure("tick-size")}px system-ui, sans-serif`;
  const rule = { stroke: colour("line"), width: 1 };
  const axis = { stroke: colour("muted"), grid: rule, ticks: rule, font: `${measure("tick-size")}px system-ui, sans-serif` };
  const pen = document.createElement("canvas").getContext("2d");
  if (pen) pen.font = font;
  const longest = Math.max(...lines().map(({ label }) => pen?.measureText(label).width ?? 0), 0);
  // On a small screen the curves come first: a label is cut there.
  const room = Math.min(longest, 0.32 * width);
  return new uPlot(
    {
      width,
      height: HEIGHT,
      padding: [10, LEAD + room + 4, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false } },
      axes: [{ ...axis, size: 30 }, { ...axis, size: 48, space: 28 }],
      series: [
        {},
        ...lines().map(({ id }) => ({
          stroke: colour(`run-${id}`),
          width: measure("line-width"),
          dash: DASHES[id],
          spanGaps: true,
          points: { show: false },
        })),
      ],
      hooks: { draw: [(plot) => nameEnds(plot, lines(), colour, font, room)] },
    },
    /** @type {any} */ ([[], ...lines().map(() => [])]),
    canvas,
  );
}

/**
 * A shape at each line's end, and its name beside it.
 * @param {uPlot} plot
 * @param {Line[]} lines
 * @param {(token: string) => string} colour
 * @param {string} font
 * @param {number} room
 */
function nameEnds(plot, lines, colour, font, room) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const ends = lines.flatMap(({ id, label, steps, values }) => {
    const [step, value] = [steps.at(-1), values.at(-1)];
    if (step === undefined || value === undefined) return [];
    return [{ id, label, x: plot.valToPos(step, "x", true), y: plot.valToPos(value, "y", true) }];
  });
  const places = placeLabels(ends.map(({ y }) => y), GAP * ratio, bbox.top + 4 * ratio, bbox.top + bbox.height - 4 * ratio);
  ctx.save();
  ctx.font = font.replace("12px", `${12 * ratio}px`);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.setLineDash([]);
  ends.forEach(({ id, label, x, y }, index) => {
    const left = bbox.left + bbox.width;
    ctx.strokeStyle = ctx.fillStyle = colour(`run-${id}`);
    ctx.lineWidth = ratio;
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(left + 6 * ratio, places[index]);
    ctx.lineTo(left + (LEAD - 12) * ratio, places[index]);
    ctx.stroke();
    mark(ctx, id, left + (LEAD - 6) * ratio, places[index], 4 * ratio, colour("card"));
    mark(ctx, id, x, y, 4 * ratio, colour("card"));
    ctx.fillStyle = colour("text");
    ctx.fillText(cut(ctx, label, room * ratio + 1), left + (LEAD + 2) * ratio, places[index]);
  });
  ctx.restore();
}

/** @param {CanvasRenderingContext2D} ctx @param {number} id @param {number} x @param {number} y @param {number} size @param {string} ground */
function mark(ctx, id, x, y, size, ground) {
  const { outline, hollow } = SHAPES[id];
  ctx.beginPath();
  for (const [across, down] of outline) ctx.lineTo(x + size * across, y + size * down);
  ctx.closePath();
  const own = ctx.strokeStyle;
  ctx.fillStyle = hollow ? ground : own;
  ctx.fill();
  ctx.stroke();
}

/** As much of a text as fits. @param {CanvasRenderingContext2D} ctx @param {string} text @param {number} room */
function cut(ctx, text, room) {
  if (ctx.measureText(text).width <= room) return text;
  let length = text.length - 1;
  while (length > 1 && ctx.measureText(`${text.slice(0, length)}…`).width > room) length--;
  return `${text.slice(0, length)}…`;
}

/** @param {HTMLTableElement} table @param {Line[]} lines @param {import("../figures.js").Figure["kind"]} kind */
function fillTable(table, lines, kind) {
  const columns = lines.map(({ steps, values }) => new Map(steps.map((step, row) => [step, values[row]])));
  const steps = [...new Set(lines.flatMap(({ steps }) => steps))].sort((one, other) => one - other);
  const complete = (/** @type {number} */ row) => columns.every((column) => column.has(steps[row]));
  const rows = spread(steps.length, TABLE_ROWS, complete).map((row) => {
    const cells = columns.map((column) => element("td", {}, written(kind, column.get(steps[row]))));
    return element("tr", {}, element("th", { scope: "row" }, String(steps[row])), ...cells);
  });
  const head = ["Step", ...lines.map(({ label }) => label)];
  table.replaceChildren(
    element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, ...rows),
  );
}
