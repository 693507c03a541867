// What the benchmarks in a browser have in common: a JSON line for each size and task, and PyTorch's losses.
import { readFile } from "node:fs/promises";
import { loadavg } from "node:os";

/** Updates that are not timed. */
export const WARM_UP = 5;
const TOLERANCE = 1e-4;

/** PyTorch's losses (torch_task.py). @type {{ cfg: string, task: string, loss: number[] }[]} */
export const EXPECTED = JSON.parse(await readFile(new URL("expected.json", import.meta.url), "utf8"));

/** @param {number} value @param {number} digits */
const rounded = (value, digits) => Number(value.toFixed(digits));

/**
 * Prints the line of a system, backend, size and task. False where the losses are not PyTorch's.
 * @param {{ lib: string, backend: string, cfg: string, task: string }} what
 * @param {{ losses: number[], times: number[], flops?: number }} found
 * @param {string} chromium
 */
export function print(what, { losses, times, flops }, chromium) {
  const sorted = times.slice(WARM_UP).sort((a, b) => a - b);
  const quantile = (/** @type {number} */ share) => sorted[Math.floor(sorted.length * share)];
  const loss = [losses[0], losses[4], losses[19]];
  const line = {
    ...what,
    threads: 1,
    steps: sorted.length,
    ms_median: rounded(quantile(0.5), 3),
    ms_p10: rounded(quantile(0.1), 3),
    ms_min: rounded(quantile(0), 3),
    steps_s: rounded(1000 / quantile(0.5), 2),
    ...(flops ? { gflops_p10: rounded(flops / quantile(0.1) / 1e6, 2) } : {}),
    loss,
    load1: rounded(loadavg()[0], 2),
    chromium,
  };
  console.log(JSON.stringify(line));
  const wanted = EXPECTED.find(({ cfg, task }) => cfg === what.cfg && task === what.task)?.loss ?? [];
  const right = wanted.every((value, place) => Math.abs(value - loss[place]) <= TOLERANCE);
  if (!right) console.error(`The losses of ${what.lib} ${what.cfg}/${what.task} should be PyTorch's: ${wanted}`);
  return right;
}
