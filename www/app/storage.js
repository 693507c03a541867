// @ts-check

/** Null where the browser refuses it, as some do in private windows. */
export function storage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
