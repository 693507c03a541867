// @ts-check
/**
 * How the page looks: theme, projector mode, calm motion. The choice stands as attributes of the root element, so that
 * styles follow it; what is drawn on a canvas asks here.
 */
import { PREFIX, storage } from "./storage.js";

/**
 * @typedef {object} Appearance
 * @property {"system" | "light" | "dark" | "contrast"} theme
 * @property {boolean} projector larger type and thicker lines, for a class
 * @property {boolean} calm few redraws and no movement, whatever the system says
 */

/** @type {readonly Appearance["theme"][]} */
export const THEMES = ["system", "light", "dark", "contrast"];
const KEPT_AS = `${PREFIX}display`;

/** What the system may ask for meanwhile. */
const ASKED = ["(prefers-color-scheme: dark)", "(prefers-contrast: more)", "(forced-colors: active)", "(prefers-reduced-motion: reduce)"];

/** @type {(() => void)[]} */
const listeners = [];
/** What the styles say, by names: who asks a browser has it apply all that changed on the page, whatever the answer. @type {Map<string, string>} */
const known = new Map();
/** @type {Appearance} */
let present = kept();

/** @returns {Appearance} */
function kept() {
  let stored;
  try {
    stored = JSON.parse(storage()?.getItem(KEPT_AS) ?? "null");
  } catch {
    // What cannot be read is as good as nothing: it was only a choice.
  }
  return {
    theme: THEMES.includes(stored?.theme) ? stored.theme : "system",
    projector: stored?.projector === true,
    calm: stored?.calm === true,
  };
}

/** Puts the choice where the styles find it. */
export function apply() {
  const { dataset } = document.documentElement;
  if (present.theme === "system") delete dataset.theme;
  else dataset.theme = present.theme;
  dataset.projector = String(present.projector);
  dataset.calm = String(present.calm);
  known.clear();
}

/** How the page looks by now. */
export const appearance = () => present;

/** The choice outlives a reload. @param {Partial<Appearance>} change */
export function changeAppearance(change) {
  present = { ...present, ...change };
  apply();
  try {
    storage()?.setItem(KEPT_AS, JSON.stringify(present));
  } catch {
    // A full storage is told where something typed would be lost; this is made again with a click.
  }
  changed();
}

function changed() {
  known.clear();
  for (const listener of listeners) listener();
}

/** Calls when colours, sizes or motion are others: what is drawn on a canvas has to be drawn anew. @param {() => void} listener */
export function onAppearance(listener) {
  if (listeners.length === 0) for (const query of ASKED) matchMedia(query).addEventListener("change", changed);
  listeners.push(listener);
}

/** A property of the root element, by its name in the styles. @param {string} name */
function property(name) {
  const value = known.get(name) ?? getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  if (value !== "") known.set(name, value);
  return value;
}

/** A colour of the page by its name in the styles, as a canvas takes it. @param {string} name without the dashes */
export const colour = (name) => property(`--${name}`);

/** A number of the page by its name in the styles. @param {string} name without the dashes */
export const measure = (name) => Number(colour(name));

/** Pixels of the page's type: what is drawn grows with it. */
export const rem = () => Number.parseFloat(property("font-size"));

/** Whether things should move and change as little as possible. */
export const calm = () => present.calm || matchMedia("(prefers-reduced-motion: reduce)").matches;
