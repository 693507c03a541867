// @ts-check
/** @import { AppStore } from "../state.js" */
/** @import { App } from "../app.js" */
import uPlot from "../../vendor/uPlot.esm.js";
import { colour, measure, onAppearance } from "../appearance.js";
import { element, find, setText } from "../dom.js";
import { compact } from "../format.js";
import { currentMethod, currentValues } from "../state.js";

/** Nats on either side of 0. */
const REACH = 40;
const POINTS = 161;
const MARGINS = Array.from({ length: POINTS }, (_, index) => -REACH + (2 * REACH * index) / (POINTS - 1));
const TABLE_STEP = 20;
const SIZE = { width: 420, height: 150 };

/** The method's loss and its slope over the margin of one pair. @param {AppStore} store @param {App} app */
export function curve(store, app) {
  const details = find("curve", HTMLDetailsElement);
  const body = find("curve-body", HTMLElement);
  /** @type {uPlot | null} */
  let plot = null;
  let asked = 0;
  const draw = async () => {
    if (!details.open) return;
    const number = ++asked;
    const points = await app.curve(MARGINS);
    if (number !== asked) return;
    plot?.destroy();
    plot = null;
    body.replaceChildren();
    if (!points) {
      body.append(element("p", {}, "This method's loss is not one of the margin of a single pair."));
      return;
    }
    const [losses, slopes] = [points.slice(0, POINTS), points.slice(POINTS)];
    const canvas = element("div", { "aria-hidden": "true" });
    body.append(canvas, legend(), table(losses, slopes));
    plot = new uPlot(options(), [MARGINS, [...losses], [...slopes]], canvas);
  };
  details.addEventListener("toggle", draw);
  onAppearance(draw);
  store.watch(currentMethod, draw);
  store.watch((state) => JSON.stringify(currentValues(state)), draw);
}

function options() {
  const line = { stroke: colour("line"), width: 1 };
  const axis = { stroke: colour("muted"), grid: line, ticks: line, font: `${measure("tick-size")}px system-ui, sans-serif` };
  return {
    ...SIZE,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false } },
    axes: [{ ...axis, size: 30 }, { ...axis, size: 48, space: 24 }],
    series: [{}, { stroke: colour("plain"), width: measure("line-width") }, { stroke: colour("second"), width: measure("line-width"), dash: [8, 3, 2, 3] }],
  };
}

function legend() {
  return element(
    "ul",
    { class: "legend" },
    element("li", { class: "key-plain" }, "loss"),
    element("li", { class: "key-second" }, "slope"),
    element("li", { class: "axis" }, "over the margin h, nats: the chosen answer up by h/2, the rejected one down by h/2"),
  );
}

/** @param {Float32Array} losses @param {Float32Array} slopes */
function table(losses, slopes) {
  const shown = MARGINS.map((margin, index) => ({ margin, index })).filter(({ index }) => index % TABLE_STEP === 0);
  const head = ["Margin", "Loss", "Slope"].map((text) => element("th", { scope: "col" }, text));
  const rows = shown.map(({ margin, index }) => {
    const row = element("th", { scope: "row" });
    setText(row, compact(margin));
    return element("tr", {}, row, element("td", {}, compact(losses[index])), element("td", {}, compact(slopes[index])));
  });
  return element(
    "table",
    { "aria-label": "The loss over the margin" },
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...rows),
  );
}
