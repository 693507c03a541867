import assert from "node:assert/strict";
import { test } from "node:test";
import { missingSide, pairsInUse, sidesRead } from "../../www/app/pair-sides.js";
import { DEFAULT_SETTINGS, initialState, reduce } from "../../www/app/state.js";

/** @typedef {import("../../www/app/messages.js").PairText} PairText */

const method = (/** @type {string} */ name, /** @type {boolean} */ chosen, /** @type {boolean} */ rejected, more = {}) => ({
  name, title: name, summary: "", source: "", needs: { chosen, rejected, apart: false, draws: false, keeps: false, critic: false, ...more }, hyperparameters: [],
});
const catalogue = {
  methods: [method("dpo", true, true), method("sft", true, false), method("npo", false, true), method("kto", true, true, { apart: true }), method("rloo", false, false, { judge: "rewards" })],
  sampling: [], training: [], metrics: [],
  language: { examples: {}, measured: [], functions: [] },
};
/** @type {PairText[]} */
const PAIRS = [
  { prompt: "", chosen: "a", rejected: "b" },
  { prompt: "", chosen: "c", rejected: "", only: "chosen" },
  { prompt: "", chosen: "", rejected: "d", only: "rejected" },
  { prompt: "", chosen: "e", rejected: "f", enabled: false },
];

/** @param {string} name @param {import("../../www/app/state.js").Action[]} more */
function state(name, ...more) {
  /** @type {import("../../www/app/state.js").Action[]} */
  const actions = [
    { type: "event", event: { type: "catalogue", catalogue: /** @type {any} */ (catalogue) } },
    { type: "scenario", policy: "p", scenario: "s", original: [], heldOut: [], judgements: [], prompt: "", pairs: PAIRS },
    { type: "method", method: name },
    ...more,
  ];
  return actions.reduce(reduce, initialState(DEFAULT_SETTINGS));
}
const used = (/** @type {import("../../www/app/state.js").State} */ of) => pairsInUse(of).map(({ id }) => id);

test("a pair of one side is for methods that read that side, or none", () => {
  assert.deepEqual(used(state("dpo")), [1]);
  assert.deepEqual(used(state("sft")), [1, 2]);
  assert.deepEqual(used(state("npo")), [1, 3]);
  assert.deepEqual(used(state("kto")), [1, 2, 3], "each answer counts by itself");
  assert.deepEqual(used(state("rloo")), [1, 2, 3], "its prompt is enough");
});

test("a judge that learns reads both sides, whatever the method does", () => {
  assert.deepEqual(used(state("rloo", { type: "judge-kind", kind: "learned reward" })), [1]);
});

test("which sides are read is the same object while they are the same", () => {
  assert.equal(sidesRead(state("dpo")), sidesRead(state("dpo")));
  assert.notEqual(sidesRead(state("dpo")), sidesRead(state("sft")));
});

test("a pair that is left out says why", () => {
  const pairs = state("dpo").pairs;
  const said = (/** @type {number} */ index, /** @type {string} */ name) => missingSide(pairs[index], sidesRead(state(name)));
  assert.equal(said(0, "dpo"), null);
  assert.match(said(1, "dpo") ?? "", /no rejected answer.*type or draw one, or choose a method that learns from chosen answers alone/);
  assert.match(said(2, "sft") ?? "", /only a rejected answer/);
  assert.equal(said(2, "npo"), null);
  assert.equal(said(1, "kto"), null);
});
