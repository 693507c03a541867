// @ts-check
import { coreFile } from "./core-file.js";
import { inPageWords } from "./core-words.js";

/** @typedef {typeof import("../pkg/playground.js")} Wasm */

/** The core, ready for use. @returns {Promise<Wasm>} */
export async function loadWasm() {
  const wasm = await import("../pkg/playground.js");
  await wasm.default({ module_or_path: new URL(`../pkg/${coreFile()}`, import.meta.url) });
  return inPageWords(wasm);
}

/** The core and the library that reads texts, ready for use. */
export async function loadCore() {
  const [wasm, tokenizers] = await Promise.all([loadWasm(), import("../vendor/tokenizers.js")]);
  return { wasm, Tokenizer: tokenizers.Tokenizer };
}
