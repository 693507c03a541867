// @ts-check
/** @import { Limits } from "../app/pair-problems.js" */
/** @import { Broughts } from "./broughts.js" */
import { BROUGHT } from "../app/scenarios.js";
import { policyFile } from "./policy-files.js";
import { TextCodec } from "./text-codec.js";

/**
 * A policy's files, read.
 * @typedef {{ config: string, tokenizer: string, weights: Uint8Array, codec: TextCodec, limits: Limits, end: number }} PolicyFiles `end` is end-of-text
 */

/** The policies that were opened, each read once. */
export class PolicyLibrary {
  #Tokenizer;
  #broughts;
  /** @type {Map<string, PolicyFiles>} */
  #policies = new Map();

  /** @param {typeof import("../vendor/tokenizers.js").Tokenizer} Tokenizer @param {Broughts} broughts those that a person has brought */
  constructor(Tokenizer, broughts) {
    this.#Tokenizer = Tokenizer;
    this.#broughts = broughts;
  }

  /**
   * @param {string} folder its URL, with a slash at its end; or the name of one that was brought
   * @param {string} title what it is called in messages
   */
  async files(folder, title) {
    const known = this.#policies.get(folder);
    if (known) return known;
    const [config, tokenizer, weights] = folder.startsWith(BROUGHT) ? await this.#broughts.files(folder) : await fetched(folder);
    const text = new TextDecoder();
    const configText = text.decode(config);
    const tokenizerText = text.decode(tokenizer);
    const { n_positions, max_position_embeddings, bos_token_id, eos_token_id } = JSON.parse(configText);
    const files = {
      config: configText,
      tokenizer: tokenizerText,
      weights: new Uint8Array(weights),
      codec: new TextCodec(new this.#Tokenizer(JSON.parse(tokenizerText), {})),
      limits: { title, context: n_positions ?? max_position_embeddings, begins: Number.isInteger(bos_token_id) },
      end: Number(eos_token_id),
    };
    this.#policies.set(folder, files);
    return files;
  }

  /** What was read of a policy is read anew when it is opened next. @param {string} folder */
  forget(folder) {
    this.#policies.delete(folder);
  }
}

/** @param {string} folder */
function fetched(folder) {
  return Promise.all(["config.json", "tokenizer.json", "model.safetensors"].map((name) => policyFile(folder, name)));
}
