// @ts-check
/** @import { Method } from "../messages.js" */
import { element } from "../dom.js";
import { CUSTOM } from "../state.js";

/** The methods by what they learn from. @param {Method[]} methods */
export function methodGroups(methods) {
  /** @type {[string, (needs: Method["needs"]) => boolean][]} */
  const groups = [
    ["From preference pairs", ({ chosen, rejected }) => chosen && rejected],
    ["From chosen answers alone", ({ chosen, rejected }) => chosen && !rejected],
    ["From rejected answers alone", ({ chosen, rejected }) => !chosen && rejected],
    ["From its own answers, compared by a judge", ({ judge }) => judge === "preferences"],
    ["From its own answers, rewarded by a judge", ({ judge }) => judge === "rewards"],
  ];
  return groups.map(([label, fits]) => {
    const own = methods.filter(({ needs }) => fits(needs));
    return element("optgroup", { label }, ...own.map(({ name, title }) => element("option", { value: name }, title)));
  });
}

/** The loss that a person writes, as one more choice. */
export function ownLoss() {
  const own = element("option", { value: CUSTOM }, "A loss of your own");
  return element("optgroup", { label: "Written by you" }, own);
}

/**
 * @param {HTMLSelectElement} select
 * @param {{ name: string, title: string }[]} items
 * @param {string} chosen
 */
export function fill(select, items, chosen) {
  select.replaceChildren(...items.map(({ name, title }) => element("option", { value: name }, title)));
  select.value = chosen;
}
