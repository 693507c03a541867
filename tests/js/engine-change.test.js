import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineChange } from "../../www/worker/engine-change.js";

/** A core whose engines are ready, or are not to be had, when the test says so. */
function core() {
  /** @type {{ ready: (engine: object) => void, refuse: (error: unknown) => void }[]} */
  const asked = [];
  const open = () => new Promise((ready, refuse) => asked.push({ ready, refuse }));
  const wasm = /** @type {any} */ ({ PreparedEngine: { open } });
  return { wasm, asked };
}

const graphs = /** @type {any} */ (null);
const silent = { progress() {}, failed() {} };

test("a run rests between updates until the engine that was asked for is there, or cannot be", async () => {
  const { wasm, asked } = core();
  const change = new EngineChange(wasm, () => {});
  assert.equal(change.rest, 0);
  change.prepare("gpu", graphs, silent);
  assert.ok(change.rest > 0 && change.rest <= 200, "it still trains");
  const engine = { free() {} };
  asked[0].ready(engine);
  await Promise.resolve();
  assert.deepEqual([change.rest, change.ready, change.take()], [0, true, engine]);

  /** @type {unknown[]} */
  const told = [];
  change.prepare("gpu", graphs, { ...silent, failed: (error) => void told.push(error) });
  asked[1].refuse("none");
  await new Promise(setImmediate);
  assert.deepEqual([change.rest, change.ready, told], [0, false, ["none"]]);
});

test("only the engine that was asked for last takes over; the others are freed", async () => {
  const { wasm, asked } = core();
  const change = new EngineChange(wasm, () => {});
  change.prepare("gpu", graphs, silent);
  change.prepare("cpu", graphs, silent);
  let freed = 0;
  asked[0].ready({ free: () => freed++ });
  await new Promise(setImmediate);
  assert.deepEqual([freed, change.ready], [1, false]);
  assert.ok(change.rest > 0, "the second is still awaited");
  change.drop();
  assert.equal(change.rest, 0);
  asked[1].ready({ free: () => freed++ });
  await new Promise(setImmediate);
  assert.deepEqual([freed, change.ready], [2, false]);
});
