// @ts-check
/** What a device says of the page that is installed there. */
export const MANIFEST = Object.freeze({
  shortName: "Alignment",
  description: "Small policies, trained live in the browser by preference updates.",
});
