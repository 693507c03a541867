// @ts-check
import { element } from "../dom.js";
import { icon } from "../icons.js";
import { DIALOGS } from "../strings/dialogs.js";

/** Puts content below a dialog's heading, and a button that closes it beside. @param {HTMLDialogElement} dialog @param {(Node | string)[]} content */
export function furnish(dialog, ...content) {
  const heading = /** @type {HTMLElement} */ (dialog.querySelector("h2"));
  const close = element("button", { type: "button", class: "quiet", "aria-label": DIALOGS.close }, icon("remove"));
  close.addEventListener("click", () => dialog.close());
  dialog.replaceChildren(element("div", { class: "dialog-head" }, heading, close), ...content);
}
