import assert from "node:assert/strict";
import { test } from "node:test";
import { asReference, readPreference, readReference, readReward, withPreference, withPrompt, withShare } from "../../www/games/edits.js";
import { endOf } from "../../www/games/ends.js";
import { readCommand } from "../../www/games/messages.js";
import { columnsOf, distanceColumn, figureColumn, shareColumn, valuesOf } from "../../www/games/rows.js";
import { INITIAL, currentEnd, currentValues, reduce } from "../../www/games/state.js";
import { Trail } from "../../www/games/trail.js";
import { statusSentence } from "../../www/games/status.js";

const CYCLE = {
  name: "cycle",
  title: "A cycle",
  description: "",
  prompts: [{ text: "?", responses: ["a", "b", "c"], reference: [0.5, 0.3, 0.2], taste: { preferences: [[0.5, 0.8, 0.3], [0.2, 0.5, 0.9], [0.7, 0.1, 0.5]] } }],
  flipRate: 0,
  parameterisation: "logits",
  pairs: [],
};
const REPORT = {
  policy: [0.6, 0.2, 0.2],
  reference: [0.5, 0.3, 0.2],
  optimum: null,
  equilibrium: [0.5, 0.2, 0.3],
  stationaryPoint: [0.5, 0.25, 0.25],
  kl: 0.03,
  winRate: 0.52,
  exploitability: 0.1,
  distances: { optimum: null, equilibrium: 0.1, stationaryPoint: 0.1 },
};
const method = (/** @type {string} */ name, /** @type {object[]} */ hyperparameters = []) => /** @type {any} */ ({ name, title: name, summary: "It learns.", needs: {}, hyperparameters });

test("a changed preference changes its mirror image and nothing else", () => {
  const { preferences } = CYCLE.prompts[0].taste;
  const changed = withPreference(preferences, 0, 1, 0.35);
  assert.deepEqual(changed, [[0.5, 0.35, 0.3], [0.65, 0.5, 0.9], [0.7, 0.1, 0.5]]);
  assert.equal(preferences[0][1], 0.8, "what was given stays");
  assert.deepEqual(withPreference(preferences, 1, 1, 0.9), preferences, "nothing beats itself");
  assert.equal(withPreference(preferences, 2, 0, 0.9)[0][2], 0.1, "no noise of binary fractions");
});

test("a reference stays a distribution that excludes nothing", () => {
  assert.deepEqual(withShare([0.5, 0.3, 0.2], 2, 0.6), [0.25, 0.15, 0.6]);
  for (const shares of [withShare([0.5, 0.3, 0.2], 0, 0.999), asReference([1, 0, 0]), asReference([1, 1, 1]), asReference([-0.2, 0.6, 0.6])]) {
    assert.ok(Math.min(...shares) > 0.0005, `${shares}`);
    assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-12, `${shares}`);
  }
});

test("bad numbers are refused with a sentence, others are read as people write them", () => {
  assert.deepEqual(readPreference(" 0,25 ", "p(a ≻ b)"), { value: 0.25 });
  assert.deepEqual(readReward("−1.5", "a"), { value: -1.5 });
  for (const text of ["", "often", "1.2", "-0.1", "NaN"]) {
    const read = readPreference(text, "p(a ≻ b)");
    assert.match("problem" in read ? read.problem : "", /^p\(a ≻ b\) is a probability: it must be a number from 0 to 1\. The old value stays\.$/);
  }
  assert.match(JSON.stringify(readReference("0", "a")), /no policy could give/);
  assert.match(JSON.stringify(readReward("99", "a")), /from −20 to 20/);
});

test("reports become rows under the names of their figures", () => {
  const columns = columnsOf([REPORT, REPORT]);
  const values = valuesOf([REPORT, REPORT]);
  assert.equal(columns.length, values.length);
  assert.equal(new Set(columns).size, columns.length);
  const value = (/** @type {string} */ name) => values[columns.indexOf(name)];
  assert.equal(value(shareColumn(1, 0)), 0.6);
  assert.equal(value(figureColumn(0, "winRate")), 0.52);
  assert.equal(value(distanceColumn(0, "stationaryPoint")), 0.1);
  assert.ok(Number.isNaN(value(distanceColumn(0, "optimum"))));
});

test("a method ends where theory says, and nothing more is promised", () => {
  const end = (/** @type {string} */ name, scenario = CYCLE, changed = false) => endOf(method(name), /** @type {any} */ (scenario), changed);
  assert.equal(end("ipo_md").place, "stationaryPoint");
  assert.match(end("ipo_md").text, /not itself a Nash equilibrium/);
  assert.equal(end("online_ipo").place, "equilibrium");
  assert.equal(end("online_dpo").place, null);
  assert.match(end("online_dpo").text, /without finding it/);
  assert.equal(end("dpo").place, null, "no reward explains a cycle");
  const [prompt] = CYCLE.prompts;
  const rewarded = { ...CYCLE, prompts: [{ ...prompt, taste: { rewards: [1, 0, 0] } }] };
  assert.equal(end("dpo", /** @type {any} */ (rewarded)).place, "optimum");
  assert.equal(end("dpo", /** @type {any} */ ({ ...rewarded, flipRate: 0.125 })).place, null);
  assert.equal(end("dpo", /** @type {any} */ (rewarded), true).place, null);
  assert.equal(end("ipo_md", /** @type {any} */ ({ ...CYCLE, parameterisation: { features: [] } })).place, null);
  assert.match(end("kto").text, /^It learns\. Where it ends is not/);
});

test("the state holds a changed game, its run and its figures", () => {
  const catalogue = /** @type {any} */ ({
    methods: [method("ipo_md", [{ name: "tau", default: 0.1 }]), method("simpo", [{ name: "beta", default: 2 }])],
    training: [{ name: "learning_rate", default: 1e-4 }],
  });
  let state = reduce(INITIAL, { type: "event", event: { type: "catalogue", catalogue, scenarios: /** @type {any} */ ([CYCLE]) } });
  assert.deepEqual(currentValues(state), { tau: 0.2, learning_rate: 0.005 });
  assert.deepEqual(currentValues(reduce(state, { type: "method", method: "simpo" })), { beta: 2, learning_rate: 0.005 });
  state = reduce(state, { type: "value", name: "tau", value: 0.5 });
  assert.equal(currentValues(state).tau, 0.5);
  state = reduce(state, { type: "change", change: { reference: [0.2, 0.2, 0.6] } });
  assert.deepEqual(state.changed.cycle.prompts[0].reference, [0.2, 0.2, 0.6]);
  assert.deepEqual(reduce(state, { type: "restore" }).changed, {});
  state = reduce(state, { type: "opening" });
  const { number } = state.session;
  const measured = (/** @type {number} */ session, /** @type {number[]} */ steps) => {
    const values = Float32Array.from(steps.flatMap(() => valuesOf([REPORT])));
    /** @type {any} */
    const event = { type: "measured", session, steps: Uint32Array.from(steps), values, columns: columnsOf([REPORT]), rate: 60, reports: [REPORT] };
    state = reduce(state, { type: "event", event });
  };
  state = reduce(state, { type: "event", event: { type: "started", session: number } });
  measured(number - 1, [7]);
  assert.equal(state.history.length, 0, "an earlier run's");
  measured(number, [0]);
  measured(number, [0, 1, 2]);
  assert.equal(state.history.length, 3, "a step that comes again takes its place");
  assert.equal(state.trails[0].points.length, 1, "it has not moved");
  assert.equal(state.session.step, 2);
  assert.equal(currentEnd(state).place, "stationaryPoint");
  assert.equal(statusSentence(state), "Paused at step 2: 0.1000 from the stationary point, KL 0.030 nats, win rate 52 %.");
  const failure = /** @type {const} */ ({ type: "failure", cause: "open", text: "No." });
  state = reduce(state, { type: "event", event: failure });
  assert.equal(state.session.phase, "failed");
  assert.equal(state.notices[0].remedy, "restart");
});

test("a trail keeps what can be seen of a path, and not more than can be drawn", () => {
  const path = (/** @type {number} */ count, /** @type {number} */ by) => Array.from({ length: count }, (_, step) => ({ x: step * by, y: 0 }));
  assert.equal(new Trail().append(path(100, 1e-5)).points.length, 2);
  const fine = new Trail().append(path(100, 1e-3));
  assert.equal(fine.points.length, 100);
  const long = fine.append(path(20_000, 1e-3));
  assert.ok(long.points.length <= 4000 && long.points.length > 1000);
  assert.equal(fine.points.length, 100, "what was given stays");
});

test("one prompt of a scenario changes alone, and commands are checked", () => {
  const two = /** @type {any} */ ({ ...CYCLE, prompts: [CYCLE.prompts[0], CYCLE.prompts[0]] });
  const changed = withPrompt(two, 1, { reference: [0.1, 0.1, 0.8] });
  assert.deepEqual(changed.prompts.map(({ reference }) => reference), [[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]);
  assert.deepEqual(readCommand({ type: "exact", exact: true }), { type: "exact", exact: true });
  assert.throws(() => readCommand({ type: "scenario", scenario: {} }), /unfit scenario/);
  assert.throws(() => readCommand({ type: "speed", speed: NaN }), /unfit speed/);
});
