// @ts-check
import { coreFile } from "./core-file.js";

/** The core and the library that reads texts, ready for use. */
export async function loadCore() {
  const [wasm, tokenizers] = await Promise.all([import("../pkg/playground.js"), import("../vendor/tokenizers.js")]);
  await wasm.default({ module_or_path: new URL(`../pkg/${coreFile()}`, import.meta.url) });
  return { wasm, Tokenizer: tokenizers.Tokenizer };
}

/** @typedef {typeof import("../pkg/playground.js")} Wasm */
