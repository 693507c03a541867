// The standard task in jax-js: one jitted function an update.
import { defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { BETA, OPTIMIZER, batch, weights } from "./task.js";

export async function open(size, task, backend) {
  const devices = await init();
  if (!devices.includes(backend)) throw new Error(`jax-js has no ${backend} here, but ${devices}`);
  defaultDevice(backend);
  const { width, layers, heads, vocabulary, length, sequences } = size;
  let parameters = weights(size).map(({ shape, data }) => np.array(data).reshape(shape));
  let [means, squares] = [0, 1].map(() => parameters.map((weight) => np.zeros(weight.shape)));
  const data = batch(size);
  const norm = (x, gain, bias) => nn.standardize(x, -1, { epsilon: 1e-5 }).mul(gain).add(bias);
  const oneHot = (ids) => nn.oneHot(ids, vocabulary).astype(np.float32);

  function logits(p, tokens) {
    let x = np.dot(oneHot(tokens), p[0]).reshape([sequences, length, width]).add(p[1]);
    let next = 2;
    for (let layer = 0; layer < layers; layer++) {
      const [gain1, bias1, attention, output, gain2, bias2, wide, narrow] = p.slice(next, (next += 8));
      const parts = np.dot(norm(x.ref, gain1, bias1), attention).reshape([sequences, length, 3, heads, width / heads]);
      const [q, k, v] = [parts.ref.slice([], [], 0), parts.ref.slice([], [], 1), parts.slice([], [], 2)];
      const mixed = nn.dotProductAttention(q, k, v, { isCausal: true }).reshape([sequences, length, width]);
      x = x.add(np.dot(mixed, output));
      x = x.ref.add(np.dot(nn.gelu(np.dot(norm(x, gain2, bias2), wide)), narrow));
    }
    return np.dot(norm(x, p[next], p[next + 1]), p[next + 2]);
  }
  const tokenLogProbs = (p, tokens, targets) =>
    nn.logSoftmax(logits(p, tokens), -1).mul(oneHot(targets).reshape([sequences, length, vocabulary])).sum(-1);
  const scores = (p, tokens, targets, mask) => tokenLogProbs(p, tokens, targets).mul(mask).sum(1);
  const losses = {
    lm: (p, tokens, targets) => tokenLogProbs(p, tokens, targets).mean().mul(-1),
    dpo(p, tokens, targets, mask, reference) {
      const ratios = scores(p, tokens, targets, mask).sub(reference);
      const half = sequences / 2;
      return nn.softplus(ratios.ref.slice([0, half]).sub(ratios.slice([half, sequences])).mul(-BETA)).mean();
    },
  };
  const update = jit((p, means, squares, meanCorrection, squareCorrection, tokens, targets, ...rest) => {
    const { rate, beta1, beta2, epsilon, decay } = OPTIMIZER;
    const [loss, gradients] = valueAndGrad(losses[task])(tree.ref(p), tokens, targets, ...rest);
    const updated = [[], [], []];
    p.forEach((weight, index) => {
      const gradient = gradients[index];
      const mean = means[index].mul(beta1).add(gradient.ref.mul(1 - beta1));
      const square = squares[index].mul(beta2).add(gradient.ref.mul(gradient).mul(1 - beta2));
      const step = mean.ref.mul(meanCorrection.ref).div(np.sqrt(square.ref.mul(squareCorrection.ref)).add(epsilon));
      updated[0].push(weight.mul(1 - rate * decay).sub(step.mul(rate)));
      updated[1].push(mean);
      updated[2].push(square);
    });
    meanCorrection.dispose();
    squareCorrection.dispose();
    return [loss, ...updated];
  });
  const ids = (list) => np.array(list).reshape([sequences, length]);
  let rest = () => [];
  if (task === "dpo") {
    const mask = np.array(data.completion);
    const reference = jit(scores)(tree.ref(parameters), ids(data.tokens), ids(data.targets), mask.ref);
    rest = () => [mask.ref, reference.ref];
  }
  let step = 0;
  return async () => {
    step++;
    const corrections = [OPTIMIZER.beta1, OPTIMIZER.beta2].map((beta) => np.array(1 / (1 - beta ** step)));
    let loss;
    [loss, parameters, means, squares] = update(
      parameters, means, squares, ...corrections, ids(data.tokens), ids(data.targets), ...rest(),
    );
    return (await loss.data())[0];
  };
}
