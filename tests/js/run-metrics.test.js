import assert from "node:assert/strict";
import { test } from "node:test";
import { RunMetrics } from "../../www/worker/run-metrics.js";

test("the first step after a reset tells no rate that is partly the run's before", async ({ mock }) => {
  let now = 0;
  mock.method(performance, "now", () => now);
  const rows = { columns: [], steps: Uint32Array.of(1), values: Float32Array.of(0) };
  const run = /** @type {any} */ ({ number: 1, session: { metrics: async () => rows, alarm: () => undefined } });
  /** @type {number[]} */
  const rates = [];
  const metrics = new RunMetrics((event) => event.type === "measured" && void rates.push(event.rate));
  metrics.restart(now);
  const publishAt = (/** @type {number} */ moment) => {
    now = moment;
    return metrics.publish(run, false);
  };
  for (let update = 0; update < 60; update++) metrics.count();
  await publishAt(1000);
  for (let update = 0; update < 60; update++) metrics.count();
  await publishAt(1400);
  metrics.begin();
  await publishAt(2400);
  assert.deepEqual(rates, [60, 60, 0]);
});
