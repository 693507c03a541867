// @ts-check
import { DIALOGS } from "../strings/dialogs.js";
import { busy } from "./busy.js";

/**
 * A button that opens a dialog, which is loaded when it is wanted. Gives what opens it too.
 * @template [T=void]
 * @param {HTMLButtonElement} button
 * @param {() => Promise<(given?: T) => void>} load gives what opens the dialog
 */
export function opens(button, load) {
  /** @type {ReturnType<typeof load> | null} */
  let opener = null;
  const open = (/** @type {T | undefined} */ given = undefined) => busy(button, DIALOGS.opening, async () => (await (opener ??= load()))(given));
  button.hidden = false;
  button.addEventListener("click", () => open());
  return open;
}
