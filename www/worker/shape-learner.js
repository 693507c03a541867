// @ts-check
/** @import { DiffusionSession } from "../pkg/playground.js" */
/** @import { PolicyFiles } from "../diffusion/classless.js" */
/** @import { Wasm } from "./core.js" */
import { classless } from "../diffusion/classless.js";

/** Chosen so that hearts, stars and letters are followed closely, within half a minute on a processor of 2020. */
export const UPDATES = 2500;
const BATCH = 64;
const LEARNING_RATE = 0.002;
/** Points to learn from, held out, and drawn to be measured; the seeds that they are drawn by. */
const LEARNT = { count: 4096, seed: 1 };
const HELD_OUT = { count: 2048, seed: 2 };
const MEASURED = { count: 1024, seed: 3 };
const DRAW = { steps: 20, guidance: 1, eta: 0, seed: 3 };
const DIRECTIONS_SEED = 1;
/** Milliseconds between two reports. */
const PERIOD = 700;

/** How far it has come. @typedef {{ done: number, all: number, distance: number, floor: number, points: Float32Array }} Progress */

/**
 * Has a policy learn to draw points along a drawing, by SFT on them: the same updates as in any other run.
 * @param {Wasm} wasm
 * @param {PolicyFiles} start a policy of points of the plane
 * @param {Float32Array} drawing
 * @param {(progress: Progress) => void} report
 * @param {() => boolean} enough whether it is to end with what it has learnt by now
 * @returns {Promise<PolicyFiles>}
 */
export async function learnShape(wasm, start, drawing, report, enough) {
  const { config, weights } = classless(start);
  const values = { batch_size: BATCH, learning_rate: LEARNING_RATE };
  const session = wasm.DiffusionSession.open(config, weights, { method: "diffusion_sft", loss: "", seed: 1, values });
  await session.setTrainingPairs(winners(wasm.drawnPoints(drawing, LEARNT.count, LEARNT.seed).values));
  const held = wasm.drawnPoints(drawing, HELD_OUT.count, HELD_OUT.seed).values;
  const away = (/** @type {Float32Array} */ points) => wasm.slicedWasserstein(points, held, 2, DIRECTIONS_SEED);
  const floor = away(wasm.drawnPoints(drawing, MEASURED.count, MEASURED.seed).values);
  const tell = async (/** @type {number} */ done) => {
    const points = await session.sample(false, new Uint32Array(MEASURED.count), DRAW);
    report({ done, all: UPDATES, distance: away(points), floor, points });
  };
  let told = -Infinity;
  let done = 0;
  for (; done < UPDATES && !enough(); done++) {
    if (performance.now() - told > PERIOD) {
      await tell(done);
      // Also drops what the updates measured meanwhile.
      await session.metrics();
      // Lets a message in.
      await new Promise((resolve) => setTimeout(resolve));
      told = performance.now();
    }
    session.setValue("learning_rate", rate(done / UPDATES));
    await session.update();
  }
  await tell(done);
  return { config, weights: new Uint8Array(await session.weights()) };
}

/** Falls to almost nothing by half a cosine. @param {number} share of the way */
function rate(share) {
  return Math.max(1e-6, (LEARNING_RATE * (1 + Math.cos(Math.PI * share))) / 2);
}

/** Points as the chosen sides of pairs; SFT does not look at the others. @param {Float32Array} points */
function winners(points) {
  return Array.from({ length: points.length / 2 }, (_, id) => {
    const point = points.slice(2 * id, 2 * id + 2);
    return { id, class: 0, chosen: point, rejected: point };
  });
}
