// @ts-check
/** @import { Shown } from "../pair-order.js" */
/** @import { ViewStore } from "../pairs-view.js" */
/** @import { AppStore } from "../state.js" */
/** @import { Part } from "./pair-row.js" */
import { PAIRS } from "../strings/pairs.js";
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

/** The keys of the rows: PAIR_KEYS says which. @param {HTMLElement} body @param {AppStore} store @param {Ways} ways */
export function pairKeys(body, store, { focused, shown, reveal, view, say, draw }) {
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

  /** What a key does, by its name with those that are held; nothing if it is none of ours. @type {Record<string, (id: number, part: Part) => void>} */
  const doings = {
    "Control+ArrowUp": (id, part) => step(id, fieldOf(part), -1),
    "Control+ArrowDown": (id, part) => step(id, fieldOf(part), 1),
    "Control+Enter": (id) => {
      if (step(id, "prompt", 1)) return;
      store.dispatch({ type: "add" });
      reveal(store.state().pairs[store.state().pairs.length - 1].id, "prompt");
    },
    "Alt+ArrowUp": (id, part) => move(id, part, -1),
    "Alt+ArrowDown": (id, part) => move(id, part, 1),
    "Alt+Shift+ArrowDown": (id, part) => {
      store.dispatch({ type: "duplicate", id });
      const { selected } = store.state();
      if (selected !== null) reveal(selected, part);
    },
    "Alt+s": (id) => store.dispatch({ type: "swap", id }),
    "Alt+d": (id, part) => {
      const pair = store.state().pairs.find((each) => each.id === id);
      const empty = /** @type {const} */ (["chosen", "rejected"]).filter((side) => pair?.[side] === "");
      const side = empty.find((each) => each === part) ?? empty[0];
      if (side) draw(id, side);
    },
    "Alt+Delete": (id) => store.dispatch({ type: "delete", id }),
  };

  body.addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    // AltGr types characters.
    if (ctrlKey && altKey) return;
    const held = [(ctrlKey || (metaKey && key === "Enter")) && "Control", altKey && "Alt", shiftKey && "Shift", key.length === 1 ? key.toLowerCase() : key];
    const name = held.filter(Boolean).join("+");
    const at = focused();
    if (!at || !Object.hasOwn(doings, name)) return;
    event.preventDefault();
    doings[name](at.id, at.part);
  });
}
