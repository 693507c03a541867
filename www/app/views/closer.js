// @ts-check
/** @import { AppStore } from "../state.js" */
import { find } from "../dom.js";
import { currentMethod } from "../state.js";
import { tabs } from "./tabs.js";

/** What lies below the story, a tab each. @param {AppStore} store */
export function closer(store) {
  const { open } = tabs(find("closer", HTMLElement));
  // What a method learns from is what a person then looks for.
  store.watch((state) => currentMethod(state)?.needs.draws === true, (draws) => {
    if (draws) open("tab-own");
    else if (find("tab-own", HTMLElement).getAttribute("aria-selected") === "true") open("tab-samples");
  });
  find("rows", HTMLElement).addEventListener("click", ({ target }) => {
    if (target instanceof Element && target.closest(".select")) open("tab-tokens");
  });
}
