// @ts-check
/** @import { PairText } from "../messages.js" */

/**
 * Pairs as JSONL: TRL's columns, written by the core. A weight, a switch and answers that were judged by themselves
 * are columns beside them, which the reader here takes back.
 * @param {PairText[]} pairs
 * @param {(pairs: PairText[]) => Promise<string>} format the core's writer
 * @returns {Promise<string>} a line each
 */
export async function writePairs(pairs, format) {
  const lines = (await format(pairs.map(({ prompt, chosen, rejected }) => ({ prompt, chosen, rejected })))).split("\n");
  return pairs.map((pair, index) => `${withColumns(pair.only ? alone(pair, pair.only) : lines[index], pair)}\n`).join("");
}

/** TRL's unpaired form. @param {PairText} pair @param {"chosen" | "rejected"} only */
function alone(pair, only) {
  return `{"prompt": ${JSON.stringify(pair.prompt)}, "completion": ${JSON.stringify(pair[only])}, "label": ${only === "chosen"}}`;
}

/** @param {string} line an object @param {PairText} pair */
function withColumns(line, { weight = 1, enabled }) {
  const columns = (weight === 1 ? "" : `, "weight": ${weight}`) + (enabled === false ? ', "enabled": false' : "");
  return `${line.slice(0, -1)}${columns}}`;
}
