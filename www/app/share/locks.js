// @ts-check
/** @import { Control } from "./fields.js" */
import { find } from "../dom.js";
import { isPolicy } from "../policies/dropped.js";

/** Hides and locks what a lesson does not want to be changed. */

/** A field with its label, whether that stands around it or beside. @param {string} id */
const fieldOf = (id) => `:is(label, .setting):has(> #${id})`;

/** What each control is on the page. @type {Record<Control, string[]>} */
const PLACES = {
  policy: [fieldOf("policy"), "#bring"],
  scenario: [fieldOf("scenario")],
  method: [fieldOf("method"), "#update .loss-form", "#as-text"],
  numbers: ["#numbers", "#more-numbers"],
  judge: ["#judge-kind-label", "#judge-label", "#guides-label"],
  seed: [fieldOf("seed")],
  engine: [fieldOf("engine-choice")],
  pairs: ["#editor"],
};
/** What only looks stays in use. */
const LOOKS = ".select, .term, .question-mark, [role=tab], #find, #finder *, #all-pairs, #export";

/** @param {{ hidden?: Control[], locked?: Control[] }} lesson */
export function withhold({ hidden = [], locked = [] }) {
  const selector = (/** @type {Control[]} */ controls) => controls.flatMap((control) => PLACES[control]).join(", ");
  const [unseen, fixed] = [selector(hidden), selector(locked)];
  const apply = () => {
    if (unseen) for (const place of document.querySelectorAll(unseen)) place.classList.add("withheld");
    if (fixed) for (const place of document.querySelectorAll(fixed)) lock(place);
  };
  apply();
  // Pairs that are locked take in nothing that is dropped or pasted; a policy that is fixed, no other one.
  if (locked.includes("pairs")) turnAway(() => true);
  else if ([...hidden, ...locked].includes("policy")) turnAway((event) => event instanceof DragEvent && event.dataTransfer !== null && isPolicy(event.dataTransfer));
  // Views make new fields, and set their own anew.
  const watcher = new MutationObserver(apply);
  for (const id of ["choices", "editor", "update"]) {
    watcher.observe(find(id, HTMLElement), { subtree: true, childList: true, attributes: true, attributeFilter: ["disabled", "readonly"] });
  }
}

/** Keeps what is dropped or pasted from the page; fields and dialogs get it. @param {(event: Event) => boolean} unwanted */
function turnAway(unwanted) {
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

/** @param {Element} place */
function lock(place) {
  place.classList.add("locked");
  const fields = place.matches("button") ? [place] : place.querySelectorAll("input, select, textarea, button");
  for (const field of fields) {
    if (field.matches(LOOKS)) continue;
    // Only what is not so yet: each change is watched. A text that cannot be changed can still be read and copied.
    if (field instanceof HTMLTextAreaElement) field.readOnly ||= true;
    else if ("disabled" in field) field.disabled ||= true;
  }
}
