// @ts-check
/** @import { Wasm } from "./core.js" */
import { told } from "../app/told.js";

/** What the core's data call the texts that are read. */
const READ = new Set(["title", "summary", "source", "label", "help", "choices", "description", "text", "responses", "message"]);

/**
 * The core, with the texts in its data told in the page's words. What it throws passes through `sentence`, and what its
 * sessions say of themselves through those who hold them.
 * @param {Wasm} wasm
 * @param {(text: string) => string} [tell]
 * @returns {Wasm}
 */
export function inPageWords(wasm, tell = told) {
  /** @type {(data: any, read?: boolean) => any} */
  const words = (data, read = false) => {
    if (typeof data === "string") return read ? tell(data) : data;
    if (Array.isArray(data)) return data.map((item) => words(item, read));
    if (typeof data !== "object" || data === null) return data;
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, words(value, READ.has(key))]));
  };
  return {
    ...wasm,
    catalogue: (kind) => words(wasm.catalogue(kind)),
    tableScenarios: () => words(wasm.tableScenarios()),
    writtenMethod: (name, loss) => words(wasm.writtenMethod(name, loss)),
    parsePreferences(text) {
      // The pairs are a person's.
      const { pairs, problems } = wasm.parsePreferences(text);
      return { pairs, problems: words(problems) };
    },
  };
}

/**
 * What runs a session's graphs, in the page's words. Why that is not the GPU that was asked for stands after the first colon.
 * @param {string} engine
 * @param {(text: string) => string} [tell]
 */
export function engineInWords(engine, tell = told) {
  const [description, ...reason] = engine.split(": ");
  return [description, reason.join(": ")].filter(Boolean).map((text) => tell(text)).join(": ");
}
