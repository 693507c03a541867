// @ts-check
/** @import { Hyperparameter, Method } from "../messages.js" */
/** Fields that pages share. */
import { element } from "../dom.js";
import { nextRung, shareAt, valueAt } from "../ladder.js";
import { LOSSES } from "../strings/losses.js";
import { TROUBLE } from "../strings/trouble.js";
import { CUSTOM, SUM } from "../written.js";
import { questionMark } from "./terms.js";

/** The methods by what they learn from. @param {Method[]} methods */
export function methodGroups(methods) {
  /** @type {[string, (needs: Method["needs"]) => boolean][]} */
  const groups = [
    [LOSSES.groups.pairs, ({ chosen, rejected }) => chosen && rejected],
    [LOSSES.groups.chosen, ({ chosen, rejected }) => chosen && !rejected],
    [LOSSES.groups.rejected, ({ chosen, rejected }) => !chosen && rejected],
    [LOSSES.groups.own, ({ chosen, rejected, judge }) => !chosen && !rejected && !judge],
    [LOSSES.groups.compared, ({ judge }) => judge === "preferences"],
    [LOSSES.groups.rewarded, ({ judge }) => judge === "rewards"],
  ];
  return groups.map(([label, fits]) => {
    const own = methods.filter(({ needs }) => fits(needs));
    return element("optgroup", { label }, ...own.map(({ name, title }) => element("option", { value: name }, title)));
  });
}

/** What a person writes, as two more choices. */
export function ownLoss() {
  const custom = element("option", { value: CUSTOM }, LOSSES.custom);
  const sum = element("option", { value: SUM }, LOSSES.sum);
  return element("optgroup", { label: LOSSES.groups.written }, custom, sum);
}

/**
 * Offers items to choose from.
 * @param {HTMLSelectElement} select
 * @param {{ name: string, title: string }[]} items
 * @param {string} chosen
 */
export function fill(select, items, chosen) {
  select.replaceChildren(...items.map(({ name, title }) => element("option", { value: name }, title)));
  select.value = chosen;
}

/** @typedef {{ value: () => number, set: (value: number) => void, refuse: (text: string) => void }} Held */

/** A field for a number that may be set: a list where it is a choice. @param {Hyperparameter} hyper @param {Held} of */
export function valueField(hyper, of) {
  return hyper.scale === "choice" ? choiceField(hyper, of) : numberField(hyper, of);
}

/** @param {Hyperparameter} hyper @param {Held} of */
function choiceField({ label, help, choices = [] }, { value, set }) {
  const select = element("select", { title: help });
  fill(select, choices.map((title, place) => ({ name: String(place), title })), String(value()));
  select.addEventListener("change", () => set(Number(select.value)));
  return element("label", {}, `${label} `, select);
}
/** How many places a slider has. */
const PLACES = 1000;

/**
 * A number within its range, to be typed or slid; the arrow keys climb by useful steps.
 * @param {Hyperparameter} hyper
 * @param {Held} of
 */
export function numberField(hyper, { value, set, refuse }) {
  const { label, help, min, max } = hyper;
  const input = element("input", { type: "number", min: String(min), max: String(max), step: "any", title: help });
  const slider = element("input", { type: "range", min: "0", max: String(PLACES), title: help, "aria-label": label });
  const show = () => {
    const present = value();
    input.value = String(present);
    slider.value = String(PLACES * shareAt(hyper, present));
    // Where it stands is a place on the scale; what is heard is the number.
    slider.setAttribute("aria-valuetext", input.value);
  };
  input.addEventListener("change", () => {
    if (input.value !== "" && input.validity.valid) set(input.valueAsNumber);
    else refuse(TROUBLE.unfitNumber(label, min, max));
    show();
  });
  /** @param {string} up @param {string} down */
  const climb = (up, down) => (/** @type {KeyboardEvent} */ event) => {
    if (![up, down].includes(event.key)) return;
    event.preventDefault();
    set(nextRung(hyper, value(), event.key === up ? 1 : -1));
    show();
  };
  input.addEventListener("keydown", climb("ArrowUp", "ArrowDown"));
  for (const [up, down] of [["ArrowUp", "ArrowDown"], ["ArrowRight", "ArrowLeft"]]) slider.addEventListener("keydown", climb(up, down));
  slider.addEventListener("input", () => {
    set(valueAt(hyper, slider.valueAsNumber / PLACES));
    show();
  });
  show();
  return element("span", { class: "number" }, element("label", {}, element("span", {}, `${label} `), input), slider, questionMark(label, help));
}
