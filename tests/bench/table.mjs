// The lines of all benchmarks as one Markdown table, with ratios to the fastest peer of a kind.
//
//   node tests/bench/table.mjs <target/bench.jsonl
import { cpus } from "node:os";
import { text } from "node:stream/consumers";

/** @typedef {{ lib: string, backend: string, cfg: string, task: string, ms_p10?: number, load1?: number, chromium?: string, error?: string }} Line */

const lines = (await text(process.stdin)).split("\n").filter((line) => line.startsWith("{"));
/** @type {Line[]} */
const results = lines.map((line) => JSON.parse(line));
const columns = [...new Set(results.map(({ cfg, task }) => `${cfg} ${task}`))];
const rows = [...new Set(results.map(({ lib, backend }) => `${lib} | ${backend}`))];

/** @param {string} row @param {string} column */
function cell(row, column) {
  const found = results.find((line) => `${line.lib} | ${line.backend}` === row && `${line.cfg} ${line.task}` === column);
  return found?.ms_p10;
}

/** The row that each of ours is compared with. @param {string} row */
function peer(row) {
  if (!row.startsWith("alignment-playground")) return undefined;
  if (row.includes("webgpu")) return rows.find((other) => other.startsWith("jax-js") && other.includes("webgpu"));
  if (row.includes("wasm")) return rows.find((other) => other.startsWith("jax-js") && other.includes("wasm"));
  return rows.find((other) => other.startsWith("pytorch"));
}

/** @param {number | undefined} value */
const shown = (value) => (value === undefined ? "–" : value < 100 ? value.toPrecision(3) : value.toFixed(0));

console.log(`| system | backend | ${columns.join(" | ")} |`);
console.log(`| --- | --- |${" ---: |".repeat(columns.length)}`);
for (const row of rows) {
  const other = peer(row);
  const cells = columns.map((column) => {
    const [own, theirs] = [cell(row, column), other && cell(other, column)];
    return own && theirs ? `${shown(own)} (${(own / theirs).toFixed(2)})` : shown(own);
  });
  console.log(`| ${row} | ${cells.join(" | ")} |`);
}
const loads = results.flatMap(({ load1 }) => load1 ?? []);
const chromium = results.find((line) => line.chromium)?.chromium;
console.log(`
Milliseconds an update, the 10th percentile; in brackets the ratio to jax-js on the same backend, natively to PyTorch. One
thread of ${cpus()[0]?.model.trim()}, load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}, Chromium ${chromium}.`);
