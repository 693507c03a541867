// @ts-check
/** @import { Reading } from "../app/pair-problems.js" */
/** @import { Tokenizer } from "../vendor/tokenizers.js" */

/** Text to token ids and back, and what the vocabulary lacks. */
export class TextCodec {
  #tokenizer;
  /** @type {string[] | undefined} */
  #vocabulary;
  /** @type {Map<string, boolean>} */
  #readable = new Map();

  /** @param {Tokenizer} tokenizer */
  constructor(tokenizer) {
    this.#tokenizer = tokenizer;
    /** @type {Map<number, string>} */
    this.special = new Map();
    for (const [id, token] of tokenizer.get_added_tokens_decoder()) {
      if (token.special) this.special.set(id, token.content);
    }
  }

  /** @param {string} text @returns {Reading} */
  encode(text) {
    const ids = text === "" ? [] : this.#ids(text);
    const special = ids.flatMap((id) => this.special.get(id) ?? []);
    const unknown = [...new Set(text)].filter((character) => !this.#canRead(character));
    return { ids, unknown, special: unknown.length > 0 ? [] : [...new Set(special)] };
  }

  /** Special tokens left out. @param {Iterable<number>} ids */
  decode(ids) {
    const plain = [...ids].filter((id) => !this.special.has(id));
    return plain.length > 0 ? this.#tokenizer.decode(plain, { clean_up_tokenization_spaces: false }) : "";
  }

  /** The text of each token by itself, by id; that of a special token is empty. @returns {string[]} */
  vocabulary() {
    this.#vocabulary ??= Array.from(this.#tokenizer.get_vocab().values(), (id) => id)
      .sort((a, b) => a - b)
      .map((id) => this.decode([id]));
    return this.#vocabulary;
  }

  /** @param {string} text */
  #ids(text) {
    return this.#tokenizer.encode(text, { add_special_tokens: false }).ids;
  }

  /** @param {string} character */
  #canRead(character) {
    let readable = this.#readable.get(character);
    if (readable === undefined) {
      const ids = this.#ids(character);
      // The library gives an unknown token, an undefined id or nothing at all, as the model has it.
      readable = ids.length > 0 && ids.every((id) => Number.isInteger(id) && !this.special.has(id));
      this.#readable.set(character, readable);
    }
    return readable;
  }
}
