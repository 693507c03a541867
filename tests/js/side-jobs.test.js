import assert from "node:assert/strict";
import { test } from "node:test";
import { SideJobs } from "../../www/worker/side-jobs.js";

const codec = { encode: () => ({ ids: [1], unknown: [], special: [] }), decode: () => "text" };
const strip = { ids: [1], policy: [0], reference: [0] };
const rows = { columns: [], steps: new Uint32Array(), values: new Float32Array() };

/** Side jobs of a run, with the kinds of what they have told since they were asked last. */
function open() {
  const session = {
    step: 4,
    questions: async () => [],
    judge: () => undefined,
    scorePairs: async (/** @type {Uint32Array} */ ids) => [...ids].map((id) => ({ id })),
    scoreTokens: async () => ({ chosen: strip, rejected: strip }),
    rollouts: () => [],
    keptAnswers: () => [],
    sample: async () => ({ policy: [], reference: [] }),
    nextTokens: async () => ({ policy: Float32Array.of(-1, -1), reference: Float32Array.of(-1, -1) }),
    evaluate: async () => rows,
  };
  const run = /** @type {any} */ ({ number: 7, session, files: { codec, limits: { context: 9, begins: true }, end: 0 }, maxTokens: 5 });
  /** @type {import("../../www/app/messages.js").WorkerEvent[]} */
  let posted = [];
  const jobs = new SideJobs((event) => void posted.push(event));
  jobs.open({ selected: null, sampler: { prompt: "", temperature: 1, count: 1, seed: 0 } });
  jobs.stale();
  const tell = async (standing = {}) => {
    posted = [];
    await jobs.publish(run, { running: false, training: false, asksPerson: false, ...standing });
    return posted.map(({ type }) => type);
  };
  return { jobs, tell };
}

/** @param {number} count */
const pairs = (count) => {
  const all = Array.from({ length: count }, (_, id) => ({ id, prompt: "p", chosen: `c${id}`, rejected: "r" }));
  const ids = Uint32Array.of(1);
  return /** @type {const} */ ([all, all.map(({ id }) => ({ id, prompt: ids, chosen: ids, rejected: ids }))]);
};
const training = { running: true, training: true };

test("at rest everything that is out of date is told, once", async () => {
  const { jobs, tell } = open();
  jobs.setPairs(...pairs(1));
  assert.deepEqual(await tell({ asksPerson: true }), ["questions", "scores", "rollouts", "samples", "evaluated"]);
  assert.deepEqual(await tell({ asksPerson: true }), []);
});

test("all pairs are evaluated only where nothing learns: neither the run, nor its judge, nor a run that waits", async () => {
  const { jobs, tell } = open();
  jobs.setPairs(...pairs(1));
  for (const standing of [training, { running: false, training: true }, { running: true, training: false }]) {
    assert.ok(!(await tell(standing)).includes("evaluated"));
  }
  assert.deepEqual(await tell(), ["evaluated"]);
});

test("what a person turns to is told at once though the run trains; the rest waits", async () => {
  const { jobs, tell } = open();
  jobs.setPairs(...pairs(3));
  await tell();
  jobs.stale();
  assert.deepEqual(await tell(training), []);
  jobs.select(1);
  assert.deepEqual(await tell(training), ["tokens", "rollouts", "kept"]);
  const token = /** @type {const} */ ({ pair: 1, side: "chosen", index: 0 });
  jobs.watch({ token, beginning: null, answers: null });
  assert.deepEqual(await tell(training), ["next"]);
  jobs.watch({ token: { ...token }, beginning: null, answers: null });
  assert.deepEqual(await tell(training), [], "it is looked at already");
});

test("pairs are scored some at a time, until the round is over", async () => {
  const { jobs, tell } = open();
  jobs.setPairs(...pairs(300));
  assert.ok((await tell()).includes("scores"));
  assert.ok(jobs.scoring);
  assert.deepEqual(await tell(), ["scores"]);
  assert.ok(!jobs.scoring);
});
