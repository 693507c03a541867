// How the GPU takes a run over from the CPU engine, in headless Chromium with a GPU in software: a JSON line for each
// visit. Pipelines count from the first shader that the browser is given.
//
//   node tests/bench/takeover.mjs [VISITS]
import { readFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { SOFTWARE_GPU, engine, open, parts, reached, ready, start } from "../e2e/browser.mjs";

const [visits = "3"] = process.argv.slice(2);

/** Runs in the Worker before its own script: tells the page when the browser is asked for what, and when it is done. */
function watch() {
  const channel = new BroadcastChannel("takeover");
  /** @param {string} what */
  const tell = (what) => channel.postMessage({ what, at: performance.now() });
  const device = /** @type {any} */ (globalThis).GPUDevice.prototype;
  for (const name of ["createShaderModule", "createComputePipeline", "createComputePipelineAsync"]) {
    const original = device[name];
    device[name] = function (/** @type {any[]} */ ...given) {
      tell(name);
      const made = original.apply(this, given);
      if (name.endsWith("Async")) made.then(() => tell("compiled"));
      return made;
    };
  }
}

const site = await start(SOFTWARE_GPU);
try {
  for (let visit = 0; visit < Number(visits); visit++) {
    const { page, context } = await open(site);
    await context.route("**/worker.js", async (route) => {
      const own = await readFile(new URL("../../dist/worker.js", import.meta.url), "utf8");
      await route.fulfill({ contentType: "text/javascript", body: `(${watch})();\n${own}` });
    });
    await page.reload();
    /** @type {{ what: string, at: number }[]} */
    const told = [];
    await page.exposeFunction("note", (/** @type {{ what: string, at: number }} */ found) => void told.push(found));
    await page.evaluate(() => {
      // @ts-expect-error: it is exposed above
      new BroadcastChannel("takeover").onmessage = ({ data }) => window.note(data);
    });
    await ready(page);
    await parts(page).run.click();
    await reached(page, 3);
    const chosen = performance.now();
    await engine(page, "GPU");
    await page.locator("#engine").filter({ hasText: /^GPU/ }).waitFor({ timeout: 60_000 });
    const taken = performance.now();
    await page.waitForTimeout(3000);
    const times = (/** @type {string} */ wanted) => told.filter(({ what }) => what === wanted).map(({ at }) => at);
    const [asked] = times("createShaderModule");
    // wgpu asks for what the browser has at hand by then.
    const [usable] = times("createComputePipeline");
    const compiled = times("compiled").map((at) => at - asked);
    const waited = compiled.filter((at) => at <= usable - asked);
    console.log(
      JSON.stringify({
        lib: "alignment-playground",
        pipelines_waited_for: waited.length,
        ms_waited: Math.round(usable - asked),
        pipelines: compiled.length,
        ms_all: Math.round(Math.max(...compiled)),
        ms_takeover: Math.round(taken - chosen),
        load1: Number(loadavg()[0].toFixed(2)),
        chromium: site.browser.version(),
      }),
    );
    await context.close();
  }
} finally {
  await site.stop();
}
