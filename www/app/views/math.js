// @ts-check
import { FORMULAS } from "../formulas.js";

/** A method's loss, to be put into the page. @param {string} method */
export function math(method) {
  return document.importNode(new DOMParser().parseFromString(FORMULAS[method], "application/xml").documentElement, true);
}
