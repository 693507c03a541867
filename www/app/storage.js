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

/** A storage whose keys can be listed. @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} KeyedStorage */

/** What takes the place of a storage that the browser refuses: it lasts until the page is closed. @returns {KeyedStorage} */
export function memory() {
  /** @type {Map<string, string>} */
  const entries = new Map();
  return {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
    key: (index) => [...entries.keys()][index] ?? null,
    get length() {
      return entries.size;
    },
  };
}
