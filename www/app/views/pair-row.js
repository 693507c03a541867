// @ts-check
/** @import { Pair, PairProblem, PairScore, Side } from "../messages.js" */
/** @import { Trace } from "../margin-traces.js" */
import { element, setText } from "../dom.js";
import { fixed, signed } from "../format.js";
import { icon } from "../icons.js";
import { PAIRS } from "../strings/pairs.js";
import { sparkline } from "./sparkline.js";

export const FIELDS = /** @type {const} */ (["prompt", "chosen", "rejected"]);
/** What of a row can have the focus. @typedef {typeof FIELDS[number] | "select" | "on" | "swap" | "remove" | "more"} Part */

/**
 * What a row does when it is used.
 * @typedef {object} Doings
 * @property {(field: typeof FIELDS[number], text: string) => void} edit
 * @property {() => void} select
 * @property {(enabled: boolean) => void} enable
 * @property {() => void} swap
 * @property {() => void} remove
 * @property {(side: Side) => void} draw
 * @property {(button: HTMLElement) => void} more
 * @property {HTMLElement} menu what the button “more” opens
 */
/**
 * What a row shows beside its texts.
 * @typedef {object} Shown
 * @property {Pair} pair
 * @property {number} place among all pairs, from 0
 * @property {PairScore | undefined} score
 * @property {PairProblem[] | undefined} problems
 * @property {string | null} leftOut why training leaves it out for want of a side
 * @property {Trace | undefined} trace
 * @property {boolean} selected
 */

/** A pair as a row of the table. @param {Doings} doings */
export function pairRow(doings) {
  /** @type {<T extends HTMLElement>(part: Part, control: T) => T} */
  const as = (part, control) => {
    control.dataset.part = part;
    return control;
  };
  const select = as("select", element("button", { type: "button", class: "select" }));
  const on = as("on", element("input", { type: "checkbox", class: "on", title: PAIRS.onTitle }));
  const weight = element("span", { class: "weight", hidden: "" });
  /** @type {(field: typeof FIELDS[number]) => HTMLTextAreaElement} */
  const box = (field) => {
    const name = field[0].toUpperCase() + field.slice(1);
    const input = as(field, element("textarea", { rows: "1", "aria-label": name, spellcheck: "false", autocomplete: "off" }));
    input.addEventListener("input", () => doings.edit(field, input.value));
    input.addEventListener("focus", doings.select);
    return input;
  };
  const boxes = { prompt: box("prompt"), chosen: box("chosen"), rejected: box("rejected") };
  /** @type {(side: Side) => HTMLButtonElement} */
  const drawButton = (side) => {
    const button = element("button", { type: "button", class: "draw", hidden: "" }, icon("draw"), PAIRS.draw);
    button.addEventListener("click", () => doings.draw(side));
    return button;
  };
  const draws = { chosen: drawButton("chosen"), rejected: drawButton("rejected") };
  const numbers = { chosen: element("span", { class: "numbers chosen" }), rejected: element("span", { class: "numbers rejected" }) };
  const margin = element("span");
  const spark = sparkline();
  const problem = element("p", { class: "problem", hidden: "" });
  const swap = as("swap", element("button", { type: "button", class: "quiet" }, icon("swap")));
  const remove = as("remove", element("button", { type: "button", class: "quiet" }, icon("remove")));
  const more = as("more", element("button", { type: "button", class: "quiet", "aria-haspopup": "dialog", "aria-expanded": "false" }, icon("more")));
  select.addEventListener("click", doings.select);
  on.addEventListener("change", () => doings.enable(on.checked));
  swap.addEventListener("click", doings.swap);
  remove.addEventListener("click", doings.remove);
  more.popoverTargetElement = doings.menu;
  more.addEventListener("click", () => doings.more(more));
  const line = element(
    "tr",
    {},
    element("th", { scope: "row" }, select, on, weight),
    element("td", {}, boxes.prompt, problem),
    element("td", { class: "side-chosen" }, boxes.chosen, draws.chosen, numbers.chosen),
    element("td", { class: "side-rejected" }, boxes.rejected, draws.rejected, numbers.rejected),
    element("td", { class: "numbers margin" }, margin, spark.figure),
    element("td", { class: "actions" }, swap, remove, more),
  );

  /** @param {Pair} pair @param {number} number */
  const showTexts = (pair, number) => {
    for (const field of FIELDS) {
      if (boxes[field].value !== pair[field]) boxes[field].value = pair[field];
    }
    setText(select, String(number));
    select.setAttribute("aria-label", PAIRS.strip(number));
    on.checked = pair.enabled !== false;
    on.setAttribute("aria-label", PAIRS.on(number));
    setText(weight, PAIRS.weight(pair.weight ?? 1));
    weight.hidden = (pair.weight ?? 1) === 1;
    line.classList.toggle("off", pair.enabled === false);
    for (const [button, name] of /** @type {const} */ ([[swap, PAIRS.swap(number)], [remove, PAIRS.remove(number)], [more, PAIRS.more(number)]])) {
      button.setAttribute("aria-label", name);
      button.title = name;
    }
    for (const side of /** @type {const} */ (["chosen", "rejected"])) {
      draws[side].hidden = pair[side] !== "";
      draws[side].setAttribute("aria-label", PAIRS.drawName(side, number));
    }
  };
  /** @type {{ pair: Pair, place: number } | null} */
  let texts = null;
  return {
    line,
    /** @param {Part} part */
    focus(part) {
      /** @type {HTMLElement | null} */ (line.querySelector(`[data-part="${part}"]`))?.focus({ preventScroll: true });
    },
    /** @param {Shown} shown */
    show({ pair, place, score, problems = [], leftOut, trace, selected }) {
      if (texts?.pair !== pair || texts.place !== place) showTexts(pair, place + 1);
      texts = { pair, place };
      // What was measured before it was taken out of training is no longer kept up.
      const known = pair.enabled === false || leftOut !== null ? undefined : score;
      setText(numbers.chosen, known && pair.only !== "rejected" ? side(known.chosen, known.referenceChosen) : "–");
      setText(numbers.rejected, known && pair.only !== "chosen" ? side(known.rejected, known.referenceRejected) : "–");
      setText(margin, signed(pair.only ? undefined : known?.margin));
      spark.show(known && !pair.only ? trace : undefined);
      const said = pair.enabled === false ? [PAIRS.off] : leftOut !== null ? [leftOut] : problems.map(({ message }) => message);
      setText(problem, said.join(" "));
      problem.hidden = said.length === 0;
      line.classList.toggle("selected", selected);
      select.setAttribute("aria-pressed", String(selected));
    },
  };
}

/** @param {number} policy @param {number} reference */
function side(policy, reference) {
  return PAIRS.logProb(fixed(policy), signed(policy - reference));
}
