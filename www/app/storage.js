// @ts-check

/** What everything that this page keeps in the browser begins with. */
export const PREFIX = "alignment-playground/1/";

/** Null where the browser refuses it, as some do in private windows. */
export function storage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
