import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readLink, writeLink } from "../../www/app/share/link.js";
import { EXAMPLES } from "../../www/diffusion/own-shape.js";
import { SCENARIOS } from "../../www/diffusion/scenarios.js";
import { CONTROLS, fieldsOf, readShared, withoutUnknown } from "../../www/diffusion/share/fields.js";
import { linkPairs, pairsHere } from "../../www/diffusion/share/link-pairs.js";
import { fitCatalogue, openLink } from "../../www/diffusion/share/open-link.js";
import { sharedNow } from "../../www/diffusion/share/shared-now.js";
import { INITIAL, currentRule, currentValues, methodName, reduce } from "../../www/diffusion/state.js";

/** @typedef {import("../../www/diffusion/share/fields.js").Shared} Shared */

const SAMPLER = { steps: 10, guidance: 1.5, eta: 0.5, seed: 3 };
const OWN = { class: 1, chosen: Float32Array.of(0.1, -2), rejected: Float32Array.of(1 / 3, 0) };
/** @type {Shared} */
const FULL = {
  title: "Lesson 1",
  note: "Look at the region.\nThen press Run.",
  step: 200,
  hidden: ["engine"],
  locked: ["scenario", "rule"],
  scenario: "shape",
  shape: [[[-1, 0.5], [1.23, 0]], [[0, -2]]],
  method: "diffusion_dpo",
  values: { beta: 500 },
  rule: "inside: 0 -3, 3 -3, 3 3.125",
  judgeKind: "person",
  seed: 7,
  engine: "automatic",
  sampler: SAMPLER,
  origin: { rule: "inside: 0 0, 1 0, 0 1", sampler: { ...SAMPLER, steps: 20 } },
  pairs: [2, -1, OWN],
  field: { shown: false, timestep: 640, class: null },
  density: true,
  way: 0,
  view: { tab: "charts", theme: "dark", projector: true },
};
const method = (/** @type {string} */ name) => ({ name, needs: { judge: "rewards", draws: false }, hyperparameters: [{ name: "beta", label: "beta", default: 1, min: 0.1, max: 1000, scale: "log" }] });
const CATALOGUE = /** @type {any} */ ({
  methods: [method("diffusion_dpo"), method("seppo")],
  sampling: [{ name: "sampling_steps", label: "Sampling steps", min: 1, max: 1000, scale: "integer" }, { name: "guidance", label: "Guidance", min: 0, max: 10, scale: "linear" }, { name: "eta", label: "Fresh noise", min: 0, max: 1, scale: "linear" }],
  training: [{ name: "batch_size", label: "Batch", default: 8, min: 1, max: 64, scale: "integer" }],
});

/** @param {Shared} shared */
const link = (shared) => writeLink(fieldsOf(shared));

/** @param {string} fragment */
async function opened(fragment) {
  const { fields, problems } = await readLink(fragment);
  const read = fields ? readShared(fields) : { shared: {}, problems: [] };
  return { shared: read.shared, problems: [...problems, ...read.problems] };
}

test("what a link carries comes back as it was, numbers of samples to the last bit", async () => {
  assert.deepEqual(await opened(await link(FULL)), { shared: FULL, problems: [] });
  assert.deepEqual(withoutUnknown(FULL), { shared: FULL, problems: [] });
  assert.deepEqual(fitCatalogue(FULL, CATALOGUE), { shared: FULL, problems: [] });
});

test("every scenario's own rule and every example of a shape may be in a link", () => {
  for (const { name: scenario, rule } of SCENARIOS) {
    for (const { strokes: shape } of scenario === "shape" ? EXAMPLES : [{ strokes: undefined }]) {
      assert.deepEqual(withoutUnknown({ scenario, rule, ...(shape && { shape }) }).problems, [], scenario);
      if (shape) assert.deepEqual(readShared(fieldsOf({ shape })).problems, []);
    }
  }
});

test("each field is read by itself, and the rest is kept", async () => {
  /** @type {Record<keyof Shared, unknown[]>} */
  const unfit = {
    title: [7, "x".repeat(121), null, {}],
    note: [[], "x".repeat(2001)],
    step: [0, -5, 1e9, "200", 2.5],
    hidden: ["rule", ["policy"], [{}], Array(50).fill("rule")],
    locked: [{}, ["constructor"], ["everything"]],
    scenario: ["", "__proto__", "../x", 3, {}],
    shape: ["", "0 0, x", "0 9", 3, [[[0, 0]]], "x".repeat(40_001), "-2.6 -2.6, 2.6 2.6, ".repeat(200) + "0 0"],
    method: [null, "hasOwnProperty", "<b>"],
    values: [[], { beta: "1" }, { constructor: 1 }],
    rule: [7, "x".repeat(2001)],
    judgeKind: ["jury", 1],
    seed: [-1, 1.5, 2 ** 32, "1"],
    engine: ["tpu", 1, "constructor"],
    sampler: [{}, { ...SAMPLER, steps: 0 }, { ...SAMPLER, eta: "0" }, { ...SAMPLER, seed: 0.5 }, null],
    origin: [{}, { rule: 1, sampler: SAMPLER }, { rule: "thicker" }, "thicker"],
    pairs: ["none", { 0: 1 }, 5],
    field: [{}, { shown: 1, timestep: 0, class: null }, { shown: true, timestep: -1, class: null }, { shown: true, timestep: 0, class: "any" }],
    density: [1, "yes", null],
    way: [-1, 0.5, "0"],
    view: [{ tab: 3 }, { theme: "<b>" }, []],
  };
  for (const [field, values] of Object.entries(unfit)) {
    for (const value of values) {
      const { [/** @type {"scenario"} */ (field)]: _, ...others } = FULL;
      const { shared, problems } = readShared({ ...fieldsOf(others), [field]: value });
      assert.deepEqual(shared, others, `${field}: ${JSON.stringify(value).slice(0, 60)}`);
      assert.equal(problems.length, 1, `${field}: ${problems}`);
    }
  }
  const { shared, problems } = readShared(JSON.parse('{"seed":3,"__proto__":{"polluted":1},"policy":"x"}'));
  assert.deepEqual(shared, { seed: 3 });
  assert.match(problems.join(), /“__proto__”.*“policy”/);
});

test("what is no part of the scenario or of the core is left out and named", () => {
  const told = (/** @type {Shared} */ shared) => withoutUnknown(shared).problems.join("; ");
  assert.match(told({ scenario: "gone" }), /no scenario “gone”/);
  assert.match(told({ scenario: "shape" }), /no scenario “shape”/, "without its lines");
  assert.match(told({ scenario: "half", shape: [[[0, 0]]] }), /its shape: it belongs to another scenario/);
  assert.match(told({ scenario: "thicker", rule: "inside: 0 0, 1 0, 0 1" }), /its rule: it is no rule for these samples/);
  for (const rule of ["thicker", "inside: 0 0, 1 0", "inside: 0x1 0, 1 0, 0 1", "inside: 0 0, 1 0, 0 1e9", "<script>"]) assert.match(told({ scenario: "half", rule }), /no rule for these samples/, rule);
  assert.match(told({ scenario: "half", way: 2, field: { shown: true, timestep: 0, class: 2 } }), /its score field: the policy has 2 classes; its way from noise/);

  const { shared, problems } = fitCatalogue({ method: "seppo", values: { beta: 0.5, batch_size: 2.5, speed: 1 }, sampler: { ...SAMPLER, guidance: 11 }, origin: { rule: "thicker", sampler: SAMPLER } }, CATALOGUE);
  assert.deepEqual(shared, { method: "seppo", values: { beta: 0.5 }, origin: { rule: "thicker", sampler: SAMPLER } });
  assert.match(problems.join("; "), /“Batch”: it is no whole number from 1 to 64; the method has no number “speed”; “Guidance”: it is no number from 0 to 10/);
  const gone = fitCatalogue({ method: "custom", values: { beta: 1 } }, CATALOGUE);
  assert.deepEqual(gone.shared, { values: {} });
  assert.match(gone.problems.join(), /no method “custom”/);
});

const POINTS = { dimensions: 2, classes: 2, timesteps: 1000 };
const made = (/** @type {number} */ id) => ({ id, class: id % 2, chosen: Float32Array.of(id, 0), rejected: Float32Array.of(0, id) });

test("of the scenario's own pairs a link has the places; what is none of this policy's samples is left out", () => {
  const original = [made(0), made(1), made(2)];
  const swapped = { ...made(9), chosen: original[0].rejected, rejected: original[0].chosen, class: 0 };
  const all = linkPairs([original[2], swapped, { ...OWN, id: 7 }], original);
  assert.deepEqual(all, [3, -1, OWN]);
  const { pairs, unfit } = pairsHere(all, original, POINTS);
  assert.equal(unfit, 0);
  assert.deepEqual(pairs.map(({ class: of, chosen }) => [of, ...chosen]), [[0, 2, 0], [0, 0, 0], [1, ...OWN.chosen]]);
  assert.equal(pairsHere([4, -4, { ...OWN, class: 2 }, { ...OWN, chosen: Float32Array.of(1), rejected: Float32Array.of(1) }, 1], original, POINTS).unfit, 4);
  const told = readShared({ pairs: [0, 1.5, "1", null, [0], [0, "!"], [0, "AAAA"], [-1, "AAAAAAAAAAA="], [0, Buffer.from(Float32Array.of(NaN, 1).buffer).toString("base64")], 1] });
  assert.deepEqual(told.shared, { pairs: [1] });
  assert.deepEqual(told.problems, ["9 pairs are no pairs of this scenario's samples"]);
});

/** @type {import("../../www/diffusion/share/shared-now.js").Choice} */
const ALL = { pairs: true, view: null, lesson: {} };

/** A page on which pairs were made, then the rule, the samples' noise and a pair were changed. */
function changed() {
  let state = reduce(INITIAL, { type: "event", event: { type: "catalogue", catalogue: CATALOGUE } });
  state = reduce(state, { type: "scenario", scenario: "half" });
  state = reduce(state, { type: "method", method: "seppo" });
  state = reduce(state, { type: "opening" });
  const { number: session } = state.session;
  state = reduce(state, { type: "event", event: { type: "made", session, pairs: [made(0), made(1)] } });
  state = reduce(state, { type: "event", event: { type: "started", session, engine: "CPU", shape: POINTS } });
  return state;
}

test("a link of the page carries what its pairs were made by only where that has changed", async () => {
  const before = changed();
  assert.equal(sharedNow(before, ALL).origin, undefined);
  assert.equal(sharedNow(before, ALL).pairs, undefined);
  let state = reduce(before, { type: "rule", rule: "inside: 0 0, 1 0, 0 1" });
  state = reduce(state, { type: "value", name: "beta", value: 2 });
  state = reduce(state, { type: "seed", seed: 4 });
  state = reduce(state, { type: "sampler", change: { seed: 5 } });
  state = reduce(state, { type: "delete", id: state.pairs[0].id });
  const now = sharedNow(reduce(state, { type: "opening" }), ALL);
  assert.deepEqual(now.origin, { rule: currentRule(before), sampler: before.settings.sampler }, "opening again makes no other pairs");
  assert.deepEqual(now.pairs, [2]);
  assert.equal(sharedNow(state, { ...ALL, pairs: false }).pairs, undefined);

  // Whoever opens it begins with what the pairs were made by.
  const { initial } = await openLink(await link(now), INITIAL);
  const arrived = reduce(initial, { type: "event", event: { type: "catalogue", catalogue: CATALOGUE } });
  assert.deepEqual([arrived.settings.scenario, methodName(arrived), currentRule(arrived), arrived.settings.seed], ["half", "seppo", currentRule(before), 4]);
  assert.deepEqual(arrived.settings.sampler, before.settings.sampler);
  assert.deepEqual(currentValues(arrived), currentValues(state));
  assert.deepEqual(arrived.notices, []);
});

test("a lesson goes along as it was said, and the engine only where the lesson is about it", async () => {
  const state = reduce(changed(), { type: "engine", engine: "gpu" });
  const now = (/** @type {typeof ALL.lesson} */ lesson) => sharedNow(state, { ...ALL, lesson });
  assert.deepEqual(Object.keys(now({})).filter((field) => ["title", "note", "step", "hidden", "locked", "engine"].includes(field)), []);
  assert.equal(now({ locked: ["seed"] }).engine, undefined);
  assert.equal(now({ locked: ["engine"] }).engine, "gpu");
  const lesson = { title: "Lesson", note: "<b>Look</b>", step: 20, hidden: [...CONTROLS], locked: [...CONTROLS] };
  const { initial, lesson: told } = await openLink(await link(now(lesson)), INITIAL);
  const { title, note, step, hidden, locked } = told;
  assert.deepEqual({ title, note, step, hidden, locked }, lesson);
  assert.equal(initial.settings.engine, "gpu");
  assert.deepEqual(initial.notices, []);
});

test("a link that cannot be read is told and changes nothing", async () => {
  const { initial, shape, lesson } = await openLink("#share=1.<script>", INITIAL);
  assert.deepEqual(initial.settings, INITIAL.settings);
  assert.equal(shape, null);
  assert.deepEqual(lesson, {});
  assert.match(initial.notices[0].text, /This link cannot be opened: it is damaged/);
});

test("any JSON in any field is read or refused, never thrown, and opens as settings that hold together", async () => {
  const field = fc.constantFrom(...Object.keys(FULL), "__proto__", "constructor", "");
  const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(...Object.values(fieldsOf(FULL))));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(field, value), { maxLength: 8 }), async (entries) => {
      const fields = JSON.parse(`{${entries.map(([key, one]) => `${JSON.stringify(key)}:${JSON.stringify(one)}`).join()}}`);
      const { initial, lesson } = await openLink(await writeLink(fields), INITIAL);
      const { title = "", note = "", step = 1, hidden = [], locked = [] } = lesson;
      assert.ok([title, note].every((text) => typeof text === "string") && Number.isInteger(step));
      assert.ok([...hidden, ...locked].every((control) => CONTROLS.includes(control)));
      const { scenario, seed, sampler } = initial.settings;
      assert.ok(SCENARIOS.some(({ name }) => name === scenario));
      assert.ok(Number.isInteger(seed) && Object.values(sampler).every(Number.isFinite));
      assert.ok(Object.values(currentValues(reduce(initial, { type: "event", event: { type: "catalogue", catalogue: CATALOGUE } }))).every(Number.isFinite));
    }),
    { numRuns: 300, seed: 4 },
  );
});
