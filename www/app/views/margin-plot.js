// @ts-check
/** @import { App } from "../app.js" */
/** @import { AppStore } from "../state.js" */
import { onAppearance, rem } from "../appearance.js";
import { drawing, element, find, setText } from "../dom.js";
import { compact, signed } from "../format.js";
import { heightAt, isOfMarginAlone, reach } from "../margin-loss.js";
import { pairsInUse } from "../pair-sides.js";
import { gain } from "../per-pair.js";
import { currentLoss, currentMethod, currentValues } from "../state.js";
import { MARGIN_WORDS as WORDS } from "../strings/margin-plot.js";
import { ticks } from "../ticks.js";
import { CUSTOM } from "../written.js";

const POINTS = 401;
/** A row of the table for every so many points. */
const TABLE_STEP = 50;
/** Room around the curves, in units of the page's type. */
const ROOM = { left: 2.6, right: 2.8, top: 0.6, bottom: 2.6 };
const HEIGHT = 12;
/** Radii of dots without and with the whole weight. */
const RADII = [0.22, 0.5];
/** Pixels around a dot at which a click still means it. */
const NEAR = 26;

/**
 * @typedef {object} Curve
 * @property {number[]} margins
 * @property {number[]} losses
 * @property {number[]} weights minus the slope
 */
/** @typedef {{ id: number, place: number, margin: number, loss: number, weight: number }} Dot */

/** The method's loss over the margin, and every pair where it stands on it. @param {AppStore} store @param {App} app */
export function marginPlot(store, app) {
  const plot = drawing("svg", { "aria-hidden": "true" });
  const list = element("div", { class: "dots", role: "listbox", tabindex: "0", "aria-label": WORDS.dots, "aria-orientation": "horizontal" });
  const said = element("p", { class: "hint" });
  const chosen = element("p", { class: "chosen-dot" });
  const key = element(
    "ul",
    { class: "legend" },
    element("li", { class: "key-plain" }, WORDS.loss),
    element("li", { class: "key-second" }, WORDS.weight),
    element("li", { class: "key-dot" }, WORDS.key),
  );
  const curveTable = element("table", { "aria-label": WORDS.title });
  const pairTable = element("table", { "aria-label": WORDS.pairTable });
  const curveDetails = element("details", {}, element("summary", {}, WORDS.curveTable), curveTable);
  const pairDetails = element("details", {}, element("summary", {}, WORDS.pairTable), pairTable);
  const field = element("div", { class: "margin-field" }, plot, list);
  const figure = element("figure", { "aria-label": WORDS.title }, field, chosen, key, curveDetails, pairDetails);
  find("margin-plot", HTMLElement).append(element("h3", {}, WORDS.title), figure, said);

  /** @type {Curve | null} */
  let curve = null;
  let wanted = 0;
  let asked = 0;
  /** Pixels that the field is wide. */
  let room = 0;
  /** @type {Dot[]} */
  let dots = [];
  /** @type {Map<number, HTMLElement>} */
  const marks = new Map();

  const margins = () => [...store.state().scores.values()].map(gain);
  const alone = () => {
    const state = store.state();
    const method = currentMethod(state);
    return isOfMarginAlone(method?.name === CUSTOM ? currentLoss(state) : method?.written);
  };
  async function ask() {
    const number = ++asked;
    wanted = reach(currentValues(store.state()).beta, margins());
    const over = Array.from({ length: POINTS }, (_, index) => -wanted + (2 * wanted * index) / (POINTS - 1));
    const points = await app.curve(over);
    if (number !== asked) return;
    curve = points ? { margins: over, losses: [...points.slice(0, POINTS)], weights: Array.from(points.slice(POINTS), (slope) => -slope) } : null;
    show();
  }

  function show() {
    const state = store.state();
    figure.hidden = curve === null;
    const own = alone();
    setText(said, curve === null ? WORDS.none : own ? WORDS.alone : WORDS.notAlone);
    if (!curve) return;
    const shown = curve;
    const trained = new Set(pairsInUse(state).filter(({ only }) => only === undefined));
    const places = new Map(state.pairs.flatMap((pair, index) => (trained.has(pair) ? [[pair.id, index + 1]] : [])));
    dots = [...state.scores.values()]
      .flatMap((score) => {
        const [place, margin] = [places.get(score.id), gain(score)];
        if (place === undefined || !Number.isFinite(margin)) return [];
        const at = (/** @type {number[]} */ ys) => heightAt(shown.margins, ys, margin);
        return [{ id: score.id, place, margin, loss: at(shown.losses), weight: at(shown.weights) }];
      })
      .sort((one, other) => one.margin - other.margin || one.place - other.place);
    draw(shown, own, state.selected);
    fillTables(shown, own);
  }

  /** @param {Curve} shown @param {boolean} own @param {number | null} selected */
  function draw(shown, own, selected) {
    const unit = rem();
    const [width, height] = [Math.max(room, 12 * unit), HEIGHT * unit];
    const [left, right, top, bottom] = [ROOM.left * unit, width - ROOM.right * unit, ROOM.top * unit, height - ROOM.bottom * unit];
    const [first, last] = [shown.margins[0], shown.margins[POINTS - 1]];
    const loss = bounds(shown.losses);
    const weight = bounds([0, ...shown.weights]);
    const across = (/** @type {number} */ margin) => left + ((margin - first) / (last - first)) * (right - left);
    /** @type {(range: [number, number]) => (value: number) => number} */
    const down = ([least, greatest]) => (value) => bottom - ((value - least) / (greatest - least)) * (bottom - top);
    const [lossDown, weightDown] = [down(loss), down(weight)];
    const path = (/** @type {number[]} */ ys, /** @type {(y: number) => number} */ to) => `M${ys.map((y, index) => `${across(shown.margins[index]).toFixed(1)},${to(y).toFixed(1)}`).join("L")}`;
    plot.setAttribute("viewBox", `0 0 ${width} ${height}`);
    plot.setAttribute("width", String(width));
    plot.setAttribute("height", String(height));
    plot.replaceChildren(
      ...ticks(loss[0], loss[1], 4).flatMap((y) => [
        line("grid", left, lossDown(y), right, lossDown(y)),
        label("start", compact(y), left - 0.3 * unit, lossDown(y) + 0.3 * unit),
      ]),
      ...ticks(weight[0], weight[1], 3).map((y) => label("end", compact(y), right + 0.3 * unit, weightDown(y) + 0.3 * unit)),
      ...ticks(first, last, width > 24 * unit ? 8 : 4).map((x) => label("below", compact(x), across(x), bottom + 1.2 * unit)),
      label("end name", WORDS.axis, right, bottom + 2.3 * unit),
      line("zero", across(0), top, across(0), bottom),
      drawing("path", { class: "weight", d: path(shown.weights, weightDown) }),
      drawing("path", { class: "loss", d: path(shown.losses, lossDown) }),
    );
    const most = Math.max(...shown.weights.map(Math.abs)) || 1;
    const present = new Set(dots.map(({ id }) => id));
    for (const [id, mark] of marks) {
      if (present.has(id)) continue;
      mark.remove();
      marks.delete(id);
    }
    dots.forEach((dot, index) => {
      const mark = marks.get(dot.id) ?? element("div", { role: "option", id: `dot-${dot.id}` });
      marks.set(dot.id, mark);
      if (list.children[index] !== mark) list.insertBefore(mark, list.children[index] ?? null);
      const share = own ? Math.min(Math.abs(dot.weight) / most, 1) : 0;
      const size = 2 * unit * (RADII[0] + (RADII[1] - RADII[0]) * share);
      mark.style.setProperty("--x", `${across(clamped(dot.margin, first, last))}px`);
      mark.style.setProperty("--y", `${own ? lossDown(dot.loss) : bottom}px`);
      mark.style.setProperty("--size", `${size}px`);
      mark.setAttribute("aria-selected", String(dot.id === selected));
      mark.setAttribute("aria-label", spoken(dot, own));
      mark.dataset.name = WORDS.pair(dot.place);
    });
    const held = dots.find(({ id }) => id === selected);
    if (held) list.setAttribute("aria-activedescendant", `dot-${held.id}`);
    else list.removeAttribute("aria-activedescendant");
    list.hidden = dots.length === 0;
    setText(chosen, held ? spoken(held, own) : "");
  }

  /** @param {Curve} shown @param {boolean} own */
  function fillTables(shown, own) {
    if (curveDetails.open) {
      const rows = shown.margins.flatMap((margin, index) => (index % TABLE_STEP === 0 ? [[margin, shown.losses[index], -shown.weights[index]]] : []));
      fill(curveTable, WORDS.curveHead, rows.map((row) => row.map(compact)));
    }
    pairDetails.hidden = !own;
    if (pairDetails.open) fill(pairTable, WORDS.pairHead, dots.map((dot) => [String(dot.place), signed(dot.margin), compact(dot.loss), compact(dot.weight)]));
  }

  list.addEventListener("click", (event) => {
    const box = list.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const distances = dots.map(({ id }) => {
      const { style } = /** @type {HTMLElement} */ (marks.get(id));
      return { id, distance: Math.hypot(Number.parseFloat(style.getPropertyValue("--x")) - x, Number.parseFloat(style.getPropertyValue("--y")) - y) };
    });
    const near = distances.filter(({ distance }) => distance <= NEAR).sort((one, other) => one.distance - other.distance)[0];
    if (near) app.select(near.id);
  });
  list.addEventListener("keydown", (event) => {
    const place = dots.findIndex(({ id }) => id === store.state().selected);
    /** @type {Record<string, number>} */
    const places = { ArrowLeft: place - 1, ArrowUp: place - 1, ArrowRight: place + 1, ArrowDown: place + 1, Home: 0, End: dots.length - 1 };
    if (!(event.key in places) || dots.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    app.select(dots[clamped(places[event.key], 0, dots.length - 1)].id);
  });
  for (const details of [curveDetails, pairDetails]) details.addEventListener("toggle", () => curve && fillTables(curve, alone()));
  store.watch(currentMethod, ask);
  store.watch((state) => JSON.stringify(currentValues(state)), ask);
  store.watch((state) => state.scores, () => {
    if (reach(currentValues(store.state()).beta, margins()) === wanted) show();
    else ask();
  });
  for (const part of /** @type {const} */ (["selected", "pairs"])) store.watch((state) => state[part], show);
  new ResizeObserver(() => {
    room = field.clientWidth;
    show();
  }).observe(field);
  onAppearance(show);
}

/** @param {Dot} dot @param {boolean} own */
function spoken({ place, margin, loss, weight }, own) {
  return own ? WORDS.dot(place, signed(margin), compact(loss), compact(weight)) : WORDS.dotOfMargin(place, signed(margin));
}

/** @param {number[]} values @returns {[number, number]} */
function bounds(values) {
  const known = values.filter(Number.isFinite);
  const [least, greatest] = [Math.min(...known), Math.max(...known)];
  return greatest > least ? [least, greatest] : [least - 0.5, greatest + 0.5];
}

/** @param {number} value @param {number} least @param {number} greatest */
const clamped = (value, least, greatest) => Math.min(Math.max(value, least), greatest);

/** @param {string} kind @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
const line = (kind, x1, y1, x2, y2) => drawing("line", { class: kind, x1: String(x1), y1: String(y1), x2: String(x2), y2: String(y2) });

/** @param {string} kind @param {string} text @param {number} x @param {number} y */
function label(kind, text, x, y) {
  const made = drawing("text", { class: `tick ${kind}`, x: String(x), y: String(y) });
  made.textContent = text;
  return made;
}

/** @param {HTMLTableElement} table @param {readonly string[]} head @param {string[][]} rows the first cell is the row's head */
function fill(table, head, rows) {
  table.replaceChildren(
    element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
    element(
      "tbody",
      {},
      ...rows.map(([first, ...cells]) => element("tr", {}, element("th", { scope: "row" }, first), ...cells.map((text) => element("td", {}, text)))),
    ),
  );
}
