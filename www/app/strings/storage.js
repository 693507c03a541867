// @ts-check
/** What is kept in the browser, and what the page says where that fails. */
export const STORAGE = Object.freeze({
  none: "This browser keeps nothing for this page, so edits are lost on reload: export the pairs to keep them.",
  full: "This browser's storage is full: the last edits are on the page but will not survive a reload. Export the pairs to keep them.",
  failed: "This browser's storage failed: the last edits are on the page but may not survive a reload. Export the pairs to keep them.",
  unreadable: (/** @type {string} */ what, /** @type {string} */ aside) =>
    `What this browser kept of ${what} cannot be read, so the originals are shown. It is set aside in local storage under “${aside}”.`,
  settings: "the settings",
  pairs: (/** @type {string} */ scenario) => `the pairs of “${scenario}”`,
  judgements: (/** @type {string} */ scenario) => `your judgements of “${scenario}”`,
  policies: "the policies that you brought",
  help: "what you chose under Help",
  compareSettings: "the settings of this page",
});
