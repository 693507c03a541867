// @ts-check
/** Terms that explain themselves where they stand: a button that opens one sentence below itself. */
import { element } from "../dom.js";
import { GLOSSARY } from "../strings/glossary.js";
import { TERMS } from "../strings/terms.js";

/** Pixels between a term and its explanation, and at least to the edge of the window. */
const GAP = 6;

/** The one explanation that is open at a time. @type {HTMLElement | null} */
let note = null;

/**
 * A word in a sentence or a heading that can be asked for its meaning.
 * @param {string} name in the glossary
 * @param {string} [text] as it stands there, if not as in the glossary
 */
export function term(name, text = GLOSSARY[name].title) {
  const button = element("button", { type: "button", class: "term", "aria-expanded": "false" }, text);
  button.addEventListener("click", (event) => {
    // In a summary or a label it would do what those do.
    event.preventDefault();
    explain(button, GLOSSARY[name].title, GLOSSARY[name].sentence);
  });
  return button;
}

/**
 * A question mark beside what has a name already, such as a field.
 * @param {string} title
 * @param {string} sentence
 */
export function questionMark(title, sentence) {
  const button = element("button", { type: "button", class: "question-mark", "aria-label": TERMS.what(title), "aria-expanded": "false" }, "?");
  button.addEventListener("click", () => explain(button, title, sentence));
  return button;
}

/** Makes the terms of the page's own text ask-able: those marked by `data-term`, and fields by `data-explain`. */
export function setTerms() {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-term]"))) {
    place.replaceChildren(term(place.dataset.term ?? "", place.textContent ?? ""));
  }
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-explain]"))) {
    const { title, sentence } = GLOSSARY[place.dataset.explain ?? ""];
    place.after(questionMark(title, sentence));
  }
}

/** @param {HTMLButtonElement} button @param {string} title @param {string} sentence */
function explain(button, title, sentence) {
  note?.remove();
  if (button.getAttribute("aria-expanded") === "true") return button.setAttribute("aria-expanded", "false");
  const opened = element("div", { class: "explanation", popover: "", role: "note" }, element("b", {}, title), element("p", {}, sentence));
  note = opened;
  // Next to its term, so that a screen reader comes to it next.
  button.after(opened);
  button.setAttribute("aria-expanded", "true");
  opened.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === "open") return;
    button.setAttribute("aria-expanded", "false");
    opened.remove();
  });
  opened.showPopover();
  place(opened, button.getBoundingClientRect());
}

/** Below the term if there is room, else above it. @param {HTMLElement} shown @param {DOMRect} term */
function place(shown, term) {
  const { width, height } = shown.getBoundingClientRect();
  const left = Math.max(GAP, Math.min(term.left, innerWidth - width - GAP));
  const below = term.bottom + GAP;
  const top = below + height < innerHeight ? below : Math.max(GAP, term.top - height - GAP);
  Object.assign(shown.style, { left: `${left}px`, top: `${top}px` });
}
