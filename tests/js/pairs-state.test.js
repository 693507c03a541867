import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_PAST, openedPairs, reducePairs, sameText, textOf } from "../../www/app/pairs-state.js";

/** @typedef {import("../../www/app/pairs-state.js").PairsAction} PairsAction */
/** @typedef {import("../../www/app/pairs-state.js").PairsState} PairsState */

const text = (/** @type {string} */ chosen, more = {}) => ({ prompt: "p", chosen, rejected: "r", ...more });
/** Three pairs, with ids 1 to 3. */
const opened = openedPairs([text("a"), text("b"), text("c")], 1);

/** @type {(actions: PairsAction[], state?: PairsState) => PairsState} */
const after = (actions, state = opened) => actions.reduce(reducePairs, state);
const ids = (/** @type {PairsState} */ state) => state.pairs.map(({ id }) => id);
const chosen = (/** @type {PairsState} */ state) => state.pairs.map((pair) => pair.chosen);
/** @type {(id: number, text: string, field?: "prompt" | "chosen" | "rejected") => PairsAction} */
const edit = (id, text, field = "chosen") => ({ type: "edit", id, field, text });
/** @type {PairsAction} */
const undo = { type: "undo" };
/** @type {PairsAction} */
const redo = { type: "redo" };

test("every edit can be undone and done again", () => {
  /** @type {PairsAction[]} */
  const edits = [
    edit(1, "x"),
    { type: "add" },
    { type: "duplicate", id: 2 },
    { type: "delete", id: 3 },
    { type: "swap", id: 2 },
    { type: "move", id: 2, by: -1 },
    { type: "weigh", id: 1, weight: 3 },
    { type: "enable", id: 1, enabled: false },
    { type: "fill", id: 4, field: "chosen", text: "drawn" },
    { type: "flip", ids: [1, 2] },
    { type: "append", pairs: [text("n")] },
    { type: "replace", pairs: [text("only")], doing: "restoring" },
  ];
  const states = edits.reduce((all, action) => [...all, reducePairs(all[all.length - 1], action)], [opened]);
  let state = states[states.length - 1];
  for (let place = states.length - 2; place >= 0; place--) {
    state = after([undo], state);
    assert.deepEqual(state.pairs, states[place].pairs, edits[place].type);
  }
  assert.equal(after([undo], state), state, "nothing is left to undo");
  for (let place = 1; place < states.length; place++) {
    state = after([redo], state);
    assert.deepEqual(state.pairs, states[place].pairs, edits[place - 1].type);
  }
  assert.equal(after([redo], state), state, "nothing is left to redo");
});

test("a new edit forgets what could have been done again", () => {
  const state = after([{ type: "delete", id: 1 }, undo, edit(2, "y")]);
  assert.deepEqual([state.future, chosen(after([redo], state))], [[], ["a", "y", "c"]]);
});

test("what is typed into one field is one edit, until the field is left", () => {
  const typed = after([edit(1, "an"), edit(1, "ann"), edit(1, "anna")]);
  assert.equal(typed.past.length, 1);
  assert.deepEqual(chosen(after([undo], typed)), ["a", "b", "c"]);
  const two = after([{ type: "settle" }, edit(1, "anna b")], typed);
  assert.deepEqual(chosen(after([undo], two)), ["anna", "b", "c"]);
  const other = after([edit(1, "q", "prompt"), edit(2, "bo")], typed);
  assert.deepEqual([other.past.length, other.past.map(({ doing }) => doing)], [3, ["typing", "typing", "typing"]]);
  const weighed = after([{ type: "weigh", id: 1, weight: 2 }, { type: "weigh", id: 1, weight: 25 }]);
  assert.deepEqual([weighed.past.length, weighed.pairs[0].weight], [1, 10], "a weight is at most 10");
});

test("what is typed and deleted again leaves nothing to undo", () => {
  const state = after([edit(1, "ab"), edit(1, "a")]);
  assert.deepEqual([state.past.length, state.pairs], [0, opened.pairs]);
});

test("Undo goes back only so far", () => {
  const flips = Array.from({ length: MOST_PAST + 5 }, () => /** @type {PairsAction} */ ({ type: "swap", id: 1 }));
  const state = after(flips);
  assert.equal(state.past.length, MOST_PAST);
  assert.equal(chosen(after(flips.map(() => undo), state))[0], "r", "an odd number of swaps is left");
});

test("a pair can be duplicated below itself, and an id is never used again", () => {
  const state = after([{ type: "duplicate", id: 2 }]);
  assert.deepEqual([ids(state), chosen(state), state.selected], [[1, 2, 4, 3], ["a", "b", "b", "c"], 4]);
  assert.deepEqual(ids(after([undo, { type: "add" }], state)), [1, 2, 3, 5]);
  assert.deepEqual(ids(after([{ type: "delete", id: 4 }, { type: "add" }], state)), [1, 2, 3, 5]);
});

test("pairs move one place at a time, not beyond the ends", () => {
  assert.deepEqual(ids(after([{ type: "move", id: 1, by: 1 }])), [2, 1, 3]);
  assert.equal(after([{ type: "move", id: 1, by: -1 }]), opened);
  assert.equal(after([{ type: "move", id: 3, by: 1 }]), opened);
});

test("a swap turns the one side that was judged", () => {
  const state = after([{ type: "append", pairs: [{ prompt: "p", chosen: "good", rejected: "", only: "chosen" }] }]);
  const swapped = after([{ type: "swap", id: 4 }], state).pairs[3];
  assert.deepEqual(textOf(swapped), { prompt: "p", chosen: "", rejected: "good", only: "rejected" });
  const filled = after([edit(4, "bad", "rejected")], state).pairs[3];
  assert.deepEqual(textOf(filled), { prompt: "p", chosen: "good", rejected: "bad" });
  assert.equal(after([edit(4, "q", "prompt")], state).pairs[3].only, "chosen");
  const drawn = after([{ type: "fill", id: 4, field: "rejected", text: "bad" }], state).pairs[3];
  assert.equal(drawn.only, undefined);
});

test("a text keeps weight and switch only where they say something", () => {
  assert.deepEqual(textOf({ id: 3, ...text("a"), weight: 1 }), text("a"));
  assert.deepEqual(textOf({ id: 3, ...text("a"), weight: 0, enabled: false }), text("a", { weight: 0, enabled: false }));
  assert.ok(sameText(text("a"), text("a", { weight: 1 })));
  assert.ok(!sameText(text("a"), text("a", { enabled: false })));
  const on = after([{ type: "enable", id: 1, enabled: false }, { type: "enable", id: 1, enabled: true }]);
  assert.deepEqual(textOf(on.pairs[0]), text("a"));
});

test("rewritten pairs keep their ids where their texts are the same", () => {
  const twice = after([{ type: "duplicate", id: 1 }]);
  const state = after([{ type: "replace", doing: "rewriting", pairs: [text("c"), text("a", { weight: 2 }), text("new"), text("a"), text("a")] }], twice);
  assert.deepEqual(ids(state), [3, 1, 5, 4, 6]);
  assert.equal(state.pairs[1].weight, 2);
});

test("deleting all pairs leaves nothing selected; deleting one selects its heir", () => {
  const none = after([1, 2, 3].map((id) => ({ type: "delete", id })));
  assert.deepEqual([none.pairs, none.selected], [[], null]);
  assert.equal(after([{ type: "delete", id: 1 }]).selected, 2);
});
