// @ts-check
/** @import { PolicyFiles } from "./trainer.js" */
import { policyFile } from "./policy-files.js";
import { TextCodec } from "./text-codec.js";

/** The policies that were opened, each fetched once. */
export class PolicyLibrary {
  #Tokenizer;
  /** @type {Map<string, PolicyFiles>} */
  #policies = new Map();

  /** @param {typeof import("../vendor/tokenizers.js").Tokenizer} Tokenizer */
  constructor(Tokenizer) {
    this.#Tokenizer = Tokenizer;
  }

  /**
   * @param {string} folder its URL, with a slash at its end
   * @param {string} title what it is called in messages
   */
  async files(folder, title) {
    const known = this.#policies.get(folder);
    if (known) return known;
    const [config, tokenizer, weights] = await Promise.all(
      ["config.json", "tokenizer.json", "model.safetensors"].map((name) => policyFile(folder, name)),
    );
    const text = new TextDecoder();
    const configText = text.decode(config);
    const { n_positions, max_position_embeddings, bos_token_id, eos_token_id } = JSON.parse(configText);
    const files = {
      config: configText,
      weights: new Uint8Array(weights),
      codec: new TextCodec(new this.#Tokenizer(JSON.parse(text.decode(tokenizer)), {})),
      limits: { title, context: n_positions ?? max_position_embeddings, begins: Number.isInteger(bos_token_id) },
      end: Number(eos_token_id),
    };
    this.#policies.set(folder, files);
    return files;
  }
}
