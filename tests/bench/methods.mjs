// Methods on the default policy and scenario in headless Chromium: a JSON line for each method and engine with
// updates and drawn tokens a second, at 4 pairs (prompts) an update and at most 24 tokens an answer. The GPU is
// software here and says nothing of a real one.
//
//   node tests/bench/methods.mjs [SECONDS]
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { SOFTWARE_GPU, start } from "../e2e/browser.mjs";

/** The source, whose modules can be loaded one by one. */
const WWW = fileURLToPath(new URL("../../www", import.meta.url));
const [seconds = "10"] = process.argv.slice(2);
const METHODS = ["dpo", "d2o", "ipo_md"];
const VALUES = { batch_size: 4 };
const DRAWING = { ...VALUES, max_new_tokens: 24 };

/**
 * Runs in the page.
 * @param {{ site: string, engine: string, method: string, values: Record<string, number>, seconds: number }} options
 */
async function measure({ site, engine, method, values, seconds }) {
  const { default: init, LanguageSession, PreparedEngine } = await import(`${site}pkg/playground.js`);
  const { Tokenizer } = await import(`${site}vendor/tokenizers.js`);
  const { TextCodec } = await import(`${site}worker/text-codec.js`);
  const { coreFile } = await import(`${site}worker/core-file.js`);
  await init({ module_or_path: `${site}pkg/${coreFile()}` });
  const file = (/** @type {string} */ name) => fetch(`${site}assets/${name}`);
  const policy = "policies/assistant/";
  const codec = new TextCodec(new Tokenizer(await (await file(`${policy}tokenizer.json`)).json(), {}));
  const config = await (await file(`${policy}config.json`)).text();
  const weights = new Uint8Array(await (await file(`${policy}model.safetensors`)).arrayBuffer());
  const session = LanguageSession.open(config, weights, { method, loss: "", seed: 1, values });
  session.setRule("manner: tone=polite", codec.vocabulary());
  const lines = (await (await file("scenarios/kinder.train.jsonl")).text()).trim().split("\n");
  const ids = (/** @type {string} */ text) => Uint32Array.from(codec.encode(text).ids);
  const pairs = lines.map((line, id) => {
    const { prompt, chosen, rejected } = JSON.parse(line);
    return { id, prompt: ids(prompt), chosen: ids(chosen), rejected: ids(rejected) };
  });
  await session.setTrainingPairs(pairs);
  if (engine === "gpu") {
    await session.switchEngine(await PreparedEngine.open(engine, session.graphs(0), () => {}));
    await session.update();
  }
  for (let warm = 0; warm < 3; warm++) await session.update();
  await session.metrics();
  const known = new Set();
  let [updates, tokens] = [0, 0];
  const began = performance.now();
  while (performance.now() - began < 1000 * seconds) {
    await session.update();
    updates++;
    // An answer that is kept is drawn once.
    for (const { prompt, answers, step } of session.rollouts()) {
      for (const answer of answers) {
        const key = method === "d2o" ? `${prompt}|${answer}` : `${step}|${prompt}|${answer}|${known.size}`;
        if (!known.has(key)) tokens += answer.length + 1;
        known.add(key);
      }
    }
  }
  await session.metrics();
  const spent = (performance.now() - began) / 1000;
  return { updates: updates / spent, tokens: tokens / spent };
}

const site = await start(SOFTWARE_GPU, WWW);
try {
  for (const engine of ["cpu", "gpu"]) {
    for (const method of METHODS) {
      const page = await site.browser.newPage();
      await page.goto(`${site.url}assets/index.json`);
      const values = method === "dpo" ? VALUES : DRAWING;
      const options = { site: site.url, engine, method, values, seconds: Number(seconds) };
      const { updates, tokens } = await page.evaluate(measure, options);
      await page.close();
      console.log(
        JSON.stringify({
          lib: "alignment-playground",
          backend: engine === "gpu" ? "webgpu, SwiftShader" : "wasm, relaxed SIMD",
          method,
          steps_s: Number(updates.toFixed(1)),
          drawn_tokens_s: Math.round(tokens),
          load1: Number(loadavg()[0].toFixed(2)),
          chromium: site.browser.version(),
        }),
      );
    }
  }
} finally {
  await site.stop();
}
