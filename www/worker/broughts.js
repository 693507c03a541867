// @ts-check
/** @import { Brought } from "../app/messages.js" */
/** @import { Wasm } from "./core.js" */
/** @import { NamedFile, Unzip } from "../app/policies/policy-folder.js" */
import { policyIn, readHeads } from "../app/policies/policy-folder.js";
import { BROUGHT } from "../app/scenarios.js";
import { sentence } from "../app/sentence.js";
import { POLICIES } from "../app/strings/policies.js";

/** Config, tokenizer and weights. @typedef {[Uint8Array, Uint8Array, Uint8Array]} PolicyBytes */
/** What reads zips, and what keeps policies beyond a visit. @typedef {{ unzip: Unzip, get: (key: string) => Promise<any>, set: (key: string, value: any) => Promise<void>, del: (key: string) => Promise<void> }} Libraries */

/** @returns {Promise<Libraries>} */
async function load() {
  const [{ unzipSync }, { get, set, del }] = await Promise.all([import("../vendor/fflate.js"), import("../vendor/idb-keyval.js")]);
  const unzip = /** @type {Unzip} */ ((zip, wanted) => unzipSync(zip, { filter: ({ name, originalSize }) => wanted(name, originalSize) }));
  return { unzip, get, set, del };
}

/** The policies that a person has brought: checked, then kept in the browser if it has room for them. */
export class Broughts {
  #wasm;
  #Tokenizer;
  #libraries;
  /** Those that the browser has no room for, until the page is closed. @type {Map<string, PolicyBytes>} */
  #passing = new Map();

  /** @param {Wasm} wasm @param {typeof import("../vendor/tokenizers.js").Tokenizer} Tokenizer @param {() => Promise<Libraries>} [libraries] loaded when they are wanted first */
  constructor(wasm, Tokenizer, libraries = load) {
    this.#wasm = wasm;
    this.#Tokenizer = Tokenizer;
    this.#libraries = libraries;
  }

  /** Checks what was chosen, and keeps it. Throws a sentence if it is no policy. @param {NamedFile[]} chosen @returns {Promise<Brought>} */
  async add(chosen) {
    const { unzip, set } = await this.#libraries();
    const { title, files } = policyIn(chosen, unzip);
    const { config, tokenizer, configText } = readHeads(files);
    const parameters = this.#check(config, tokenizer, configText, files["model.safetensors"]);
    /** @type {PolicyBytes} */
    const bytes = [files["config.json"], files["tokenizer.json"], files["model.safetensors"]];
    const folder = `${BROUGHT}${hash(bytes)}`;
    let kept = true;
    try {
      await set(folder, bytes);
    } catch {
      this.#passing.set(folder, bytes);
      kept = false;
    }
    const context = config.n_positions ?? config.max_position_embeddings;
    return { folder, title, parameters, context, kept };
  }

  /** @param {string} folder @returns {Promise<PolicyBytes>} */
  async files(folder) {
    const { get } = await this.#libraries();
    const bytes = this.#passing.get(folder) ?? (await get(folder).catch(() => undefined));
    if (!bytes) throw new Error(POLICIES.gone);
    return bytes;
  }

  /** @param {string} folder */
  async forget(folder) {
    this.#passing.delete(folder);
    const { del } = await this.#libraries();
    await del(folder).catch(() => {});
  }

  /** How many parameters it has, if it can be opened at all. @param {any} config @param {any} tokenizer @param {string} configText @param {Uint8Array} weights */
  #check(config, tokenizer, configText, weights) {
    let reader;
    try {
      reader = new this.#Tokenizer(tokenizer, {});
      reader.encode("a");
    } catch (error) {
      throw new Error(POLICIES.noTokenizer(sentence(error)));
    }
    let last = -1;
    for (const id of reader.get_vocab(true).values()) last = Math.max(last, id);
    const size = config?.vocab_size;
    this.#wasm.LanguageSession.open(configText, weights, { method: "dpo", loss: "", seed: 0, values: {} }).free();
    if (last >= size) throw new Error(POLICIES.tooManyTokens(last, size));
    return parameterCount(weights);
  }
}

/** Numbers in a safetensors file that was read already. @param {Uint8Array} weights */
function parameterCount(weights) {
  const length = Number(new DataView(weights.buffer, weights.byteOffset).getBigUint64(0, true));
  const { __metadata__, ...tensors } = JSON.parse(new TextDecoder().decode(weights.subarray(8, 8 + length)));
  const sizes = Object.values(tensors).map(({ shape }) => shape.reduce((/** @type {number} */ product, /** @type {number} */ side) => product * side, 1));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The same files have the same name (FNV-1a: digests want https). @param {Uint8Array[]} parts */
function hash(parts) {
  let mixed = 0x811c9dc5;
  for (const part of parts) for (const byte of part) mixed = Math.imul(mixed ^ byte, 0x01000193);
  return (mixed >>> 0).toString(16).padStart(8, "0");
}
