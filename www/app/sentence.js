// @ts-check
import { told } from "./told.js";

/** What was thrown, as a sentence in the page's words. @param {unknown} error */
export const sentence = (error) => told(error instanceof Error ? error.message : String(error));
