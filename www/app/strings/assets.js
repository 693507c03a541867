// @ts-check
/** What may be wrong with the files beside the page. */
export const ASSETS = Object.freeze({
  outside: (/** @type {string} */ file, /** @type {string} */ name) => `${file} names a file outside its folder: ${name}`,
  noField: (/** @type {string} */ file, /** @type {string} */ field, /** @type {string} */ kind) => `${file} has no ${field}, or it is no ${kind}`,
  noJson: (/** @type {string} */ file, /** @type {string} */ reason) => `${file} is no JSON: ${reason}`,
  unfetched: (/** @type {string} */ file) => `${file} could not be fetched`,
  refused: (/** @type {string} */ file, /** @type {number} */ status) => `${file} could not be fetched (status ${status})`,
  unlisted: (/** @type {string} */ field) => `index.json lists no ${field}`,
});
