// @ts-check
/** The tabs of which a link may open one. */
export const TABS = "#views";
