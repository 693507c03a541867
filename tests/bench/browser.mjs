// The standard task in headless Chromium: a JSON line for each size and task. Fails when a loss
// lies further than 1e-4 from PyTorch's (expected.json, made by torch_task.py). Both builds of the core are timed.
import { readFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { SOFTWARE_GPU, start } from "../e2e/browser.mjs";

const WARM_UP = 5;
/** @type {Record<string, number>} */
const STEPS = { S: 100, M: 40 };
const TOLERANCE = 1e-4;

/** @type {{ cfg: string, task: string, loss: number[] }[]} */
const expected = JSON.parse(await readFile(new URL("expected.json", import.meta.url), "utf8"));

/** What is timed: an engine in a build of the core. The GPU is software here, so few updates must do. */
const WAYS = [
  { backend: "wasm-cpu-relaxed", file: "playground_relaxed_bg.wasm", engine: "cpu", share: 1 },
  { backend: "wasm-cpu", file: "playground_bg.wasm", engine: "cpu", share: 1 },
  { backend: "webgpu-swiftshader", file: "playground_relaxed_bg.wasm", engine: "gpu", share: 0.3 },
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

/** @param {number} value @param {number} digits */
const rounded = (value, digits) => Number(value.toFixed(digits));

const site = await start(SOFTWARE_GPU);
let wrong = false;
try {
  for (const { backend, file, engine, share } of WAYS) for (const { cfg, task, loss: wanted } of expected) {
    const steps = Math.max(15, Math.round(share * STEPS[cfg]));
    const page = await site.browser.newPage();
    await page.goto(`${site.url}assets/index.json`);
    const module = `${site.url}pkg/playground.js`;
    const { losses, times, flops } = await page.evaluate(measure, { module, core: `${site.url}pkg/${file}`, engine, cfg, task, updates: WARM_UP + steps });
    await page.close();

    const sorted = times.slice(WARM_UP).sort((a, b) => a - b);
    const quantile = (/** @type {number} */ share) => sorted[Math.floor(sorted.length * share)];
    const loss = [losses[0], losses[4], losses[19]];
    const line = {
      lib: "alignment-playground",
      backend,
      cfg,
      task,
      threads: 1,
      steps,
      ms_median: rounded(quantile(0.5), 3),
      ms_p10: rounded(quantile(0.1), 3),
      ms_min: rounded(quantile(0), 3),
      steps_s: rounded(1000 / quantile(0.5), 2),
      gflops_p10: rounded(flops / quantile(0.1) / 1e6, 2),
      loss,
      load1: rounded(loadavg()[0], 2),
      chromium: site.browser.version(),
    };
    console.log(JSON.stringify(line));
    if (!loss.every((value, place) => Math.abs(value - wanted[place]) <= TOLERANCE)) {
      console.error(`The losses of ${cfg}/${task} should be PyTorch's: ${wanted}`);
      wrong = true;
    }
  }
} finally {
  await site.stop();
}
process.exitCode = wrong ? 1 : 0;
