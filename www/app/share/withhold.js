// @ts-check
/** Hides and locks what a lesson does not want to be changed. */
import { find } from "../dom.js";

/**
 * Where the controls of a page stand.
 * @template {string} C
 * @typedef {object} Controls
 * @property {Record<C, string[]>} places selectors of what each control is on the page
 * @property {string} looks selects what only looks: it stays in use
 * @property {string[]} changing ids of the elements in which views make new fields, or set their own anew
 */

/** A field with its label, whether that stands around it or beside. @param {string} id */
export const fieldOf = (id) => `:is(label, .setting):has(> #${id})`;

/** @template {string} C @param {{ hidden?: C[], locked?: C[] }} lesson @param {Controls<C>} controls */
export function withhold({ hidden = [], locked = [] }, { places, looks, changing }) {
  const selector = (/** @type {C[]} */ controls) => controls.flatMap((control) => places[control]).join(", ");
  const [unseen, fixed] = [selector(hidden), selector(locked)];
  if (!unseen && !fixed) return;
  const apply = () => {
    if (unseen) for (const place of document.querySelectorAll(unseen)) place.classList.add("withheld");
    if (fixed) for (const place of document.querySelectorAll(fixed)) lock(place, looks);
  };
  apply();
  const watcher = new MutationObserver(apply);
  for (const id of changing) {
    watcher.observe(find(id, HTMLElement), { subtree: true, childList: true, attributes: true, attributeFilter: ["disabled", "readonly"] });
  }
}

/** Keeps what is dropped or pasted from the page; fields and dialogs get it. @param {(event: Event) => boolean} unwanted */
export function turnAway(unwanted) {
  for (const type of ["drop", "paste"]) {
    window.addEventListener(
      type,
      (event) => {
        if (event.target instanceof Element && event.target.closest("dialog, input, textarea")) return;
        if (!unwanted(event)) return;
        event.preventDefault();
        event.stopImmediatePropagation();
      },
      { capture: true },
    );
  }
}

/** @param {Element} place @param {string} looks */
function lock(place, looks) {
  place.classList.add("locked");
  const fields = place.matches("button") ? [place] : place.querySelectorAll("input, select, textarea, button");
  for (const field of fields) {
    if (field.matches(looks)) continue;
    // Only what is not so yet: each change is watched. A text that cannot be changed can still be read and copied.
    if (field instanceof HTMLTextAreaElement) field.readOnly ||= true;
    else if ("disabled" in field) field.disabled ||= true;
  }
}
