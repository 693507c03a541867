// @ts-check
import { loadedOnce } from "../loaded-once.js";
import { DIALOGS } from "../strings/dialogs.js";
import { busy } from "./busy.js";

/**
 * A button that opens a dialog, which is loaded when it is wanted. Gives what opens it too.
 * @template [T=void]
 * @param {HTMLButtonElement} button
 * @param {() => Promise<(given?: T) => void>} load gives what opens the dialog
 * @param {(text: string) => void} trouble
 */
export function opens(button, load, trouble) {
  const opener = loadedOnce(load, () => trouble(DIALOGS.missing));
  const open = (/** @type {T | undefined} */ given = undefined) => busy(button, DIALOGS.opening, async () => (await opener())?.(given));
  button.hidden = false;
  button.addEventListener("click", () => open());
  return open;
}
