// @ts-check
/** What all dialogs have. */
export const DIALOGS = Object.freeze({
  close: "Close",
  opening: "Opening …",
  missing: "This part of the page could not be loaded. Check the connection and try again; if that does not help, reload the page: what you typed is kept.",
});
