// @ts-check
/** @import { DiffusionStore } from "../state.js" */
import { find } from "../../app/dom.js";
import { listen, shortcut } from "../../app/shortcuts.js";
import { KEYS } from "../../app/strings/help.js";

/** The keys of the run: those of the first page. They press the page's buttons, so that what is not ready stays so. @param {DiffusionStore} store */
export function keys(store) {
  const press = (/** @type {string} */ id) => find(id, HTMLButtonElement).click();
  shortcut({ keys: KEYS.space, what: KEYS.run, group: "run", press: () => press(store.state().session.running ? "pause" : "run") });
  shortcut({ keys: ".", what: KEYS.step, group: "run", press: () => press("step") });
  find("run", HTMLElement).setAttribute("aria-keyshortcuts", KEYS.space);
  find("step", HTMLElement).setAttribute("aria-keyshortcuts", ".");
  listen(() => true);
}
