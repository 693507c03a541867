// @ts-check
/** @import { Progress } from "../worker/shape-learner.js" */
/** @import { PolicyFiles } from "./classless.js" */
/** @import { Learnt } from "./own-shape.js" */
import { TROUBLE } from "../app/strings/trouble.js";

/** What the Worker that learns a shape says. @typedef {{ type: "progress", progress: Progress } | { type: "learnt", files: PolicyFiles } | { type: "failed", text: string }} ShapeEvent */

/**
 * Has a drawing learnt, and says how it goes.
 * @param {Float32Array} drawing
 * @param {{ progress: (progress: Progress) => void, learnt: (files: PolicyFiles, learnt: Learnt) => void, failed: (reason: string) => void }} tell
 * @returns {{ end: () => void, enough: () => void }} ends it for nothing, or with what it has learnt by now
 */
export function trainShape(drawing, tell) {
  const worker = new Worker(new URL("../shape-worker.js", import.meta.url), { type: "module" });
  const began = performance.now();
  /** @type {Progress | null} */
  let last = null;
  const end = () => worker.terminate();
  worker.addEventListener("message", ({ data }) => {
    const event = /** @type {ShapeEvent} */ (data);
    if (event.type === "progress") {
      last = event.progress;
      return tell.progress(last);
    }
    end();
    if (event.type === "failed") return tell.failed(event.text);
    const { distance, floor, done } = last ?? { distance: NaN, floor: NaN, done: 0 };
    tell.learnt(event.files, { distance, floor, updates: done, seconds: (performance.now() - began) / 1000 });
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    end();
    tell.failed(event.message || TROUBLE.unloaded);
  });
  worker.postMessage(drawing);
  return { end, enough: () => worker.postMessage("enough") };
}
