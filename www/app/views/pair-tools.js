// @ts-check
/** @import { App } from "../app.js" */
/** @import { Order } from "../pair-order.js" */
/** @import { ViewStore } from "../pairs-view.js" */
/** @import { AppStore } from "../state.js" */
/** @import { PairTable } from "./pair-table.js" */
import { download, find } from "../dom.js";
import { shortcut } from "../shortcuts.js";
import { PAIR_KEYS, PAIRS } from "../strings/pairs.js";
import { flipDialog } from "./flip-dialog.js";
import { standBeside, withArrows } from "./popover.js";

/** What stands above the table: adding, undoing, finding, and what concerns all pairs. @param {AppStore} store @param {App} app @param {ViewStore} view @param {PairTable} table */
export function pairTools(store, app, view, table) {
  const button = (/** @type {string} */ id) => find(id, HTMLButtonElement);
  button("add").addEventListener("click", () => {
    store.dispatch({ type: "add" });
    const { pairs } = store.state();
    table.reveal(pairs[pairs.length - 1].id, "prompt");
  });

  const travel = (/** @type {"undo" | "redo"} */ type) => {
    const edit = store.state()[type === "undo" ? "past" : "future"].at(-1);
    if (!edit) return;
    store.dispatch({ type });
    if (edit.id !== null) table.reveal(edit.id);
    table.say(type === "undo" ? PAIRS.undone(edit.doing) : PAIRS.redone(edit.doing));
  };
  for (const [type, from] of /** @type {const} */ ([["undo", "past"], ["redo", "future"]])) {
    button(type).addEventListener("click", () => travel(type));
    store.watch(
      (state) => state[from],
      (edits) => {
        button(type).disabled = edits.length === 0;
        button(type).title = PAIRS[type](edits.at(-1)?.doing);
      },
    );
  }
  shortcut({ keys: "Ctrl+Z", what: PAIR_KEYS.undo, group: "pairs", press: () => button("undo").click() });
  for (const keys of ["Ctrl+Shift+Z", "Ctrl+Y"]) shortcut({ keys, what: PAIR_KEYS.redo, group: "pairs", press: () => button("redo").click() });

  const finder = find("finder", HTMLElement);
  const filter = find("filter", HTMLInputElement);
  const order = find("order", HTMLSelectElement);
  const toggle = (/** @type {boolean} */ open) => {
    finder.hidden = !open;
    button("find").setAttribute("aria-expanded", String(open));
    // What is out of sight does not work on in the dark.
    if (!open) view.dispatch({ filter: "", order: "listed" });
  };
  button("find").addEventListener("click", () => {
    toggle(finder.hidden);
    if (!finder.hidden) filter.focus();
  });
  filter.addEventListener("input", () => view.dispatch({ filter: filter.value }));
  order.addEventListener("change", () => view.dispatch({ order: /** @type {Order} */ (order.value) }));
  view.watch((state) => state, (state) => {
    if (filter.value !== state.filter) filter.value = state.filter;
    order.value = state.order;
  });

  const menu = find("all-pairs-menu", HTMLElement);
  withArrows(menu);
  standBeside(menu, () => button("all-pairs"));
  menu.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("button")) menu.hidePopover();
  });
  button("restore").addEventListener("click", () => store.dispatch({ type: "replace", pairs: store.state().original, doing: "restoring" }));
  button("export").addEventListener("click", async () => {
    const { pairs, settings } = store.state();
    const text = await app.format(pairs);
    if (text !== null) download(`${settings.scenario}.jsonl`, text, "application/x-ndjson");
  });
  const flips = flipDialog(store, table.say);
  button("flip").addEventListener("click", flips.open);
}
