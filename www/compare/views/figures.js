// @ts-check
/** @import { CompareStore } from "../state.js" */
import { element, find, setText } from "../../app/dom.js";
import { count, fixed, percent, signed } from "../../app/format.js";
import { COMPARE } from "../../app/strings/compare.js";
import { figure, FINAL } from "../figures.js";
import { judged, titleOf } from "../state.js";
import { swatch } from "./swatch.js";

/** How the page writes a figure. @param {import("../figures.js").Figure["kind"]} kind @param {number | undefined} value */
export function written(kind, value) {
  if (kind === "share") return percent(value);
  return kind === "change" ? signed(value) : fixed(value, value !== undefined && Math.abs(value) < 0.1 ? 4 : 2);
}

/** @param {string} metric */
const place = (metric) => (metric === "eval_win_rate" ? "win-rate" : "");

/** A row of figures for each run. @param {CompareStore} store */
export function figures(store) {
  const shown = FINAL.map(figure);
  const heads = [...[COMPARE.runHead, COMPARE.stepHead].map((title) => ({ title, metric: "" })), ...shown];
  const names = find("figure-names", HTMLElement);
  names.append(...heads.map(({ title, metric }) => element("th", { scope: "col", class: place(metric) }, title)));
  // Only where a judge is asked there is a win rate.
  store.watch(judged, (asked) => names.closest("table")?.classList.toggle("unjudged", !asked));
  const body = find("figures", HTMLTableSectionElement);
  /** @type {string} */
  let rows = "";
  const show = () => {
    const state = store.state();
    const { runs } = state.settings;
    const titles = runs.map((run) => titleOf(state, run));
    if (rows !== JSON.stringify(titles)) {
      rows = JSON.stringify(titles);
      body.replaceChildren(
        ...runs.map(({ id }, row) => {
          const head = element("th", { scope: "row" }, swatch(id), ` ${titles[row]}`);
          const cells = heads.slice(1).map(({ metric }) => element("td", { class: place(metric) }));
          return element("tr", {}, head, ...cells);
        }),
      );
    }
    runs.forEach(({ id }, row) => {
      const known = state.runs.get(id);
      const cells = [...body.children[row].children].slice(1);
      setText(cells[0], known?.step == null ? "–" : count(known.step));
      shown.forEach(({ metric, kind }, index) => setText(cells[index + 1], written(kind, known?.latest[metric])));
    });
    const begun = runs.flatMap(({ id }) => state.runs.get(id) ?? []).filter(({ step }) => step !== null);
    const settled = begun.length > 0 && begun.every(({ evaluated }) => evaluated !== null);
    setText(find("figures-note", HTMLElement), settled ? COMPARE.overAll : COMPARE.overBatch);
  };
  store.watch(({ settings }) => settings.runs, show);
  store.watch(({ catalogue }) => catalogue, show);
  store.watch(({ runs }) => runs, show);
}
