// @ts-check
/** All that reads preference files, as one module to be loaded when it is wanted. */
export { speaksForItself } from "./columns.js";
export { slicesOf } from "./entries.js";
export { readPairs } from "./read.js";
