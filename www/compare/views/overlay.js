// @ts-check
/** Curves of several runs over each other, each with its name at its end. */
import uPlot from "../../vendor/uPlot.esm.js";
import { colour, measure } from "../../app/appearance.js";
import { spread } from "../../app/decimate.js";
import { element } from "../../app/dom.js";
import { placeLabels } from "../../app/labels.js";
import { CHART_WORDS } from "../../app/strings/charts.js";
import { DASHES, SHAPES } from "../runs.js";
import { written } from "./figures.js";

/** A line of a chart; its id decides colour, dash and shape. @typedef {{ id: number, label: string, steps: number[], values: number[] }} Line */

const HEIGHT = 230;
const TABLE_ROWS = 12;
/** Pixels between a line's end and its label, and from label to label. */
const LEAD = 22;
const GAP = 15;

/** A chart of lines, drawn anew only where it has to be. @param {HTMLElement} canvas */
export function overlay(canvas) {
  /** @type {uPlot | null} */
  let plot = null;
  /** What the plot was made for. */
  let made = "";
  /** @type {Line[]} */
  let lines = [];
  return {
    /** @param {Line[]} shown @param {number} width */
    show(shown, width) {
      lines = shown;
      const key = JSON.stringify([width, lines.map(({ id, label }) => [id, label])]);
      if (key !== made || !plot) {
        plot?.destroy();
        made = key;
        plot = makePlot(canvas, width, () => lines);
      }
      const tables = lines.map(({ steps, values }) => /** @type {uPlot.AlignedData} */ ([steps, values]));
      plot.setData(tables.length > 0 ? uPlot.join(tables) : [[]]);
    },
    /** Its colours or sizes are others. */
    forget: () => (made = ""),
  };
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

/** The same as a table. @param {HTMLTableElement} table @param {Line[]} lines @param {import("../figures.js").Figure["kind"]} kind */
export function fillTable(table, lines, kind) {
  const columns = lines.map(({ steps, values }) => new Map(steps.map((step, row) => [step, values[row]])));
  const steps = [...new Set(lines.flatMap(({ steps }) => steps))].sort((one, other) => one - other);
  const measured = (/** @type {number} */ row) => columns.filter((column) => column.has(steps[row])).length;
  const rows = spread(steps.length, TABLE_ROWS, measured).map((row) => {
    const cells = columns.map((column) => element("td", {}, written(kind, column.get(steps[row]))));
    return element("tr", {}, element("th", { scope: "row" }, String(steps[row])), ...cells);
  });
  const head = [CHART_WORDS.step, ...lines.map(({ label }) => label)];
  table.replaceChildren(
    element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, ...rows),
  );
}
