// @ts-check
/** What the page says about versions of itself. */

export const OFFLINE = Object.freeze({
  newVersion: "A new version of this page is ready. It starts when you reload; a run that is going on would begin anew.",
  reload: "Reload with the new version",
  later: "Not now",
  othersOpen: (/** @type {number} */ others) =>
    others === 1
      ? "This page is open in another tab too: close that one first, so that nothing changes under it."
      : `This page is open in ${others} other tabs too: close those first, so that nothing changes under them.`,
});
