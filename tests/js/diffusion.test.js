import assert from "node:assert/strict";
import { test } from "node:test";
import { readCommand } from "../../www/diffusion/messages.js";
import { channels, pixels } from "../../www/diffusion/paint.js";
import { errorRows } from "../../www/diffusion/pair-errors.js";
import { formatLine, fromPixels, readLines } from "../../www/diffusion/pair-lines.js";
import { toPixel, toPoint } from "../../www/diffusion/plane.js";
import { cornersOf, insideRule, pointsOf } from "../../www/diffusion/rules.js";
import { REFERENCE_POINTS, POLICY_POINTS, SAMPLE_WINS, samplesRow } from "../../www/diffusion/sample-points.js";
import { POLICIES, SCENARIOS } from "../../www/diffusion/scenarios.js";
import { LONGEST_ARROW, REACH, arrows, gridClasses, placesOfField } from "../../www/diffusion/shown.js";
import { INITIAL, awaitsPerson, currentOffer, currentRule, currentValues, reduce } from "../../www/diffusion/state.js";
import { anchorOf, checkpointOf, drawnSentence, statusSentence } from "../../www/diffusion/words.js";
import { pick } from "../../www/worker/pair-maker.js";

const IMAGES = { dimensions: 64, classes: 10, timesteps: 1000 };
const POINTS = { dimensions: 2, classes: 2, timesteps: 1000 };

test("every scenario is of a policy that is there, and has its own name", () => {
  assert.equal(new Set(SCENARIOS.map(({ name }) => name)).size, SCENARIOS.length);
  for (const { policy, recipe } of SCENARIOS) {
    assert.ok(POLICIES.some(({ name }) => name === policy), policy);
    assert.ok(recipe.count > 0 && recipe.candidates >= 2);
  }
});

test("a region is written as a rule and read again", () => {
  const rule = insideRule([[-1, 0.5], [1.23456, 0], [0, 2]]);
  assert.equal(rule, "inside: -1 0.5, 1.23 0, 0 2");
  assert.deepEqual(cornersOf(rule), [[-1, 0.5], [1.23, 0], [0, 2]]);
  for (const text of ["thicker", "inside: 0 0, 1 1", "inside: 0 0, 1 x, 2 2", ""]) assert.deepEqual(cornersOf(text), [], text);
  assert.equal(pointsOf("thicker"), "Share of ink");
  assert.equal(pointsOf(rule), "Share inside the region");
});

test("a place on the canvas is the point that was drawn there; heights grow upwards", () => {
  const [right, down] = toPixel(1.3, -0.7, 500);
  const [x, y] = toPoint(right, down, 500);
  assert.ok(Math.abs(x - 1.3) < 1e-9 && Math.abs(y + 0.7) < 1e-9, `${x} ${y}`);
  assert.ok(toPixel(0, 1, 500)[1] < toPixel(0, 0, 500)[1]);
  assert.deepEqual(toPixel(-REACH, REACH, 500), [0, 0]);
});

test("a grid has a column for each class, a cloud has its classes in turn", () => {
  assert.deepEqual([...gridClasses(IMAGES)].slice(8, 12), [8, 9, 0, 1]);
  assert.equal(gridClasses(IMAGES).length, 40);
  const cloud = gridClasses(POINTS);
  assert.equal(cloud.filter((of) => of === 0).length, cloud.length / 2);
  assert.deepEqual([...new Set(gridClasses({ ...POINTS, classes: 0 }))], [0]);
});

test("arrows point where scores do, and none is longer than its square", () => {
  const places = placesOfField();
  assert.ok(places.every((value) => Math.abs(value) < REACH));
  const [weak, middling, strong] = arrows(Float32Array.of(0.1, 0, 0, -1, 1000, 0));
  assert.ok(weak[0] > 0 && weak[0] < LONGEST_ARROW / 4);
  assert.ok(Math.abs(middling[1] + LONGEST_ARROW / 2) < 1e-6 && middling[0] === 0);
  assert.ok(strong[0] < LONGEST_ARROW && strong[0] > 0.9 * LONGEST_ARROW);
  assert.ok(arrows(Float32Array.of(0, 0)).flat().every((value) => value === 0), "no score is no arrow");
});

test("ink is dark on paper, and a picture is read as it was drawn", () => {
  const [paper, ink] = [channels("#fff"), channels("#102030")];
  assert.deepEqual(ink, [16, 32, 48]);
  assert.deepEqual([...pixels(Float32Array.of(1, -1, 3, -2), paper, ink)], [16, 32, 48, 255, 255, 255, 255, 255, 16, 32, 48, 255, 255, 255, 255, 255]);
  const values = Float32Array.of(-1, 0.25, 1);
  const read = fromPixels(pixels(values, [255, 255, 255], [0, 0, 0]));
  assert.ok(values.every((value, place) => Math.abs(value - read[place]) < 0.01), `${read}`);
  assert.deepEqual([...fromPixels(Uint8ClampedArray.of(0, 0, 0, 0))], [-1], "nothing is paper");
});

test("pairs come back from their lines, whichever side is chosen", () => {
  const [chosen, rejected] = [Float32Array.of(0.1, -2), Float32Array.of(1, 0.5)];
  const line = formatLine("upper moon", [chosen, rejected], ["data:image/png;base64,AA", "data:image/png;base64,BB"]);
  assert.deepEqual(Object.keys(JSON.parse(line)).slice(0, 5), ["caption", "jpg_0", "jpg_1", "label_0", "label_1"]);
  const turned = JSON.stringify({ ...JSON.parse(line), label_0: 0, label_1: 1 });
  const { pairs, problems } = readLines(`${line}\n\n${turned}\n`, POINTS, ["upper moon", "lower moon"]);
  assert.deepEqual(problems, []);
  assert.deepEqual(pairs.map(({ line }) => line), [1, 3]);
  assert.deepEqual(pairs[0].chosen, { values: chosen });
  assert.deepEqual(pairs[1].chosen, { values: rejected });
});

test("a line that is no pair is told by its number", () => {
  const picture = "data:image/png;base64,AA";
  const good = { caption: "3", jpg_0: picture, jpg_1: picture, label_0: 1, label_1: 0 };
  const changed = [{ caption: "x" }, { label_1: 1 }, { label_0: "yes" }, { jpg_1: "https://example.com/a.jpg" }, { values_0: [1, 2] }];
  const text = ["{", "[1]", ...changed.map((change) => JSON.stringify({ ...good, ...change })), JSON.stringify(good)].join("\n");
  const { pairs, problems } = readLines(text, IMAGES, POLICIES[0].classes);
  assert.deepEqual(pairs.map(({ line, class: of }) => [line, of]), [[8, 3]]);
  assert.deepEqual(problems.map(({ line }) => line), [1, 2, 3, 4, 5, 6, 7]);
  const said = problems.map(({ message }) => message).join("\n");
  for (const part of [/no JSON object/, /"x" is no class/, /no side is preferred/, /must be numbers/, /jpg_1 must be a data URL/, /values_0 must be 64 numbers/]) assert.match(said, part);
});

test("of real samples the best of a class stands against its worst, and each turn takes others", () => {
  const classes = Array.from({ length: 40 }, (_, place) => place % 2);
  const points = classes.map((_, place) => (place * 7) % 40);
  const recipe = /** @type {const} */ ({ from: "data", count: 6, candidates: 3 });
  const pairs = pick(classes, points, recipe, 0);
  assert.equal(pairs.length, 6);
  for (const { best, worst } of pairs) {
    assert.equal(classes[best], classes[worst]);
    assert.ok(points[best] > points[worst]);
  }
  assert.equal(new Set(pairs.flatMap(({ best, worst }) => [best, worst])).size, 12, "none comes twice");
  const next = pick(classes, points, recipe, 1);
  assert.notDeepEqual(next, pairs);
  assert.deepEqual(pick(classes, classes.map(() => 1), recipe, 0), [], "alike, they make no pair");
  assert.deepEqual(pick([], [], recipe, 0), []);
});

test("errors by timestep say how far the policy is below its reference", () => {
  const side = (/** @type {number} */ own, /** @type {number} */ other) => ({ policy: Float32Array.of(own), reference: Float32Array.of(other) });
  const { columns, values } = errorRows({ timesteps: Uint32Array.of(62), chosen: side(0.25, 0.5), rejected: side(1, 0.75) });
  assert.equal(values[columns.indexOf("gain_chosen")], 0.25);
  assert.equal(values[columns.indexOf("gain_rejected")], -0.25);
});

const method = (/** @type {string} */ name, /** @type {object} */ needs = {}, /** @type {object[]} */ hyperparameters = []) =>
  /** @type {any} */ ({ name, title: name, needs: { chosen: true, rejected: true, draws: false, ...needs }, hyperparameters });
const CATALOGUE = /** @type {any} */ ({
  methods: [
    method("diffusion_dpo", {}, [{ name: "beta", default: 200, min: 0.1, max: 10_000 }]),
    method("reward_weighted", { draws: true, judge: "rewards" }, [{ name: "beta", default: 0.1, min: 0.001, max: 10 }]),
    { ...method("consistency"), oneStep: true },
  ],
  sampling: [{ name: "sampling_steps", default: 20, min: 1, max: 1000 }],
  training: [{ name: "learning_rate", default: 1e-4, min: 1e-6, max: 0.1 }],
  metrics: [],
});
const pair = (/** @type {number} */ id) => ({ id, class: 3, chosen: Float32Array.of(1), rejected: Float32Array.of(-1) });

function opened() {
  let state = reduce(INITIAL, { type: "event", event: { type: "catalogue", catalogue: CATALOGUE } });
  state = reduce(state, { type: "opening" });
  const { number: session } = state.session;
  state = reduce(state, { type: "event", event: { type: "made", session, pairs: [pair(0), pair(1), pair(2)] } });
  return reduce(state, { type: "event", event: { type: "started", session, engine: "CPU", shape: IMAGES } });
}

test("samples of a method that learns to draw in one step are drawn in one", () => {
  const steps = (/** @type {string[]} */ ...methods) =>
    methods.reduce((state, method) => reduce(state, { type: "method", method }), opened()).settings.sampler.steps;
  assert.equal(steps("consistency"), 1);
  assert.equal(steps("consistency", "diffusion_dpo"), INITIAL.settings.sampler.steps);
  const set = reduce(opened(), { type: "sampler", change: { steps: 7 } });
  assert.equal(reduce(set, { type: "method", method: "reward_weighted" }).settings.sampler.steps, 7, "what was set stays");
});

test("numbers suit the scenario until they are set, each scenario's own", () => {
  let state = opened();
  const usual = SCENARIOS[0].values;
  assert.equal(currentValues(state).learning_rate, usual.learning_rate);
  assert.equal(currentValues(state).beta, usual.beta ?? 200);
  assert.equal(currentValues(state).sampling_steps, undefined, "it draws nothing to learn from");
  assert.equal(currentValues(reduce(state, { type: "method", method: "reward_weighted" })).beta, 0.1, "what suits others is out of its range");
  state = reduce(state, { type: "value", name: "beta", value: 7 });
  assert.equal(currentValues(state).beta, 7);
  assert.notEqual(currentValues(reduce(state, { type: "scenario", scenario: "upright" })).beta, 7);
  state = reduce(state, { type: "rule", rule: "slanted" });
  assert.equal(currentRule(state), "slanted");
  assert.equal(currentRule(reduce(state, { type: "scenario", scenario: "upright" })), "upright");
});

test("pairs are edited, and every change can be undone", () => {
  let state = opened();
  const ids = state.pairs.map(({ id }) => id);
  assert.equal(state.selected, ids[0]);
  state = reduce(state, { type: "swap", id: ids[1] });
  assert.deepEqual(state.pairs[1].chosen, Float32Array.of(-1));
  state = reduce(state, { type: "delete", id: ids[0] });
  assert.equal(state.selected, ids[1], "what took its place is selected");
  state = reduce(state, { type: "add", pair: pair(0) });
  assert.equal(new Set(state.pairs.map(({ id }) => id)).size, 3);
  state = reduce(state, { type: "replace", pairs: [pair(0)] });
  assert.equal(state.pairs.length, 1);
  for (let edit = 0; edit < 4; edit++) state = reduce(state, { type: "undo" });
  assert.deepEqual(state.pairs, state.original);
  assert.equal(reduce(state, { type: "undo" }).pairs, state.pairs);
});

test("what an earlier run tells is dropped, and samples become a row of what the rule gives", () => {
  let state = opened();
  const { number: session } = state.session;
  const points = { policy: Float32Array.of(0.5, 0.25, 0.25, 1), reference: Float32Array.of(0.25, 0.25, 0.5, 0) };
  const samples = { step: 3, classes: Uint32Array.of(0, 1, 2, 3), policy: new Float32Array(256), reference: new Float32Array(256), points };
  assert.equal(reduce(state, { type: "event", event: { type: "samples", session: session - 1, ...samples } }).samples, null);
  state = reduce(state, { type: "event", event: { type: "samples", session, ...samples } });
  const row = samplesRow(samples);
  assert.deepEqual(row && [POLICY_POINTS, REFERENCE_POINTS, SAMPLE_WINS].map((name) => row.values[row.columns.indexOf(name)]), [0.5, 0.25, 0.625]);
  assert.equal(state.pointsHistory.length, 1);
  assert.match(drawnSentence(state), /^Share of ink: policy 0\.500, reference 0\.250 \(\+0\.250\)\..*in 63 % of cases\. 4 samples each, at step 3\.$/);
  assert.equal(samplesRow({ ...samples, points: null }), null);
  assert.equal(reduce(state, { type: "restarting" }).pointsHistory.length, 0);
});

test("a person who judges is waited for, and an answered question does not come again", () => {
  let state = reduce(opened(), { type: "method", method: "reward_weighted" });
  assert.equal(awaitsPerson(state), false);
  state = reduce(state, { type: "judge-kind", judgeKind: "person" });
  assert.equal(awaitsPerson(state), true);
  const { number: session } = state.session;
  const question = (/** @type {number} */ id) => ({ id, class: 1, first: Float32Array.of(0), second: Float32Array.of(1) });
  const asked = (/** @type {number} */ compared) => {
    state = reduce(state, { type: "event", event: { type: "questions", session, questions: [question(0), question(1)], compared } });
  };
  asked(0);
  assert.equal(currentOffer(state), state.person.questions[0]);
  state = reduce(state, { type: "answer", id: 0 });
  asked(1);
  assert.deepEqual(state.person.questions.map(({ id }) => id), [1]);
  assert.equal(awaitsPerson(state), false);
});

test("the status says where training stands, and which checkpoint an update learnt against", () => {
  let state = opened();
  assert.equal(statusSentence(state), "Ready at step 0.");
  const { number: session } = state.session;
  const rows = (/** @type {number} */ checkpoint) => ({ columns: ["loss", "rewards/margins", "rewards/accuracies", "checkpoint"], values: Float32Array.of(0.5, 1.25, 0.75, checkpoint) });
  assert.equal(checkpointOf(state), undefined);
  state = reduce(state, { type: "event", event: { type: "measured", session, rate: 20, steps: Uint32Array.of(40), ...rows(30) } });
  assert.equal(checkpointOf(state), 30);
  state = reduce(state, { type: "event", event: { type: "evaluated", session, steps: Uint32Array.of(40), ...rows(NaN) } });
  assert.equal(statusSentence(state), "Paused at step 40: loss 0.500, margin 1.25, accuracy 75 %.");
});

test("a checkpoint that denoises the winner better has its sample flipped, as the options say", () => {
  const [sign, indicator, off] = [0, 1, 2].map((flip) => ({ flip, direction: 0, at_zero: 0 }));
  assert.equal(anchorOf(0.1, sign), "rejected");
  assert.equal(anchorOf(-0.1, sign), "chosen");
  assert.equal(anchorOf(-0.1, indicator), "left out");
  assert.equal(anchorOf(-0.1, off), "rejected");
  assert.equal(anchorOf(-0.1, { ...sign, direction: 1 }), "rejected");
  assert.equal(anchorOf(0, sign), "left out");
  assert.equal(anchorOf(0, { ...sign, at_zero: 1 }), "rejected");
  assert.equal(anchorOf(-0.1, { beta: 200 }), "rejected", "SPIN-Diffusion never flips");
});

test("commands are checked where they arrive", () => {
  const command = { type: "pairs", pairs: [pair(1)] };
  assert.equal(readCommand(command), command);
  for (const until of [undefined, 20]) assert.deepEqual(readCommand({ type: "run", until }), { type: "run", until });
  assert.throws(() => readCommand({ type: "run", until: "20" }), /unfit until/);
  assert.throws(() => readCommand({ type: "pairs", pairs: [{ ...pair(1), chosen: [1] }] }), /unfit pairs/);
  assert.throws(() => readCommand({ type: "sampler", sampler: { steps: NaN, guidance: 1, eta: 0, seed: 1 } }), /unfit sampler/);
  assert.throws(() => readCommand({ type: "answer", id: 1, preferred: "third" }), /unfit preferred/);
  assert.throws(() => readCommand({ type: "field", field: { shown: true, timestep: 1, class: "any" } }), /unfit field/);
});
