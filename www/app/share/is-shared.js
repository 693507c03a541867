// @ts-check
/** What a link's fragment begins with. */
export const MARK = "share=";

/** Whether a page's fragment is a link's. @param {string} fragment with or without its “#” */
export const isShared = (fragment) => fragment.replace(/^#/, "").startsWith(MARK);

/** A link that is pasted over the page's own address is opened. */
export function followLinks() {
  addEventListener("hashchange", () => {
    if (isShared(location.hash)) location.reload();
  });
}
