import assert from "node:assert/strict";
import { test } from "node:test";
import { ScoreRounds } from "../../www/worker/score-rounds.js";

/** A session that scores a pair by its id, and tells what it was asked. */
function session() {
  /** @type {number[][]} */
  const asked = [];
  const scorePairs = async (/** @type {Uint32Array} */ ids) => {
    asked.push([...ids]);
    return [...ids].map((id) => ({ id, margin: id }));
  };
  return { asked, session: /** @type {any} */ ({ scorePairs }) };
}
const ids = (/** @type {number} */ count) => new Set(Array.from({ length: count }, (_, id) => id));

test("a round goes over all pairs, some at a time, and is told as a whole at its end", async () => {
  const { asked, session: of } = session();
  const rounds = new ScoreRounds();
  const first = await rounds.score(of, ids(300), true);
  assert.deepEqual([first.scores.length, first.all, first.more], [256, false, true]);
  const second = await rounds.score(of, ids(300), true);
  assert.deepEqual([second.scores.length, second.all, second.more], [300, true, false]);
  assert.deepEqual(asked.map(({ length }) => length), [256, 44]);
});

test("a round that was disturbed on its way is none: another follows", async () => {
  const { session: of } = session();
  const rounds = new ScoreRounds();
  await rounds.score(of, ids(300), true);
  rounds.disturb();
  const disturbed = await rounds.score(of, ids(300), true);
  assert.deepEqual([disturbed.scores.length, disturbed.all, disturbed.more], [44, false, true]);
  await rounds.score(of, ids(300), true);
  assert.equal((await rounds.score(of, ids(300), true)).all, true);
});

test("an edited pair answers first while the run goes on, and pairs that are gone are not asked for", async () => {
  const { asked, session: of } = session();
  const rounds = new ScoreRounds();
  rounds.edit(7);
  rounds.edit(1000);
  assert.ok(rounds.isEdited(7));
  const edited = await rounds.score(of, ids(10), true);
  assert.deepEqual([asked, edited.all, edited.more], [[[7]], false, true]);
  assert.equal((await rounds.score(of, ids(10), true)).all, true);
  rounds.edit(3);
  assert.deepEqual((await rounds.score(of, ids(10), false)).scores.length, 10, "at rest all are scored anyway");
});
