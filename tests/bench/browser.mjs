// The standard task in headless Chromium: a JSON line for each size and task. Fails when a loss
// lies further than 1e-4 from PyTorch's (expected.json, made by torch_task.py). Both builds of the core are timed.
import { SOFTWARE_GPU, start } from "../e2e/browser.mjs";
import { EXPECTED, WARM_UP, print } from "./lines.mjs";

/** @type {Record<string, number>} */
const STEPS = { S: 100, M: 40 };

/** What is timed: an engine in a build of the core. The GPU is software here, so few updates must do. */
const WAYS = [
  { backend: "wasm, relaxed SIMD", file: "playground_relaxed_bg.wasm", engine: "cpu", share: 1 },
  { backend: "wasm", file: "playground_bg.wasm", engine: "cpu", share: 1 },
  { backend: "webgpu, SwiftShader", file: "playground_relaxed_bg.wasm", engine: "gpu", share: 0.3 },
];

/**
 * Runs in the page, which need be no more than of the site's origin.
 * @param {{ module: string, core: string, engine: string, cfg: string, task: string, updates: number }} options
 */
async function measure({ module, core, engine, cfg, task, updates }) {
  const { default: init, StandardTask } = await import(module);
  await init({ module_or_path: core });
  const standard = await StandardTask.open(cfg, task, engine);
  const losses = [];
  const times = [];
  for (let update = 0; update < updates; update++) {
    const start = performance.now();
    losses.push(await standard.update());
    times.push(performance.now() - start);
  }
  return { losses, times, flops: standard.flops };
}

const site = await start(SOFTWARE_GPU);
let wrong = false;
try {
  for (const { backend, file, engine, share } of WAYS) {
    for (const { cfg, task } of EXPECTED) {
      const updates = WARM_UP + Math.max(15, Math.round(share * STEPS[cfg]));
      const page = await site.browser.newPage();
      await page.goto(`${site.url}assets/index.json`);
      const module = `${site.url}pkg/playground.js`;
      const core = `${site.url}pkg/${file}`;
      const found = await page.evaluate(measure, { module, core, engine, cfg, task, updates });
      await page.close();
      const what = { lib: "alignment-playground", backend, cfg, task };
      if (!print(what, found, site.browser.version())) wrong = true;
    }
  }
} finally {
  await site.stop();
}
process.exitCode = wrong ? 1 : 0;
