import assert from "node:assert/strict";
import { test } from "node:test";
import { createStore } from "../../www/app/store.js";

/** @param {number} state @param {number} action */
const add = (state, action) => state + action;

test("listeners see each new state and the one before it", () => {
  const store = createStore(add, 1);
  /** @type {number[][]} */
  const seen = [];
  store.subscribe((state, previous) => seen.push([previous, state]));
  store.dispatch(2);
  store.dispatch(0);
  store.dispatch(3);
  assert.deepEqual(seen, [[1, 3], [3, 6]]);
});

test("a watcher renders at once, then only when its part changes", () => {
  const store = createStore(add, 0);
  /** @type {boolean[]} */
  const rendered = [];
  store.watch((state) => state >= 10, (large) => rendered.push(large));
  for (const step of [4, 4, 4, 4]) store.dispatch(step);
  assert.deepEqual(rendered, [false, true]);
});

test("an action dispatched by a listener waits for the other listeners", () => {
  const store = createStore(add, 0);
  /** @type {number[]} */
  const seen = [];
  store.subscribe((state) => {
    if (state === 1) store.dispatch(10);
  });
  store.subscribe((state) => seen.push(state));
  store.dispatch(1);
  assert.deepEqual(seen, [1, 11]);
});
