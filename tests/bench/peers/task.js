// The standard task (src/standard_task.rs): its extents, its weights at the start and its data, all from one integer
// hash, so that every system's losses can be compared.
export const SIZES = {
  S: { width: 64, layers: 2, heads: 4, vocabulary: 96, length: 64, sequences: 8 },
  M: { width: 128, layers: 4, heads: 4, vocabulary: 96, length: 64, sequences: 8 },
  L: { width: 256, layers: 6, heads: 8, vocabulary: 96, length: 128, sequences: 8 },
};
export const OPTIMIZER = { rate: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, decay: 0.1 };
export const BETA = 0.1;

function hash(x) {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Shapes of all weights in the order of the specification; gains start at 1, biases at 0, matrices by the hash. */
export function weights({ width, layers, vocabulary, length }) {
  const norm = [[[width], 1], [[width], 0]];
  const list = [[[vocabulary, width]], [[length, width]]];
  for (let layer = 0; layer < layers; layer++) {
    list.push(...norm, [[width, 3 * width]], [[width, width]], ...norm, [[width, 4 * width]], [[4 * width, width]]);
  }
  list.push(...norm, [[width, vocabulary]]);
  return list.map(([shape, fill], index) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    const base = Math.imul(index + 1, 0x9e3779b9);
    const start = (place) => (hash((base + place) >>> 0) / 4294967296 * 2 - 1) * 0.0346410161514;
    return { shape, data: data.map((_, place) => fill ?? start(place)) };
  });
}

/** What is read and what follows it, token by token; and 1 where a token belongs to a completion. */
export function batch({ sequences, length, vocabulary }) {
  const ids = (start) => Int32Array.from({ length: sequences * length }, (_, place) => hash(start + place) % vocabulary);
  return {
    tokens: ids(1000003),
    targets: ids(2000003),
    completion: Float32Array.from({ length }, (_, place) => (place >= length / 2 ? 1 : 0)),
  };
}
