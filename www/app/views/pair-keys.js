// @ts-check
/** @import { Shown } from "../pair-order.js" */
/** @import { ViewStore } from "../pairs-view.js" */
/** @import { AppStore } from "../state.js" */
/** @import { Part } from "./pair-row.js" */
import { shortcut } from "../shortcuts.js";
import { PAIR_KEYS, PAIRS } from "../strings/pairs.js";
import { FIELDS } from "./pair-row.js";

/**
 * What the keys lead to.
 * @typedef {object} Ways
 * @property {() => { id: number, part: Part } | null} focused
 * @property {() => Shown[]} shown
 * @property {(id: number, part?: Part) => void} reveal
 * @property {ViewStore} view
 * @property {(text: string) => void} say
 * @property {(id: number, side: "chosen" | "rejected") => void} draw
 */

/** The keys that act where a row has the focus. @param {AppStore} store @param {Ways} ways */
export function pairKeys(store, { focused, shown, reveal, view, say, draw }) {
  /** @type {(part: Part) => Part} */
  const fieldOf = (part) => FIELDS.find((field) => field === part) ?? "prompt";

  /** @param {number} id @param {Part} part @param {-1 | 1} by */
  const step = (id, part, by) => {
    const rows = shown();
    const next = rows[rows.findIndex(({ pair }) => pair.id === id) + by];
    if (next) reveal(next.pair.id, part);
    return next !== undefined;
  };

  /** @param {number} id @param {Part} part @param {-1 | 1} by */
  const move = (id, part, by) => {
    const { order, filter } = view.state();
    if (order !== "listed" || filter !== "") return say(PAIRS.noMove);
    store.dispatch({ type: "move", id, by });
    reveal(id, part);
  };

  /** @param {string} keys @param {string} what @param {(id: number, part: Part) => void} act */
  const inRows = (keys, what, act) =>
    shortcut({
      keys,
      what,
      group: "pairs",
      inFields: true,
      press() {
        const at = focused();
        if (at) act(at.id, at.part);
        return at !== null;
      },
    });

  inRows("Ctrl+ArrowUp", PAIR_KEYS.above, (id, part) => step(id, fieldOf(part), -1));
  inRows("Ctrl+ArrowDown", PAIR_KEYS.below, (id, part) => step(id, fieldOf(part), 1));
  inRows("Ctrl+Enter", PAIR_KEYS.next, (id) => {
    if (step(id, "prompt", 1)) return;
    store.dispatch({ type: "add" });
    reveal(store.state().pairs[store.state().pairs.length - 1].id, "prompt");
  });
  inRows("Alt+ArrowUp", PAIR_KEYS.up, (id, part) => move(id, part, -1));
  inRows("Alt+ArrowDown", PAIR_KEYS.down, (id, part) => move(id, part, 1));
  inRows("Alt+Shift+ArrowDown", PAIR_KEYS.duplicate, (id, part) => {
    store.dispatch({ type: "duplicate", id });
    const { selected } = store.state();
    if (selected !== null) reveal(selected, part);
  });
  inRows("Alt+D", PAIR_KEYS.draw, (id, part) => {
    const pair = store.state().pairs.find((each) => each.id === id);
    const empty = /** @type {const} */ (["chosen", "rejected"]).filter((side) => pair?.[side] === "");
    const side = empty.find((each) => each === part) ?? empty[0];
    if (side) draw(id, side);
  });
  inRows("Alt+Delete", PAIR_KEYS.remove, (id) => store.dispatch({ type: "delete", id }));
}
