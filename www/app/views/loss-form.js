// @ts-check
/** @import { Catalogue } from "../messages.js" */
import { element } from "../dom.js";
import { LOSSES } from "../strings/losses.js";

/**
 * The field of a loss that a person writes.
 * @param {string} name what it is called
 * @param {string} help the id of what explains it
 */
export function lossField(name, help) {
  const language = { autocomplete: "off", spellcheck: "false", maxlength: "2000", "aria-describedby": help };
  const field = element("input", { type: "text", name: "loss", class: "loss", "aria-label": name, ...language });
  return { label: element("label", {}, `${LOSSES.loss} `, field), field };
}

/**
 * The field, and the button that has it used.
 * @param {string} name
 * @param {string} help
 * @param {(loss: string) => void} use
 */
export function lossForm(name, help, use) {
  const { label, field } = lossField(name, help);
  const button = element("button", { type: "submit" }, LOSSES.use);
  const form = element("form", { class: "loss-form", "aria-label": LOSSES.form(name) }, label, button);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    use(field.value);
  });
  return { form, field };
}

/** Fills in what a loss may be made of. @param {Element} target @param {Catalogue | null} catalogue */
export function explainLosses(target, catalogue) {
  const { measured = [], functions = [] } = catalogue?.language ?? {};
  const terms = [...measured, ...functions].flatMap(({ name, help }) => [
    element("dt", {}, element("code", {}, name)),
    element("dd", {}, help),
  ]);
  target.replaceChildren(element("dl", {}, ...terms), element("p", {}, LOSSES.numbers));
}
