// @ts-check
/** @import { ShapeEvent } from "./diffusion/shape-training.js" */
import { sentence } from "./app/sentence.js";
import { loadWasm } from "./worker/core.js";
import { policyFile } from "./worker/policy-files.js";
import { learnShape } from "./worker/shape-learner.js";

// One drawing is learnt in a Worker of its own: whoever does not want it any more ends the Worker; whoever finds it
// good enough says so.

/** Where the policy starts from: it draws points of the plane. */
const START = new URL("./assets/policies/moons/", import.meta.url).href;

/** @param {ShapeEvent} event */
const post = (event) => self.postMessage(event);

let ends = false;

self.addEventListener("message", async ({ data }) => {
  if (data === "enough") {
    ends = true;
    return;
  }
  try {
    if (!(data instanceof Float32Array)) throw new TypeError("a drawing is numbers");
    const [wasm, config, weights] = await Promise.all([loadWasm(), policyFile(START, "config.json"), policyFile(START, "model.safetensors")]);
    const start = { config: new TextDecoder().decode(config), weights: new Uint8Array(weights) };
    const files = await learnShape(wasm, start, data, (progress) => post({ type: "progress", progress }), () => ends);
    post({ type: "learnt", files });
  } catch (error) {
    post({ type: "failed", text: sentence(error) });
  }
});
