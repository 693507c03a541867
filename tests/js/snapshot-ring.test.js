import assert from "node:assert/strict";
import { test } from "node:test";
import { roomFor, SnapshotRing } from "../../www/worker/snapshot-ring.js";

/** Snapshots whose end is noted. @param {Set<number>} freed @returns {(step: number) => any} */
const maker = (freed) => (step) => ({ step, free: () => freed.add(step) });

test("the ring keeps the first and the newest, evenly thinned between, and frees the others", () => {
  /** @type {Set<number>} */
  const freed = new Set();
  const snapshot = maker(freed);
  const ring = new SnapshotRing(6);
  for (let step = 0; step <= 100; step += 10) ring.add(snapshot(step));
  const { steps } = ring;
  assert.equal(steps.length, 6);
  assert.deepEqual([steps[0], steps.at(-1), ring.newest], [0, 100, 100]);
  assert.equal(freed.size, 5);
  assert.ok(steps.every((step) => !freed.has(step)));
  const gaps = steps.slice(1).map((step, index) => step - steps[index]);
  assert.ok(Math.max(...gaps) <= 40, `${steps}`);
});

test("what comes after a step is let go when the run goes another way", () => {
  /** @type {Set<number>} */
  const freed = new Set();
  const snapshot = maker(freed);
  const ring = new SnapshotRing(10);
  for (const step of [0, 5, 10, 15]) ring.add(snapshot(step));
  ring.dropAfter(5);
  assert.deepEqual(ring.steps, [0, 5]);
  assert.deepEqual([...freed].sort(), [10, 15]);
  assert.equal(ring.at(5)?.step, 5);
  assert.equal(ring.at(10), undefined);
  ring.clear();
  assert.deepEqual([ring.steps, ring.newest, freed.size], [[], -1, 4]);
});

test("one step has one snapshot", () => {
  /** @type {number[]} */
  const freed = [];
  const ring = new SnapshotRing(4);
  const make = (/** @type {number} */ mark) => /** @type {any} */ ({ step: 7, free: () => freed.push(mark) });
  ring.add(make(1));
  ring.add(make(2));
  assert.deepEqual([ring.steps, freed], [[7], [1]]);
});

test("snapshots become rarer as the run grows", () => {
  const ring = new SnapshotRing(10);
  const snapshot = maker(new Set());
  let taken = 0;
  for (let step = 0; step <= 2000; step++) {
    if (!ring.wants(step)) continue;
    ring.add(snapshot(step));
    taken++;
  }
  assert.equal(ring.steps.length, 10);
  assert.ok(taken < 80, `${taken} were taken`);
});

test("the room is bounded by the size of the policy", () => {
  assert.equal(roomFor(214_000), 60);
  assert.ok(roomFor(1_311_648) >= 10 && roomFor(1_311_648) < 20);
  assert.equal(roomFor(100_000_000), 4);
});
