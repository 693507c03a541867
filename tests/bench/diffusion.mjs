// Diffusion policies in headless Chromium: a JSON line for each engine, policy and method with updates a second and
// the seconds of a grid of 32 samples in 20 DDIM steps; batches as in torch_diffusion.py, the same step in PyTorch.
// The GPU is software here and says nothing of a real one.
//
//   node tests/bench/diffusion.mjs [SECONDS]
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { SOFTWARE_GPU, start } from "../e2e/browser.mjs";

/** The source, whose modules can be loaded one by one. */
const WWW = fileURLToPath(new URL("../../www", import.meta.url));
const [seconds = "5"] = process.argv.slice(2);
const METHODS = ["diffusion_dpo", "seppo"];
const BATCH = { moons: 64, digits: 16 };

/**
 * Runs in the page.
 * @param {{ site: string, engine: string, policy: string, method: string, batch: number, seconds: number }} options
 */
async function measure({ site, engine, policy, method, batch, seconds }) {
  const { default: init, DiffusionSession, PreparedEngine } = await import(`${site}pkg/playground.js`);
  const { coreFile } = await import(`${site}worker/core-file.js`);
  await init({ module_or_path: `${site}pkg/${coreFile()}` });
  const file = (/** @type {string} */ name) => fetch(`${site}assets/policies/${policy}/${name}`);
  const config = await (await file("config.json")).text();
  const weights = new Uint8Array(await (await file("model.safetensors")).arrayBuffer());
  const session = DiffusionSession.open(config, weights, { method, loss: "", seed: 1, values: { batch_size: batch } });
  const draw = { steps: 20, guidance: 1, eta: 0, seed: 1 };
  const rule = policy === "digits" ? "thicker" : "inside: 0 -9, 9 -9, 9 9, 0 9";
  await session.setTrainingPairs(await session.proposePairs(session.spreadClasses(256, 1), rule, draw, 0));
  const classes = session.spreadClasses(32, 2);
  if (engine === "gpu") await session.switchEngine(await PreparedEngine.open(engine, session.graphs(32, draw), () => {}));
  for (let warm = 0; warm < 3; warm++) await session.update();
  await session.metrics();
  let updates = 0;
  const began = performance.now();
  while (performance.now() - began < 1000 * seconds) {
    await session.update();
    updates++;
  }
  await session.metrics();
  const spent = (performance.now() - began) / 1000;
  await session.sample(false, classes, draw);
  const drawn = performance.now();
  let grids = 0;
  while (grids < 3 || performance.now() - drawn < 500 * seconds) {
    await session.sample(false, classes, draw);
    grids++;
  }
  return { updates: updates / spent, grid: (performance.now() - drawn) / 1000 / grids };
}

const site = await start(SOFTWARE_GPU, WWW);
try {
  for (const engine of ["cpu", "gpu"]) {
    for (const [policy, batch] of Object.entries(BATCH)) {
      for (const method of METHODS) {
        const page = await site.browser.newPage();
        await page.goto(`${site.url}assets/index.json`);
        const options = { site: site.url, engine, policy, method, batch, seconds: Number(seconds) };
        const { updates, grid } = await page.evaluate(measure, options);
        await page.close();
        console.log(
          JSON.stringify({
            lib: "alignment-playground",
            backend: engine === "gpu" ? "webgpu, SwiftShader" : "wasm, relaxed SIMD",
            policy,
            method,
            steps_s: Number(updates.toFixed(1)),
            grid_s: Number(grid.toFixed(3)),
            load1: Number(loadavg()[0].toFixed(2)),
            chromium: site.browser.version(),
          }),
        );
      }
    }
  }
} finally {
  await site.stop();
}
