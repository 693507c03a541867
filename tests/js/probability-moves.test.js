import assert from "node:assert/strict";
import { test } from "node:test";
import { probabilityMoves } from "../../www/app/probability-moves.js";

const ANSWERS = [
  { text: "anna", policy: 0.5, reference: 0.1 },
  { text: "bert", policy: 0.1, reference: 0.4 },
  { text: "carl", policy: 0.05, reference: 0.15 },
  { text: "dora", policy: 0.15, reference: 0.1 },
  { text: "emil", policy: 0.05, reference: 0.05 },
];
const OPEN = { policy: 0.15, reference: 0.2 };

test("those that moved most are listed, most first", () => {
  const { gained, lost, others } = probabilityMoves(ANSWERS, OPEN, 1);
  assert.deepEqual(gained.map(({ text }) => text), ["anna"]);
  assert.deepEqual(lost.map(({ text }) => text), ["bert"]);
  assert.equal(others.count, 3);
});

test("what did not move is neither gained nor lost", () => {
  const { gained, lost, others } = probabilityMoves(ANSWERS, OPEN, 9);
  assert.deepEqual(gained.map(({ text }) => text), ["anna", "dora"]);
  assert.deepEqual(lost.map(({ text }) => text), ["bert", "carl"]);
  assert.deepEqual(others, { count: 1, policy: 0.05, reference: 0.05 });
});

test("all changes add up to nothing", () => {
  for (const most of [0, 1, 2, 9]) {
    const { gained, lost, others, open } = probabilityMoves(ANSWERS, OPEN, most);
    const listed = [...gained, ...lost].reduce((sum, { change }) => sum + change, 0);
    const all = listed + others.policy - others.reference + open.policy - open.reference;
    assert.ok(Math.abs(all) < 1e-12, `${all} with ${most} listed`);
  }
});
