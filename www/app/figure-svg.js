// @ts-check
/** A chart as a drawing that stands by itself: written from the measured numbers, not from the screen. */
import { compact } from "./format.js";
import { ticks } from "./ticks.js";

/**
 * @typedef {object} DrawnLine
 * @property {string} label
 * @property {string} colour
 * @property {number[]} dash
 * @property {(number | null | undefined)[]} ys one for each x; what was not measured is left out
 */
/** The room between two lines. @typedef {{ label: string, colour: string, low: DrawnLine["ys"], high: DrawnLine["ys"] }} DrawnBand */
/**
 * @typedef {object} Drawing
 * @property {string} title
 * @property {string} unit
 * @property {string} over what the lines run over
 * @property {number[]} xs rising
 * @property {DrawnLine[]} lines
 * @property {DrawnBand} [band]
 * @property {{ text: string, muted: string, line: string, card: string }} colours
 */

const WIDTH = 640;
const PLOT = { left: 64, top: 44, right: 620, bottom: 300 };
/** Pixels from line to line of the legend, and the width of a letter at most. */
const LEGEND = { top: 356, row: 20, swatch: 30, letter: 7.2, gap: 18 };

/** @param {Drawing} drawing */
export function figureSvg({ title, unit, over, xs, lines, band, colours }) {
  const known = [...lines.flatMap(({ ys }) => ys), ...(band ? [...band.low, ...band.high] : [])].filter(isNumber);
  const [left, right] = widened(xs.length > 0 ? [xs[0], xs[xs.length - 1]] : [0, 1], 0);
  const [bottom, top] = widened(known.length > 0 ? [least(known), greatest(known)] : [0, 1], 0.05);
  /** @type {(x: number) => number} */
  const across = (x) => rounded(PLOT.left + ((x - left) / (right - left)) * (PLOT.right - PLOT.left));
  /** @type {(y: number) => number} */
  const down = (y) => rounded(PLOT.bottom - ((y - bottom) / (top - bottom)) * (PLOT.bottom - PLOT.top));
  const keys = legend([...lines.map((line) => ({ ...line, filled: false })), ...(band ? [{ ...band, dash: [], filled: true }] : [])], colours.text);
  const height = LEGEND.top + keys.rows * LEGEND.row;
  const heading = unit ? `${title}, ${unit}` : title;
  const parts = [
    `<title>${escaped(heading)}</title>`,
    tag("rect", { width: WIDTH, height, fill: colours.card }),
    text(heading, { x: PLOT.left, y: 26, fill: colours.text, "font-size": 16, "font-weight": 600 }),
    ...ticks(bottom, top, 6).flatMap((y) => [
      tag("line", { x1: PLOT.left, x2: PLOT.right, y1: down(y), y2: down(y), stroke: colours.line }),
      text(compact(y), { x: PLOT.left - 8, y: down(y) + 4, fill: colours.muted, "text-anchor": "end" }),
    ]),
    ...ticks(left, right, 8).map((x) => text(compact(x), { x: across(x), y: PLOT.bottom + 20, fill: colours.muted, "text-anchor": "middle" })),
    tag("line", { x1: PLOT.left, x2: PLOT.right, y1: PLOT.bottom, y2: PLOT.bottom, stroke: colours.muted }),
    text(over, { x: (PLOT.left + PLOT.right) / 2, y: PLOT.bottom + 40, fill: colours.muted, "text-anchor": "middle" }),
    ...(band ? [tag("path", { d: between(xs, band, across, down), fill: band.colour, "fill-opacity": 0.18 })] : []),
    ...lines.map(({ ys, colour, dash }) => tag("path", { d: path(xs, ys, across, down), fill: "none", stroke: colour, "stroke-width": 2, ...dashed(dash) })),
    ...keys.parts,
  ];
  const head = `xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img"`;
  return `<svg ${head}>\n${parts.join("\n")}\n</svg>\n`;
}

/**
 * What each line is, in as many rows as are needed.
 * @param {{ label: string, colour: string, dash: number[], filled: boolean }[]} entries
 * @param {string} colour
 */
function legend(entries, colour) {
  let [x, row] = [PLOT.left, 0];
  const parts = entries.flatMap(({ label, colour: own, dash, filled }) => {
    const width = LEGEND.swatch + LEGEND.letter * label.length;
    if (x > PLOT.left && x + width > PLOT.right) [x, row] = [PLOT.left, row + 1];
    const y = LEGEND.top + row * LEGEND.row;
    const swatch = filled
      ? tag("rect", { x, y: y - 6, width: LEGEND.swatch - 6, height: 12, fill: own, "fill-opacity": 0.18, stroke: own })
      : tag("line", { x1: x, x2: x + LEGEND.swatch - 6, y1: y, y2: y, stroke: own, "stroke-width": 2, ...dashed(dash) });
    const name = text(label, { x: x + LEGEND.swatch, y: y + 4, fill: colour });
    x = rounded(x + width + LEGEND.gap);
    return [swatch, name];
  });
  return { parts, rows: row + 1 };
}

/** @typedef {(value: number) => number} Place */

/** @param {number[]} xs @param {DrawnLine["ys"]} ys @param {Place} across @param {Place} down */
function path(xs, ys, across, down) {
  return points(xs, ys, across, down).map((point, index) => `${index === 0 ? "M" : "L"}${point}`).join("");
}

/** @param {number[]} xs @param {DrawnBand} band @param {Place} across @param {Place} down */
function between(xs, { low, high }, across, down) {
  const round = [...points(xs, high, across, down), ...points(xs, low, across, down).reverse()];
  return round.length > 0 ? `M${round.join("L")}Z` : "";
}

/** @param {number[]} xs @param {DrawnLine["ys"]} ys @param {Place} across @param {Place} down */
function points(xs, ys, across, down) {
  return xs.flatMap((x, index) => {
    const y = ys[index];
    return isNumber(y) ? [`${across(x)},${down(y)}`] : [];
  });
}

/** @param {number[]} dash */
const dashed = (dash) => /** @type {Record<string, string>} */ (dash.length > 0 ? { "stroke-dasharray": dash.join(" ") } : {});

/** @type {(value: number | null | undefined) => value is number} */
const isNumber = (value) => value !== null && value !== undefined && Number.isFinite(value);

/** Room at both ends, and some where there is no width at all. @param {[number, number]} range @param {number} share @returns {[number, number]} */
function widened([from, to], share) {
  if (from === to) return [from - 0.5, to + 0.5];
  const room = share * (to - from);
  return [from - room, to + room];
}

/** @param {number[]} values */
const least = (values) => values.reduce((one, other) => Math.min(one, other));
/** @param {number[]} values */
const greatest = (values) => values.reduce((one, other) => Math.max(one, other));
/** @param {number} value */
const rounded = (value) => Math.round(value * 10) / 10;

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [content] already escaped */
function tag(name, attributes, content) {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`).join("");
  return content === undefined ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

/** @param {string} content @param {Record<string, string | number>} attributes */
const text = (content, attributes) => tag("text", attributes, escaped(content));

/** @param {string} raw */
function escaped(raw) {
  // Control characters are not allowed in XML, however they are written.
  const plain = raw.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "");
  return plain.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
