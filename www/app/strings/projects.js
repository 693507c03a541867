// @ts-check
/** What the page says about projects. */

export const PROJECTS = Object.freeze({
  untitled: "Untitled",
  own: "My own work",
  notOpened: "The project was not opened",
  notSaved: (/** @type {string} */ name) => `“${name}” was not saved`,
  full: (/** @type {string} */ failed) => `${failed}: this browser's storage is full. Delete a project, or export some to files first; nothing else has changed.`,
  refused: (/** @type {string} */ failed) => `${failed}: this browser keeps nothing for this page. Export it to a file instead; nothing else has changed.`,
  nothingKept: "This browser keeps nothing for this page, as in some private windows: projects last until the page is closed. Export them to files to keep them.",
  noProjectFile: (/** @type {string} */ file) => `${file} is no project of this page.`,
  newerFile: (/** @type {string} */ file) => `${file} was saved by a newer version of this page: reload the page, then try again.`,
  largeFile: (/** @type {string} */ file, /** @type {number} */ megabytes) => `${file} is larger than ${megabytes} MB: it is no project of this page.`,
  leftOut: (/** @type {string[]} */ parts) => `What could not be read of it was left out: ${parts.join(", ")}.`,
});
