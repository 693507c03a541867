// @ts-check
/** A policy's files in the layout of safetensors: a length, a header of JSON, then all numbers. */

/** Where a tensor's numbers lie. @typedef {{ dtype: string, shape: number[], data_offsets: [number, number] }} Tensor */
/** @typedef {{ config: string, weights: Uint8Array<ArrayBuffer> }} PolicyFiles */

/** The table of what the network is told of each class; its last row stands for none. */
const CLASSES = "class.weight";

/**
 * The same policy without classes: what it drew when it was told none, it draws now.
 * @param {PolicyFiles} files
 * @returns {PolicyFiles}
 */
export function classless({ config, weights }) {
  const start = 8 + Number(new DataView(weights.buffer, weights.byteOffset).getBigUint64(0, true));
  /** @type {Record<string, Tensor>} */
  const header = JSON.parse(new TextDecoder().decode(weights.subarray(8, start)));
  /** @type {Uint8Array[]} */
  const parts = [];
  let end = 0;
  for (const [name, tensor] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const own = weights.subarray(start + tensor.data_offsets[0], start + tensor.data_offsets[1]);
    const rows = tensor.shape[0];
    const kept = name === CLASSES ? own.subarray(own.length - own.length / rows) : own;
    if (name === CLASSES) tensor.shape = [1, ...tensor.shape.slice(1)];
    tensor.data_offsets = [end, end + kept.length];
    end += kept.length;
    parts.push(kept);
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return { config: JSON.stringify({ ...JSON.parse(config), classes: 0 }), weights: joined([length, text, ...parts]) };
}

/** @param {Uint8Array[]} parts */
function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return all;
}
