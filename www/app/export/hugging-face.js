// @ts-check
/** A policy as a folder in Hugging Face's layout, which `transformers` loads. */

/** @typedef {Record<string, string | Uint8Array>} Files by path */

/**
 * A policy's own files, its weights as they are to be written.
 * @typedef {object} PolicySource
 * @property {string} config text of config.json
 * @property {string} tokenizer text of tokenizer.json
 * @property {Uint8Array} weights bytes of model.safetensors
 * @property {number} maxTokens the most tokens of an answer
 */

/** @param {PolicySource} policy @param {string} card text of README.md @returns {Files} */
export function policyFolder({ config, tokenizer, weights, maxTokens }, card) {
  const shape = JSON.parse(config);
  const reader = JSON.parse(tokenizer);
  const { bos_token_id: begin, eos_token_id: ends } = shape;
  const end = Array.isArray(ends) ? ends[0] : ends;
  const precision = dtypeOf(weights);
  const context = shape.n_positions ?? shape.max_position_embeddings;
  const token = (/** @type {unknown} */ id) => (Number.isInteger(id) ? { content: tokenText(reader, Number(id)) } : {});
  return {
    "config.json": json({ ...shape, torch_dtype: precision, dtype: precision }),
    "generation_config.json": json({
      ...(Number.isInteger(begin) && { bos_token_id: begin }),
      eos_token_id: ends,
      pad_token_id: end,
      do_sample: true,
      max_new_tokens: maxTokens,
    }),
    "tokenizer.json": tokenizer,
    "tokenizer_config.json": json({
      tokenizer_class: "PreTrainedTokenizerFast",
      ...named("bos_token", token(begin).content),
      ...named("eos_token", token(end).content),
      ...named("pad_token", token(end).content),
      ...named("unk_token", reader.model?.unk_token ?? reader.added_tokens?.find((/** @type {any} */ added) => added.content === "<|unk|>")?.content),
      model_max_length: context,
      clean_up_tokenization_spaces: false,
    }),
    "model.safetensors": weights,
    "README.md": card,
  };
}

/** The card of a policy: front matter for machines, then words. @param {{ title: string, lead: string, tags: string[], license?: string[], rows: [string, string][], use: readonly string[] }} card */
export function modelCard({ title, lead, tags, license, rows, use }) {
  // Text in JSON's quotes is text in YAML too, whatever stands in it.
  const list = (/** @type {string[]} */ texts) => `[${texts.map((text) => JSON.stringify(text)).join(", ")}]`;
  const front = ["library_name: transformers", "pipeline_tag: text-generation", `tags: ${list(tags)}`, ...(license ? [`license: ${list(license)}`] : [])];
  const table = rows.length > 0 ? ["| | |", "|---|---|", ...rows.map(([name, value]) => `| ${line(name)} | ${line(value)} |`), ""] : [];
  return [`---\n${front.join("\n")}\n---\n\n# ${line(title)}\n`, `${lead}\n`, ...table, ...use, ""].join("\n");
}

/** One line of Markdown, whatever was typed. @param {string} text */
export const line = (text) => text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>#|]/g, "\\$&").trim();

/** @param {string} name @param {unknown} value */
const named = (name, value) => (typeof value === "string" ? { [name]: value } : {});

/** @param {unknown} value */
const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

/** @param {any} tokenizer @param {number} id @returns {string | undefined} */
function tokenText(tokenizer, id) {
  const added = tokenizer.added_tokens?.find((/** @type {any} */ token) => token.id === id);
  if (added) return added.content;
  const { vocab } = tokenizer.model ?? {};
  // Unigram lists pieces with their scores; the others map texts to ids.
  if (Array.isArray(vocab)) return vocab[id]?.[0];
  return Object.keys(vocab ?? {}).find((text) => vocab[text] === id);
}

/** What the first tensor of a safetensors file is made of, as PyTorch calls it. @param {Uint8Array} weights */
export function dtypeOf(weights) {
  const view = new DataView(weights.buffer, weights.byteOffset, weights.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(weights.subarray(8, 8 + length)));
  const [, tensor] = Object.entries(header).find(([name]) => name !== "__metadata__") ?? [];
  return /** @type {Record<string, string>} */ ({ F16: "float16", BF16: "bfloat16" })[tensor?.dtype] ?? "float32";
}
