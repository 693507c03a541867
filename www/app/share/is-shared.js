// @ts-check
/** What a link's fragment begins with. */
export const MARK = "share=";

/** Whether a page's fragment is a link's. @param {string} fragment with or without its “#” */
export const isShared = (fragment) => fragment.replace(/^#/, "").startsWith(MARK);
