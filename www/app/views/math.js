// @ts-check

/** A formula of the core, to be put into the page. @param {string} mathml */
export function math(mathml) {
  const parsed = new DOMParser().parseFromString(mathml, "application/xml").documentElement;
  // The page's policy forbids styles in the text; the style sheet sets formulas.
  for (const node of [parsed, ...parsed.querySelectorAll("[style]")]) node.removeAttribute("style");
  return document.importNode(parsed, true);
}
