// @ts-check
/** @import { Method } from "../messages.js" */
import { element } from "../dom.js";
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
 * @param {HTMLSelectElement} select
 * @param {{ name: string, title: string }[]} items
 * @param {string} chosen
 */
export function fill(select, items, chosen) {
  select.replaceChildren(...items.map(({ name, title }) => element("option", { value: name }, title)));
  select.value = chosen;
}
