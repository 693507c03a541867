import assert from "node:assert/strict";
import { test } from "node:test";
import { JobSchedule } from "../../www/worker/job-schedule.js";
import { Pacer } from "../../www/worker/pacer.js";

const schedule = () => new JobSchedule({ scores: new Pacer(100), samples: new Pacer(100), tokens: new Pacer(100) });

/** Stops the clock; returns what sets it. @param {import("node:test").TestContext} t */
function clock(t) {
  let now = 0;
  t.mock.method(performance, "now", () => now);
  return (/** @type {number} */ time) => (now = time);
}

test("what is out of date waits for its pacer while a run trains, and is due at once when it rests", async (t) => {
  const set = clock(t);
  const jobs = schedule();
  assert.ok(!jobs.isDue("scores", false, 0), "nothing is out of date");
  jobs.stale();
  assert.ok(jobs.isDue("scores", true, 0), "nothing has been measured yet");
  set(10);
  await jobs.perform("scores", () => set(11));
  assert.ok(!jobs.isStale("scores") && jobs.isStale("samples"));
  jobs.stale("scores");
  assert.ok(!jobs.isDue("scores", true, 110) && jobs.isDue("scores", true, 111));
  assert.ok(jobs.isDue("scores", false, 12));
});

test("what a person waits for is due at once though the run trains, and only once", async (t) => {
  clock(t);
  const jobs = schedule();
  await jobs.perform("tokens", () => {});
  jobs.want("tokens");
  assert.ok(jobs.isDue("tokens", true, 1));
  await jobs.perform("tokens", () => {});
  jobs.stale("tokens");
  assert.ok(!jobs.isDue("tokens", true, 1));
});

test("what a person waits for comes first, then what has waited longest", async (t) => {
  const set = clock(t);
  const jobs = schedule();
  assert.equal(jobs.first([]), undefined);
  for (const [time, name] of /** @type {const} */ ([[1, "samples"], [2, "scores"], [3, "tokens"]])) {
    set(time);
    await jobs.perform(name, () => {});
  }
  assert.equal(jobs.first(jobs.names), "samples");
  jobs.want("tokens");
  assert.equal(jobs.first(jobs.names), "tokens");
});

test("a job that has more to do stays out of date; one that fails is not paced", async (t) => {
  clock(t);
  const jobs = schedule();
  await jobs.perform("scores", () => jobs.stale("scores"));
  assert.ok(jobs.isStale("scores"));
  await assert.rejects(jobs.perform("samples", () => Promise.reject(new Error("lost"))), /lost/);
  jobs.stale("samples");
  assert.ok(jobs.isDue("samples", true, 0));
});
