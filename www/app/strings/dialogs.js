// @ts-check
/** What all dialogs have. */
export const DIALOGS = Object.freeze({
  close: "Close",
  opening: "Opening …",
});
