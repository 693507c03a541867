// @ts-check
/** @import { Side } from "../messages.js" */
/** @import { ViewStore } from "../pairs-view.js" */
/** @import { AppStore } from "../state.js" */
/** @import { Part } from "./pair-row.js" */
import { element } from "../dom.js";
import { icon } from "../icons.js";
import { MOST_WEIGHT } from "../pairs-state.js";
import { PAIRS } from "../strings/pairs.js";
import { standBeside, withArrows } from "./popover.js";

/**
 * What one pair's button “more” opens: a single panel, for whichever pair it is opened.
 * @param {AppStore} store
 * @param {ViewStore} view
 * @param {{ draw: (id: number, side: Side) => void, reveal: (id: number, part: Part) => void, say: (text: string) => void }} ways
 */
export function rowMenu(store, view, { draw, reveal, say }) {
  const weight = element("input", { type: "number", min: "0", max: String(MOST_WEIGHT), step: "any", inputmode: "decimal" });
  /** @type {(drawn: string, name: string, action: () => void) => HTMLButtonElement} */
  const item = (drawn, name, action) => {
    const button = element("button", { type: "button", class: "quiet" }, icon(drawn), element("span", {}, name));
    button.addEventListener("click", () => {
      panel.hidePopover();
      action();
    });
    return button;
  };
  let id = 0;
  /** @type {HTMLElement} */
  let opener = document.body;
  /** @param {-1 | 1} by */
  const move = (by) => {
    store.dispatch({ type: "move", id, by });
    reveal(id, "more");
  };
  const duplicate = item("duplicate", PAIRS.duplicate, () => {
    store.dispatch({ type: "duplicate", id });
    const { selected } = store.state();
    if (selected !== null) reveal(selected, "prompt");
  });
  const up = item("up", PAIRS.up, () => move(-1));
  const down = item("down", PAIRS.down, () => move(1));
  const draws = { chosen: item("draw", PAIRS.drawSide("chosen"), () => draw(id, "chosen")), rejected: item("draw", PAIRS.drawSide("rejected"), () => draw(id, "rejected")) };
  const why = element("p", { class: "hint" }, PAIRS.noMove);
  const panel = element(
    "div",
    { popover: "", class: "pair-menu", role: "dialog" },
    element("label", { title: PAIRS.weightHelp }, PAIRS.weightLabel, weight),
    duplicate, up, down, why, draws.chosen, draws.rejected,
  );
  withArrows(panel);
  standBeside(panel, () => opener);
  document.body.append(panel);

  weight.addEventListener("input", () => {
    const value = weight.valueAsNumber;
    if (value >= 0 && value <= MOST_WEIGHT) store.dispatch({ type: "weigh", id, weight: value });
  });
  weight.addEventListener("change", () => {
    store.dispatch({ type: "settle" });
    if (!(weight.valueAsNumber >= 0 && weight.valueAsNumber <= MOST_WEIGHT)) say(PAIRS.unfitWeight);
    weight.value = String(store.state().pairs.find((pair) => pair.id === id)?.weight ?? 1);
  });

  return {
    panel,
    /** For whom it is opened, as a click on its button is about to. @param {number} pairId @param {HTMLElement} button */
    turnTo(pairId, button) {
      if (pairId !== id && panel.matches(":popover-open")) panel.hidePopover();
      id = pairId;
      opener = button;
      const { pairs } = store.state();
      const place = pairs.findIndex((pair) => pair.id === id);
      if (place < 0) return;
      panel.setAttribute("aria-label", PAIRS.rowMenu(place + 1));
      weight.value = String(pairs[place].weight ?? 1);
      const { order, filter } = view.state();
      const listed = order === "listed" && filter === "";
      why.hidden = listed;
      up.disabled = !listed || place === 0;
      down.disabled = !listed || place === pairs.length - 1;
      for (const side of /** @type {const} */ (["chosen", "rejected"])) draws[side].hidden = pairs[place][side] !== "";
    },
  };
}
