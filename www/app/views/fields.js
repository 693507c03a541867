// @ts-check
/** @import { Hyperparameter, Method } from "../messages.js" */
/** Fields that pages share. */
import { element } from "../dom.js";
import { nextRung } from "../ladder.js";
import { CUSTOM, SUM } from "../state.js";

/** The methods by what they learn from. @param {Method[]} methods */
export function methodGroups(methods) {
  /** @type {[string, (needs: Method["needs"]) => boolean][]} */
  const groups = [
    ["From preference pairs", ({ chosen, rejected }) => chosen && rejected],
    ["From chosen answers alone", ({ chosen, rejected }) => chosen && !rejected],
    ["From rejected answers alone", ({ chosen, rejected }) => !chosen && rejected],
    ["From its own answers alone", ({ chosen, rejected, judge }) => !chosen && !rejected && !judge],
    ["From its own answers, compared by a judge", ({ judge }) => judge === "preferences"],
    ["From its own answers, rewarded by a judge", ({ judge }) => judge === "rewards"],
  ];
  return groups.map(([label, fits]) => {
    const own = methods.filter(({ needs }) => fits(needs));
    return element("optgroup", { label }, ...own.map(({ name, title }) => element("option", { value: name }, title)));
  });
}

/** What a person writes, as two more choices. */
export function ownLoss() {
  const custom = element("option", { value: CUSTOM }, "A loss of your own");
  const sum = element("option", { value: SUM }, "A weighted sum of losses");
  return element("optgroup", { label: "Written by you" }, custom, sum);
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

/**
 * A number within its range; the arrow keys climb by useful steps.
 * @param {Hyperparameter} hyper
 * @param {Held} of
 */
export function numberField(hyper, { value, set, refuse }) {
  const { label, help, min, max } = hyper;
  const input = element("input", { type: "number", min: String(min), max: String(max), step: "any", title: help });
  const show = () => (input.value = String(value()));
  input.addEventListener("change", () => {
    if (input.value !== "" && input.validity.valid) set(input.valueAsNumber);
    else refuse(`${label} must lie between ${min} and ${max}: the old value stays.`);
    show();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    set(nextRung(hyper, value(), event.key === "ArrowUp" ? 1 : -1));
    show();
  });
  show();
  return element("label", {}, `${label} `, input);
}
