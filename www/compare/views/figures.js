// @ts-check
/** @import { CompareStore } from "../state.js" */
import { element, find, setText } from "../../app/dom.js";
import { count, fixed, percent, signed } from "../../app/format.js";
import { figure, FINAL } from "../figures.js";
import { letter } from "../runs.js";
import { methodOf } from "../state.js";
import { swatch } from "./swatch.js";

/** How the page writes a figure. @param {import("../figures.js").Figure["kind"]} kind @param {number | undefined} value */
export function written(kind, value) {
  if (kind === "share") return percent(value);
  return kind === "change" ? signed(value) : fixed(value, value !== undefined && Math.abs(value) < 0.1 ? 4 : 2);
}

/** A row of figures for each run. @param {CompareStore} store */
export function figures(store) {
  const shown = FINAL.map(figure);
  const names = ["Run", "Step", ...shown.map(({ title }) => title)];
  find("figure-names", HTMLElement).append(...names.map((name) => element("th", { scope: "col" }, name)));
  const body = find("figures", HTMLTableSectionElement);
  /** @type {string} */
  let rows = "";
  const show = () => {
    const state = store.state();
    const { runs } = state.settings;
    const heads = runs.map(({ id, method }) => [id, `${letter(id)} ${methodOf(state, method)?.title ?? ""}`]);
    if (rows !== JSON.stringify(heads)) {
      rows = JSON.stringify(heads);
      body.replaceChildren(
        ...runs.map(({ id }, place) => {
          const head = element("th", { scope: "row" }, swatch(id), ` ${heads[place][1]}`);
          return element("tr", {}, head, ...names.slice(1).map(() => element("td")));
        }),
      );
    }
    runs.forEach(({ id }, place) => {
      const known = state.runs.get(id);
      const cells = [...body.children[place].children].slice(1);
      setText(cells[0], known?.step == null ? "–" : count(known.step));
      shown.forEach(({ metric, kind }, index) => setText(cells[index + 1], written(kind, known?.latest[metric])));
    });
    const settled = runs.every(({ id }) => state.runs.get(id)?.evaluated != null);
    setText(find("figures-note", HTMLElement), settled ? "Over all pairs." : "Over the last batch; held-out figures over all held-out pairs, every tenth update. Pause to see all pairs.");
  };
  store.watch(({ settings }) => settings.runs, show);
  store.watch(({ catalogue }) => catalogue, show);
  store.watch(({ runs }) => runs, show);
}
