// @ts-check
import { FORMULAS } from "../formulas.js";

/** As wide are spaces between a loss and what its letters stand for. */
const APART = "1em";

/** A method's loss, to be put into the page: what stands apart in it is a formula of its own, and may go to the next line. @param {string} method */
export function math(method) {
  const whole = document.importNode(new DOMParser().parseFromString(FORMULAS[method], "application/xml").documentElement, true);
  const parts = document.createDocumentFragment();
  const begun = () => parts.appendChild(/** @type {Element} */ (whole.cloneNode()));
  let part = begun();
  for (const child of [...whole.children]) {
    if (child.getAttribute("width") === APART) part = begun();
    else part.append(child);
  }
  return parts;
}
