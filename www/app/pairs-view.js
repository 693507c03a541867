// @ts-check
/** @import { Order } from "./pair-order.js" */
import { createStore } from "./store.js";

/** How the table shows the pairs: nobody but the table is concerned. @typedef {{ order: Order, filter: string }} PairsView */
/** @typedef {import("./store.js").Store<PairsView, Partial<PairsView>>} ViewStore */

/** The most pairs that the table holds. */
export const MOST_PAIRS = 5000;

/** @returns {ViewStore} */
export function createPairsView() {
  return createStore((/** @type {PairsView} */ state, change) => ({ ...state, ...change }), { order: "listed", filter: "" });
}
