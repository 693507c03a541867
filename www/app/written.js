// @ts-check
/** @import { Catalogue, Method } from "./messages.js" */
import { sentence } from "./sentence.js";
import { LOSSES } from "./strings/losses.js";

/** The methods whose loss a person writes: a formula, or a sum of methods. */

export const CUSTOM = "custom";
export const SUM = "sum";

/** @param {string} method */
export const isWritten = (method) => method === CUSTOM || method === SUM;

/**
 * What a method's loss starts from: what was last written for it, else an example.
 * @param {Catalogue | null} catalogue
 * @param {Record<string, string>} losses by method
 * @param {string} method
 */
export function firstLoss(catalogue, losses, method) {
  return losses[method] ?? catalogue?.language.examples[method] ?? "";
}

/**
 * The method whose loss is written so, as the core reads it; or a sentence on what is wrong with it.
 * @param {(method: string, loss: string) => Promise<Method>} read
 * @param {string} method
 * @param {string} loss
 * @param {string} run what goes on as it was
 * @returns {Promise<{ read: Method, problem?: undefined } | { read?: undefined, problem: string }>}
 */
export async function readLoss(read, method, loss, run) {
  try {
    return { read: await read(method, loss) };
  } catch (error) {
    return { problem: LOSSES.unread(sentence(error), run) };
  }
}
