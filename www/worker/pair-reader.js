// @ts-check
/** @import { TokenPair } from "../pkg/playground.js" */
/** @import { Pair, PairProblem } from "../app/messages.js" */
/** @import { Reading, Tokens } from "../app/pair-problems.js" */
/** @import { PolicyFiles } from "./policy-library.js" */
import { readPair } from "../app/pair-problems.js";

/** Reads pairs as tokens of a policy. */
export class PairReader {
  /** What the texts of the pairs are in tokens: an edit changes few of them. @type {Map<string, Reading>} */
  #readings = new Map();

  /** Another policy may read them otherwise. */
  forget() {
    this.#readings.clear();
  }

  /**
   * The pairs that can be trained on, and why the others cannot.
   * @param {Pair[]} pairs
   * @param {PolicyFiles} files
   * @returns {{ usable: TokenPair[], problems: PairProblem[] }}
   */
  read(pairs, files) {
    const known = this.#readings;
    this.#readings = new Map();
    const encode = (/** @type {string} */ text) => {
      const reading = known.get(text) ?? files.codec.encode(text);
      this.#readings.set(text, reading);
      return reading;
    };
    const readings = pairs.map((pair) => ({ pair, ...readPair(pair, encode, files.limits) }));
    return {
      usable: readings.flatMap(({ pair, tokens }) => (tokens ? [asTokens(pair, tokens)] : [])),
      problems: readings.flatMap(({ problems }) => problems),
    };
  }
}

/** @param {Pair} pair @param {Tokens} tokens @returns {TokenPair} */
function asTokens({ id, weight, only }, { prompt, chosen, rejected }) {
  const [about, better, worse] = [prompt, chosen, rejected].map((ids) => Uint32Array.from(ids));
  return { id, prompt: about, chosen: better, rejected: worse, weight: weight ?? 1, ...(only && { only }) };
}
