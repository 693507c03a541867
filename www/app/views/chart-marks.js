// @ts-check
/** @import uPlot from "../../vendor/uPlot.esm.js" */
/** @import { Series } from "./live-charts.js" */
/** What is drawn over a chart's lines: marks and names at their ends, steps that are pinned or looked at. */
import { colour, measure } from "../appearance.js";
import { placeLabels } from "../labels.js";
import { canvasFont, groundColours } from "./chart-style.js";

/** Pixels between a line's end at the chart's edge and its name. */
const LEAD = 12;
/** Pixels from a line's end to where its name's pointer ends, at most. */
const REACH = 24;

/** Pixels that the names of the ends take. @param {Series[]} series */
export function endRoom(series) {
  const pen = document.createElement("canvas").getContext("2d");
  if (!pen) return 0;
  pen.font = canvasFont("600");
  const widths = series.map(({ end = "" }) => pen.measureText(end).width);
  return widths.some((width) => width > 0) ? Math.ceil(LEAD + 4 + Math.max(...widths)) : 0;
}

/**
 * A mark at each line's end: a full circle, a hollow square for what is rejected; and its name, where there is room.
 * @param {uPlot} plot
 * @param {Series[]} series those of the plot, in its order
 * @param {boolean} named
 */
export function drawEnds(plot, series, named) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const { min = 0, max = 0 } = plot.scales.x;
  const xs = plot.data[0];
  const ends = series.flatMap((line, index) => {
    const ys = plot.data[index + 1];
    let row = xs.length - 1;
    while (row >= 0 && (ys[row] === null || ys[row] === undefined || xs[row] > max)) row--;
    if (row < 0 || xs[row] < min) return [];
    return [{ line, x: plot.valToPos(xs[row], "x", true), y: plot.valToPos(Number(ys[row]), "y", true) }];
  });
  const gap = measure("tick-size") * 1.1 * ratio;
  const places = placeLabels(ends.map(({ y }) => y), gap, bbox.top + gap / 2, bbox.top + bbox.height - gap / 2);
  const { muted } = groundColours();
  ctx.save();
  ctx.beginPath();
  ctx.setLineDash([]);
  ctx.lineWidth = ratio;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.font = scaled(canvasFont("600"), ratio);
  ends.forEach(({ line, x, y }, index) => {
    ctx.strokeStyle = colour(line.role);
    ctx.fillStyle = line.role === "rejected" || line.heldOut ? colour("card") : colour(line.role);
    const size = 3.5 * ratio;
    ctx.beginPath();
    if (line.role === "rejected") ctx.rect(x - size, y - size, 2 * size, 2 * size);
    else ctx.arc(x, y, size, 0, 2 * Math.PI);
    ctx.fill();
    ctx.stroke();
    if (!named || !line.end) return;
    // A long pointer, or one of the line's colour, would look like values that nobody measured.
    const left = Math.min(x + REACH * ratio, bbox.left + bbox.width + LEAD * ratio);
    ctx.beginPath();
    ctx.strokeStyle = muted;
    ctx.moveTo(x + size, y);
    ctx.lineTo(left - 3 * ratio, places[index]);
    ctx.stroke();
    ctx.fillStyle = colour("text");
    ctx.fillText(line.end, left, places[index]);
  });
  ctx.restore();
}

/**
 * An upright line at a step, with its word.
 * @param {uPlot} plot
 * @param {{ step: number, word: string, dash: number[], row: number }} mark `row` is that of its word: two steps may lie near each other
 */
export function drawStep(plot, { step, word, dash, row }) {
  const { ctx, bbox } = plot;
  const { min = 0, max = 0 } = plot.scales.x;
  if (plot.data[0].length === 0 || step < min || step > max) return;
  const ratio = devicePixelRatio;
  const x = plot.valToPos(step, "x", true);
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour("accent");
  ctx.lineWidth = 2 * ratio;
  ctx.setLineDash(dash.map((length) => length * ratio));
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.font = scaled(canvasFont("600"), ratio);
  ctx.textBaseline = "top";
  const right = x > bbox.left + bbox.width / 2;
  ctx.textAlign = right ? "right" : "left";
  // Over lines a word needs ground of its own.
  ctx.setLineDash([]);
  ctx.strokeStyle = colour("card");
  ctx.lineWidth = 4 * ratio;
  const place = /** @type {const} */ ([x + (right ? -4 : 4) * ratio, bbox.top + (2 + 1.2 * row * measure("tick-size")) * ratio]);
  ctx.strokeText(word, ...place);
  ctx.fillText(word, ...place);
  ctx.restore();
}

/** @param {string} font @param {number} ratio */
const scaled = (font, ratio) => font.replace(/(\d+(?:\.\d+)?)px/, (_, size) => `${size * ratio}px`);
