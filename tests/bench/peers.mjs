// The standard task in what else trains in a browser, in headless Chromium: a JSON line for each system, backend, size
// and task. Fails when a loss lies further than 1e-4 from PyTorch's. What is timed stands in peers/.
//
//   node tests/bench/peers.mjs
import { fileURLToPath } from "node:url";
import { SOFTWARE_GPU, start } from "../e2e/browser.mjs";
import { EXPECTED, print } from "./lines.mjs";

const PEERS = fileURLToPath(new URL("peers", import.meta.url));
const STEPS = 60;
/** No size and task is given longer, once its losses can be compared. */
const MILLISECONDS = 20_000;
/** At size M an update takes tfjs many seconds. */
const WAYS = [
  { lib: "jax-js", backend: "wasm", sizes: ["S", "M"] },
  { lib: "jax-js", backend: "webgpu", sizes: ["S", "M"] },
  { lib: "tfjs", backend: "wasm", sizes: ["S"] },
  { lib: "tfjs", backend: "webgpu", sizes: ["S"] },
];

const site = await start(SOFTWARE_GPU, PEERS);
let wrong = false;
try {
  for (const { lib, backend, sizes } of WAYS) {
    for (const { cfg, task } of EXPECTED.filter(({ cfg }) => sizes.includes(cfg))) {
      const page = await site.browser.newPage();
      const what = { lib, backend: backend === "webgpu" ? "webgpu, SwiftShader" : backend, cfg, task };
      try {
        await page.goto(`${site.url}index.html`);
        await page.waitForFunction("globalThis.measure");
        const options = { lib, backend, cfg, task, steps: STEPS, milliseconds: MILLISECONDS };
        const found = await page.evaluate(`measure(${JSON.stringify(options)})`);
        if (!print(what, found, site.browser.version())) wrong = true;
      } catch (error) {
        // A peer that cannot run here is a gap in the table, not a failure of ours.
        console.log(JSON.stringify({ ...what, error: String(error).split("\n")[0] }));
      }
      await page.close();
    }
  }
} finally {
  await site.stop();
}
process.exitCode = wrong ? 1 : 0;
