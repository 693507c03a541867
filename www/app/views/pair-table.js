// @ts-check
/** @import { App } from "../app.js" */
/** @import { Trace } from "../margin-traces.js" */
/** @import { Shown } from "../pair-order.js" */
/** @import { ViewStore } from "../pairs-view.js" */
/** @import { AppStore } from "../state.js" */
/** @import { Part } from "./pair-row.js" */
import { element, find, setText } from "../dom.js";
import { traced } from "../margin-traces.js";
import { shownPairs } from "../pair-order.js";
import { missingSide, sidesRead } from "../pair-sides.js";
import { layoutOf, scrolledTo } from "../row-window.js";
import { currentMethod } from "../state.js";
import { looksBack } from "../time-state.js";
import { PAIRS } from "../strings/pairs.js";
import { pairKeys } from "./pair-keys.js";
import { rowMenu } from "./pair-menu.js";
import { pairRow } from "./pair-row.js";

/** A shorter table is drawn as a whole: the browser then finds and prints all of it. */
const ALL_DRAWN = 100;
/** Pixels that a row takes until it has been drawn. */
const USUAL_HEIGHT = 90;
/** What says in which direction each order goes. @type {Record<string, "ascending" | "descending">} */
const SORTED = { "margin-up": "ascending", "margin-down": "descending" };

/**
 * The table, for those that lead to a row of it.
 * @typedef {object} PairTable
 * @property {(id: number, part?: Part) => void} reveal shows a pair, and gives a part of it the focus if one is named
 * @property {(text: string) => void} say tells what was done, for those who do not see it
 */

/**
 * The pairs as an editable table: of a long one, only the rows in sight are drawn.
 * @param {AppStore} store
 * @param {App} app
 * @param {ViewStore} view
 * @returns {PairTable}
 */
export function pairTable(store, app, view) {
  const table = find("pair-table", HTMLTableElement);
  const body = find("rows", HTMLTableSectionElement);
  const scroller = find("pair-scroll", HTMLElement);
  const status = find("pairs-status", HTMLElement);
  /** @type {Map<number, ReturnType<typeof pairRow>>} */
  const rows = new Map();
  /** @type {Map<number, number>} */
  const heights = new Map();
  /** @type {Shown[]} */
  let shown = [];
  /** @type {Map<number, Trace>} */
  let traces = new Map();

  const say = (/** @type {string} */ text) => setText(status, text);
  const menu = rowMenu(store, view, { draw: (id, side) => void draw(id, side), reveal: (id, part) => reveal(id, part), say });

  /** @param {number} id @param {"chosen" | "rejected"} side */
  async function draw(id, side) {
    const text = await app.draw(id, side);
    if (text === null) return;
    reveal(id, side);
    say(PAIRS.drawn(side, store.state().pairs.findIndex((pair) => pair.id === id) + 1));
  }

  /** @param {number} id */
  const newRow = (id) =>
    pairRow({
      edit: (field, text) => store.dispatch({ type: "edit", id, field, text }),
      select: () => app.select(id),
      enable: (enabled) => store.dispatch({ type: "enable", id, enabled }),
      swap: () => store.dispatch({ type: "swap", id }),
      remove: () => store.dispatch({ type: "delete", id }),
      draw: (side) => void draw(id, side),
      more: (button) => menu.turnTo(id, button),
      menu: menu.panel,
    });

  /** Which pairs are shown in which order, anew. */
  function arrange() {
    const { pairs, scores } = store.state();
    const { order, filter } = view.state();
    const focus = focused();
    const place = focus ? shown.findIndex(({ pair }) => pair.id === focus.id) : -1;
    shown = shownPairs(pairs, scores, order, filter);
    // The row that follows one that goes has its focus.
    if (focus && shown.length > 0 && !shown.some(({ pair }) => pair.id === focus.id)) {
      render();
      reveal(shown[Math.min(Math.max(place, 0), shown.length - 1)].pair.id, focus.part);
    } else render();
    table.setAttribute("aria-rowcount", String(shown.length + 1));
    const nothing = find("no-pairs", HTMLElement);
    nothing.hidden = shown.length > 0;
    setText(nothing, pairs.length > 0 ? PAIRS.nothingFound : PAIRS.nothingYet);
    setText(find("found", HTMLElement), filter === "" ? PAIRS.pairs(pairs.length) : PAIRS.shown(shown.length, pairs.length));
  }

  /** The pair and the part of its row that have the focus. @returns {{ id: number, part: Part } | null} */
  function focused() {
    const held = document.activeElement;
    const line = held?.closest("tr");
    if (!(held instanceof HTMLElement) || !line || !body.contains(line)) return null;
    return { id: Number(line.dataset.id), part: /** @type {Part} */ (held.dataset.part ?? "prompt") };
  }

  const seen = () => scroller.clientHeight - (table.tHead?.offsetHeight ?? 0);
  const heightsNow = () => Float64Array.from(shown, ({ pair }) => heights.get(pair.id) ?? USUAL_HEIGHT);

  /** Draws the rows in sight. */
  function render() {
    const all = shown.length <= ALL_DRAWN;
    const focus = focused();
    const kept = focus ? shown.findIndex(({ pair }) => pair.id === focus.id) : -1;
    const layout = all ? shown.map((_, row) => row) : layoutOf(heightsNow(), scroller.scrollTop, seen(), kept);
    /** @type {HTMLElement[]} */
    const lines = [];
    /** @type {Set<number>} */
    const drawn = new Set();
    for (const part of layout) {
      if (typeof part !== "number") {
        lines.push(spacer(part.gap));
        continue;
      }
      const { pair, place } = shown[part];
      const row = rows.get(pair.id) ?? newRow(pair.id);
      rows.set(pair.id, row);
      drawn.add(pair.id);
      row.line.dataset.id = String(pair.id);
      row.line.setAttribute("aria-rowindex", String(part + 2));
      lines.push(row.line);
      showRow(pair.id, place);
    }
    put(lines);
    for (const id of rows.keys()) if (!drawn.has(id)) rows.delete(id);
    if (!all) measure();
  }

  /** Has exactly these lines in the table. What has the focus is never moved, for it would lose it. @param {HTMLElement[]} lines */
  function put(lines) {
    const wanted = new Set(lines);
    for (const child of [...body.children]) if (!wanted.has(/** @type {HTMLElement} */ (child))) child.remove();
    lines.forEach((line, index) => {
      if (line.contains(document.activeElement)) while (body.children[index] !== line) body.children[index].remove();
      else if (body.children[index] !== line) body.insertBefore(line, body.children[index] ?? null);
    });
  }

  /** Learns how high the rows are that were drawn; what stands above the edge moves nothing below it. */
  function measure() {
    const top = scroller.getBoundingClientRect().top;
    let above = 0;
    for (const [id, { line }] of rows) {
      const { height, bottom } = line.getBoundingClientRect();
      const before = heights.get(id) ?? USUAL_HEIGHT;
      if (height === 0 || height === before) continue;
      heights.set(id, height);
      if (bottom < top) above += height - before;
    }
    if (above !== 0) scroller.scrollTop += above;
  }

  /** @param {number} id @param {number} place */
  function showRow(id, place) {
    const state = store.state();
    const pair = state.pairs[place];
    const leftOut = missingSide(pair, sidesRead(state));
    const selected = state.selected === id;
    rows.get(id)?.show({ pair, place, score: state.scores.get(id), problems: state.problems.get(id), leftOut, trace: traces.get(id), selected });
  }

  /** The numbers of the rows that are drawn. */
  function showNumbers() {
    for (const { pair, place } of shown) if (rows.has(pair.id)) showRow(pair.id, place);
  }

  /** @param {number} id @param {Part} [part] */
  function reveal(id, part) {
    let row = shown.findIndex(({ pair }) => pair.id === id);
    if (row < 0 && view.state().filter !== "" && store.state().pairs.some((pair) => pair.id === id)) {
      view.dispatch({ filter: "" });
      row = shown.findIndex(({ pair }) => pair.id === id);
    }
    if (row < 0) return;
    if (!rows.has(id)) {
      scroller.scrollTop = scrolledTo(heightsNow(), row, scroller.scrollTop, seen());
      render();
    }
    const drawn = rows.get(id);
    drawn?.line.scrollIntoView({ block: "nearest" });
    if (part) drawn?.focus(part);
  }

  // Rows keep their places while somebody is at them.
  const busy = () => focused() !== null || body.matches(":hover");
  store.watch((state) => state.pairs, arrange);
  view.watch((state) => state, arrange);
  store.watch((state) => state.scores, (scores, state) => {
    // Who looks back may come forward again: the line is cut where the run goes on from there.
    if (!looksBack(state)) traces = traced(traces, state.session.step, scores);
    if (view.state().order !== "listed" && !busy()) arrange();
    else showNumbers();
  });
  store.watch((state) => state.problems, showNumbers);
  store.watch((state) => state.selected, showNumbers);
  store.watch(sidesRead, showNumbers);
  store.watch((state) => state.session.number, () => (traces = new Map()));

  let waiting = 0;
  const later = () => {
    if (shown.length > ALL_DRAWN) waiting ||= requestAnimationFrame(() => ((waiting = 0), render()));
  };
  scroller.addEventListener("scroll", later, { passive: true });
  let width = 0;
  new ResizeObserver(() => {
    // In another width, texts break into other lines.
    if (scroller.clientWidth !== width) heights.clear();
    width = scroller.clientWidth;
    later();
  }).observe(scroller);

  body.addEventListener("focusout", () => store.dispatch({ type: "settle" }));
  pairKeys(store, { focused, shown: () => shown, reveal, view, say, draw: (id, side) => void draw(id, side) });

  // A side that the method never reads is out of sight; a method that reads none learns from prompts.
  store.watch(currentMethod, (method) => {
    const { chosen = true, rejected = true } = method?.needs ?? {};
    const neither = !chosen && !rejected;
    table.classList.toggle("no-chosen", !chosen && !neither);
    table.classList.toggle("no-rejected", !rejected && !neither);
  });
  view.watch(({ order }) => order, (order) => {
    const head = find("margin-head", HTMLElement);
    if (SORTED[order]) head.setAttribute("aria-sort", SORTED[order]);
    else head.removeAttribute("aria-sort");
  });
  store.watch(
    (state) => state.settings.scenario + state.scenarios.length,
    (_, { scenarios, settings }) => {
      const header = scenarios.find((scenario) => scenario.name === settings.scenario);
      setText(find("description", HTMLElement), header?.description ?? "");
    },
  );
  return { reveal, say };
}

/** Stands for rows that are not drawn. @param {number} height */
function spacer(height) {
  const cell = element("td", { colspan: "6" });
  cell.style.height = `${height}px`;
  return element("tr", { class: "spacer", "aria-hidden": "true" }, cell);
}
