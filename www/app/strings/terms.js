// @ts-check
/** What is said around the explanation of a term. */
export const TERMS = Object.freeze({
  /** @param {string} title */
  what: (title) => `What is ${title}?`,
  close: "Close",
});
