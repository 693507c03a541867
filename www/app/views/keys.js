// @ts-check
/** @import { AppStore } from "../state.js" */
import { element, find, setText } from "../dom.js";
import { count } from "../format.js";
import { shortcut } from "../shortcuts.js";
import { KEYS, RESET } from "../strings/help.js";

/** Presses a button of the page, so that what is locked or not ready stays so. @param {string} id */
const press = (id) => () => find(id, HTMLButtonElement).click();

/** The keys of the run and of the pairs. @param {AppStore} store */
export function keys(store) {
  const ask = askReset();
  shortcut({ keys: KEYS.space, what: KEYS.run, group: "run", press: () => find(store.state().session.running ? "pause" : "run", HTMLButtonElement).click() });
  shortcut({ keys: ".", what: KEYS.step, group: "run", press: press("step") });
  shortcut({ keys: "T", what: KEYS.apart, group: "run", press: press("apart") });
  shortcut({
    keys: "R",
    what: KEYS.reset,
    group: "run",
    press() {
      const { step } = store.state().session;
      if (!find("reset", HTMLButtonElement).disabled && step > 0) ask(step);
    },
  });
  shortcut({ keys: "N", what: KEYS.add, group: "pairs", press: press("add") });
  shortcut({
    keys: "Alt+S",
    what: KEYS.swap,
    group: "pairs",
    inFields: true,
    press() {
      const { selected } = store.state();
      if (selected !== null && !find("add", HTMLButtonElement).disabled) store.dispatch({ type: "swap", id: selected });
    },
  });
  find("run", HTMLElement).setAttribute("aria-keyshortcuts", KEYS.space);
  find("step", HTMLElement).setAttribute("aria-keyshortcuts", ".");
}

/** A key is soon pressed by accident: what a run has learnt is not thrown away without a question. */
function askReset() {
  const text = element("p", { id: "reset-text" });
  const yes = element("button", { class: "primary", value: "yes" }, RESET.yes);
  const no = element("button", { value: "no", autofocus: "" }, RESET.no);
  const form = element("form", { method: "dialog", class: "toolbar" }, no, yes);
  const dialog = element("dialog", { class: "dialog", "aria-labelledby": "reset-title", "aria-describedby": "reset-text" }, element("h2", { id: "reset-title" }, RESET.title), text, form);
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "yes") find("reset", HTMLButtonElement).click();
  });
  return (/** @type {number} */ step) => {
    setText(text, RESET.text(count(step)));
    dialog.returnValue = "";
    dialog.showModal();
  };
}
