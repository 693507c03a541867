// @ts-check
/** @import { Hyperparameter } from "../messages.js" */
import { element } from "../dom.js";
import { nextRung } from "../ladder.js";

/**
 * A field for a number with a range; the arrow keys climb by rungs that suit it.
 * @param {Hyperparameter} hyper
 * @param {object} number
 * @param {() => number} number.value
 * @param {(value: number) => void} number.set
 * @param {(text: string) => void} number.refuse
 */
export function numberField(hyper, { value, set, refuse }) {
  const { label, help, min, max } = hyper;
  const input = element("input", { type: "number", min: String(min), max: String(max), step: "any", title: help });
  const show = () => (input.value = String(value()));
  input.addEventListener("change", () => {
    if (input.value !== "" && input.validity.valid) set(input.valueAsNumber);
    else refuse(`${label} must lie between ${min} and ${max}: the old value stays.`);
    show();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    set(nextRung(hyper, value(), event.key === "ArrowUp" ? 1 : -1));
    show();
  });
  show();
  return element("label", {}, `${label} `, input);
}
