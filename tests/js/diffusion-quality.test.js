import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "../../www/app/history.js";
import { BANDWIDTH, CELLS, contour, density, levels } from "../../www/diffusion/density.js";
import { joined } from "../../www/diffusion/joined.js";
import { figuresOf, lastOf, presentRun } from "../../www/diffusion/kept.js";
import { QUALITY } from "../../www/diffusion/quality.js";
import { REACH } from "../../www/diffusion/shown.js";
import { INITIAL, reduce } from "../../www/diffusion/state.js";
import { SampleQuality, balanced } from "../../www/worker/sample-quality.js";

const CELL = (2 * REACH) / CELLS;

test("a density adds up to 1, is greatest where its samples are, and is the mean of its parts", () => {
  const [one, other] = [Float32Array.of(0.5, -1), Float32Array.of(-1.2, 0.3)];
  const both = density(Float32Array.of(...one, ...other));
  const sum = both.reduce((total, value) => total + value, 0) * CELL ** 2;
  assert.ok(Math.abs(sum - 1) < 0.01, `${sum}`);
  const [first, second] = [density(one), density(other)];
  assert.ok(both.every((value, place) => Math.abs(value - (first[place] + second[place]) / 2) < 1e-6));
  const peak = first.indexOf(Math.max(...first));
  const [x, y] = [peak % CELLS, Math.floor(peak / CELLS)].map((cell) => -REACH + (cell + 0.5) * CELL);
  assert.ok(Math.abs(x - 0.5) < CELL && Math.abs(y + 1) < CELL, `${x} ${y}`);
});

test("the contour of one Gaussian is a circle of the radius that its level has", () => {
  const values = density(Float32Array.of(0.1, 0.2));
  const [low, middle] = levels(values);
  assert.ok(low < middle);
  const pieces = contour(values, middle);
  assert.ok(pieces.length > 8);
  const wanted = BANDWIDTH * Math.sqrt(-2 * Math.log(0.5));
  for (const [fromX, fromY, toX, toY] of pieces) {
    for (const [x, y] of [[fromX, fromY], [toX, toY]]) {
      const radius = Math.hypot(x - 0.1, y - 0.2);
      assert.ok(Math.abs(radius - wanted) < 0.01, `${radius}, not ${wanted}`);
    }
  }
  assert.deepEqual(contour(values, 1e9), []);
});

test("as many of each class, evenly from all there are", () => {
  const classes = Uint32Array.from({ length: 12 }, (_, place) => (place < 8 ? 0 : 1));
  const values = Float32Array.from({ length: 12 }, (_, place) => place);
  assert.deepEqual([...balanced({ values, classes }, 8, 1)], [0, 8, 2, 9, 4, 10, 6, 11]);
  const points = Float32Array.from({ length: 6 }, (_, place) => place);
  assert.deepEqual([...balanced({ values: points, classes: Uint32Array.of(0, 0, 0) }, 2, 2)], [0, 1, 2, 3], "numbers of a sample stay together");
});

/** A core whose points lie at their seed, and a policy that draws at 5. */
function quality() {
  const wasm = /** @type {any} */ ({
    slicedWasserstein: (/** @type {Float32Array} */ one, /** @type {Float32Array} */ other) => Math.abs(one[0] - other[0]),
    rulePoints(/** @type {string} */ rule, /** @type {Float32Array} */ values, /** @type {number} */ dimensions) {
      if (rule === "none") throw new Error("no rule");
      return values.filter((_, place) => place % dimensions === 0);
    },
  });
  const data = /** @type {any} */ ({
    points: (/** @type {string} */ _, /** @type {number} */ count, /** @type {number} */ seed) => ({
      values: Float32Array.from({ length: 2 * count }, (_, place) => seed - 70_000 + place / (2 * count)),
      classes: new Uint32Array(count),
    }),
  });
  /** @type {any[]} */
  const asked = [];
  const session = /** @type {any} */ ({
    step: 7,
    sample(/** @type {boolean} */ of, /** @type {Uint32Array} */ classes, /** @type {object} */ options) {
      asked.push(options);
      return new Float32Array(2 * classes.length).fill(5);
    },
  });
  return { measures: new SampleQuality(wasm, data), session, asked };
}
const SUBJECT = { source: "moons", shape: { dimensions: 2, classes: 2, timesteps: 1000 }, recipe: { from: /** @type {const} */ ("policy"), count: 8, candidates: 2 }, rule: "x" };
const SAMPLER = { steps: 20, guidance: 1, eta: 0, seed: 3 };

test("points are measured against held-out ones, beside what fresh ones have, always by the same noise", async () => {
  const { measures, session, asked } = quality();
  const row = await measures.measure(session, SUBJECT, SAMPLER);
  const value = (/** @type {string} */ name) => row.values[row.columns.indexOf(name)];
  assert.deepEqual([...row.steps], [7]);
  assert.equal(value(QUALITY.distance), 4, "the held-out points lie at 1");
  assert.equal(value(QUALITY.floor), 2.5, "four fresh sets at 2, 3, 4 and 5");
  assert.equal(value(QUALITY.points), 5);
  assert.ok(Number.isNaN(value(QUALITY.winners)), "its own samples win here: none are held out");
  assert.ok(Number.isNaN(value(QUALITY.recognised)));
  await measures.measure(session, SUBJECT, { ...SAMPLER, seed: 99 });
  assert.equal(asked[0].seed, asked[1].seed);
  assert.equal(asked[0].steps, 20);
});

test("where real samples win, so do held-out ones; a rule that cannot be read has none", async () => {
  const { measures, session } = quality();
  const winning = { ...SUBJECT, recipe: { from: /** @type {const} */ ("data"), count: 8, candidates: 4 } };
  const row = await measures.measure(session, winning, SAMPLER);
  const value = (/** @type {string} */ name) => row.values[row.columns.indexOf(name)];
  assert.ok(value(QUALITY.winners) > 3 && value(QUALITY.winners) <= 4, `${value(QUALITY.winners)}`);
  assert.ok(value(QUALITY.winnersFloor) > 0);
  const none = await measures.measure(session, { ...winning, rule: "none" }, SAMPLER);
  assert.ok(Number.isNaN(none.values[none.columns.indexOf(QUALITY.winners)]));
  assert.ok(Number.isNaN(none.values[none.columns.indexOf(QUALITY.points)]));
});

const rows = (/** @type {string[]} */ columns, /** @type {number[]} */ steps, /** @type {number[]} */ values) => ({ columns, steps: Uint32Array.from(steps), values: Float32Array.from(values) });

test("metrics and sample quality are one table, a row a step", () => {
  const all = joined(History.empty().append(rows(["loss"], [1, 2], [0.5, 0.25])), History.empty().append(rows(["quality/points"], [0, 2], [3, 4])));
  assert.equal(all.toCsv(), "step,loss,quality/points\n0,,3\n1,0.5,\n2,0.25,4\n");
});

/** A run of points that has been measured. */
function ran() {
  const catalogue = /** @type {any} */ ({ methods: [{ name: "diffusion_dpo", title: "Diffusion-DPO", needs: {}, hyperparameters: [] }], sampling: [], training: [], metrics: [] });
  let state = reduce(INITIAL, { type: "event", event: { type: "catalogue", catalogue } });
  state = reduce(reduce(state, { type: "scenario", scenario: "half" }), { type: "opening" });
  const session = state.session.number;
  state = reduce(state, { type: "event", event: { type: "started", session, engine: "CPU", shape: SUBJECT.shape } });
  state = reduce(state, { type: "event", event: { type: "measured", session, rate: 1, ...rows(["loss", "eval_rewards/margins"], [10, 20], [0.6, 1.5, 0.5, NaN]) } });
  return reduce(state, { type: "event", event: { type: "quality", session, ...rows([QUALITY.distance, QUALITY.points], [0, 20], [0.05, 0.5, 0.2, 0.9]) } });
}

test("a kept run has its curves and last figures, under a letter that is free", () => {
  const state = ran();
  const run = presentRun(state);
  assert.deepEqual([run.id, run.title, run.step, run.policy], [0, "Diffusion-DPO", 20, "moons"]);
  assert.deepEqual(run.lines[QUALITY.points], { steps: [0, 20], values: [0.5, Math.fround(0.9)] });
  assert.equal(lastOf(run, "eval_rewards/margins"), 1.5, "the last that was measured");
  const kept = reduce(state, { type: "keep", run });
  assert.equal(presentRun(kept).id, 1);
  assert.equal(presentRun(reduce(reduce(kept, { type: "keep", run: presentRun(kept) }), { type: "forget", id: 0 })).id, 0);
  const metrics = figuresOf(state).map(({ metric }) => metric);
  assert.ok(metrics.includes(QUALITY.distance) && !metrics.includes(QUALITY.winners) && !metrics.includes(QUALITY.recognised));
});

test("a run that branched off counts its steps from there", () => {
  const files = { config: "{}", weights: new Uint8Array(1) };
  const state = reduce(ran(), { type: "branch", branch: { run: "A", step: 100, files } });
  const run = presentRun(state);
  assert.deepEqual([run.from, run.step, run.lines[QUALITY.points].steps[0]], [100, 120, 100]);
  assert.equal(reduce(state, { type: "scenario", scenario: "region" }).branch, null);
});

test("another shape's runs are not compared with the present one's", () => {
  const run = presentRun(ran());
  const own = /** @type {any} */ ({ id: 1, strokes: [[[0, 0], [1, 1]]], files: { config: "{}", weights: new Uint8Array(1) }, learnt: {} });
  let state = reduce(ran(), { type: "keep", run });
  state = reduce(state, { type: "keep", run: { ...run, id: 1, policy: "shape" } });
  state = reduce(state, { type: "own", own });
  assert.deepEqual(state.kept.map(({ id }) => id), [0]);
});
