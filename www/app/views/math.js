// @ts-check

/** A formula of the core, to be put into the page. @param {string} mathml */
export function math(mathml) {
  return document.importNode(new DOMParser().parseFromString(mathml, "application/xml").documentElement, true);
}
