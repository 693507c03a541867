// @ts-check
import { element, find } from "../dom.js";
import { icon } from "../icons.js";

/**
 * A button of the page's menu, and what it opens below itself: closed by Escape or a click elsewhere.
 * @param {{ name: string, icon: string, id: string }} of
 * @param {(Node | string)[]} content
 */
export function menu({ name, icon: drawn, id }, ...content) {
  const panel = element("div", { id, class: "menu-panel", popover: "", role: "group", "aria-label": name }, ...content);
  const button = element("button", { type: "button", popovertarget: id, "aria-expanded": "false" }, icon(drawn), element("span", {}, name));
  panel.addEventListener("toggle", (event) => {
    const open = /** @type {ToggleEvent} */ (event).newState === "open";
    button.setAttribute("aria-expanded", String(open));
    if (open) /** @type {HTMLElement | null} */ (panel.querySelector("input:checked, input, button"))?.focus();
  });
  find("menu", HTMLElement).append(button, panel);
  return { button, panel };
}
