// The standard task in TensorFlow.js.
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import { BETA, OPTIMIZER, batch, weights } from "./task.js";

export async function open(size, task, backend) {
  setWasmPaths(new URL("node_modules/@tensorflow/tfjs-backend-wasm/dist/", document.baseURI).href);
  await tf.setBackend(backend);
  await tf.ready();
  if (tf.getBackend() !== backend) throw new Error(`tfjs has no ${backend} here, but ${tf.getBackend()}`);
  const { width, layers, heads, vocabulary, length, sequences } = size;
  const parameters = weights(size).map(({ shape, data }) => tf.variable(tf.tensor(data, shape)));
  const [means, squares] = [0, 1].map(() => parameters.map((weight) => tf.variable(tf.zeros(weight.shape), false)));
  const data = batch(size);
  const seen = Float32Array.from({ length: length * length }, (_, place) =>
    place % length <= Math.floor(place / length) ? 0 : -1e9,
  );
  const causal = tf.tensor(seen, [1, 1, length, length]);
  const completion = tf.tensor(data.completion, [1, length]);
  const norm = (x, gain, bias) => {
    const centred = x.sub(x.mean(-1, true));
    return centred.mul(centred.square().mean(-1, true).add(1e-5).rsqrt()).mul(gain).add(bias);
  };
  const gelu = (x) => x.mul(0.5).mul(x.add(x.mul(x).mul(x).mul(0.044715)).mul(0.7978845608).tanh().add(1));
  const inHeads = (x) => x.reshape([sequences, length, heads, width / heads]).transpose([0, 2, 1, 3]);
  const oneHot = (ids) => tf.oneHot(tf.tensor1d(ids, "int32"), vocabulary).cast("float32");

  function logits() {
    const embedded = tf.matMul(oneHot(data.tokens), parameters[0]).reshape([sequences, length, width]);
    let x = embedded.add(parameters[1]).reshape([sequences * length, width]);
    let next = 2;
    for (let layer = 0; layer < layers; layer++) {
      const [gain1, bias1, attention, output, gain2, bias2, wide, narrow] = parameters.slice(next, (next += 8));
      const [q, k, v] = tf.split(tf.matMul(norm(x, gain1, bias1), attention), 3, 1).map(inHeads);
      const shares = tf.softmax(tf.matMul(q, k, false, true).mul(1 / Math.sqrt(width / heads)).add(causal));
      const mixed = tf.matMul(shares, v).transpose([0, 2, 1, 3]).reshape([sequences * length, width]);
      x = x.add(tf.matMul(mixed, output));
      x = x.add(tf.matMul(gelu(tf.matMul(norm(x, gain2, bias2), wide)), narrow));
    }
    return tf.matMul(norm(x, parameters[next], parameters[next + 1]), parameters[next + 2]);
  }
  // The logits are small here, so that no largest one need be taken off first.
  function tokenLogProbs() {
    const scores = logits();
    return scores.mul(oneHot(data.targets)).sum(-1).sub(scores.exp().sum(-1).log());
  }
  const sequenceScores = () => tokenLogProbs().reshape([sequences, length]).mul(completion).sum(1);
  const reference = task === "dpo" ? tf.tidy(sequenceScores) : null;
  const losses = {
    lm: () => tokenLogProbs().mean().neg(),
    dpo() {
      const ratios = sequenceScores().sub(reference);
      const half = sequences / 2;
      return tf.softplus(ratios.slice(0, half).sub(ratios.slice(half, half)).mul(-BETA)).mean();
    },
  };
  let step = 0;
  return async () => {
    step++;
    const { rate, beta1, beta2, epsilon, decay } = OPTIMIZER;
    const { value, grads } = tf.variableGrads(() => tf.tidy(losses[task]), parameters);
    tf.tidy(() => {
      const [meanCorrection, squareCorrection] = [beta1, beta2].map((beta) => 1 / (1 - beta ** step));
      parameters.forEach((weight, index) => {
        const gradient = grads[weight.name];
        means[index].assign(means[index].mul(beta1).add(gradient.mul(1 - beta1)));
        squares[index].assign(squares[index].mul(beta2).add(gradient.square().mul(1 - beta2)));
        const root = squares[index].mul(squareCorrection).sqrt().add(epsilon);
        weight.assign(weight.mul(1 - rate * decay).sub(means[index].mul(meanCorrection).div(root).mul(rate)));
      });
    });
    tf.dispose(grads);
    const [loss] = await value.data();
    value.dispose();
    return loss;
  };
}
