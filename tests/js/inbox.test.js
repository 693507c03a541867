import assert from "node:assert/strict";
import { test } from "node:test";
import { Inbox } from "../../www/worker/inbox.js";

/** @param {EventTarget} scope @param {unknown} data */
const send = (scope, data) => scope.dispatchEvent(Object.assign(new Event("message"), { data }));

test("messages are taken in order, and waiting ends with one", async () => {
  const scope = new EventTarget();
  const inbox = new Inbox(scope);
  assert.ok(inbox.empty);
  setTimeout(() => send(scope, 1), 5);
  await inbox.wait();
  send(scope, 2);
  assert.deepEqual([inbox.take(), inbox.take(), inbox.take()], [1, 2, undefined]);
  send(scope, 3);
  await inbox.wait();
  assert.equal(inbox.take(), 3, "nobody waits where a message is");
  inbox.close();
});

test("waiting may be called off or end by the clock", async () => {
  const inbox = new Inbox(new EventTarget());
  const waiting = inbox.wait();
  inbox.wake();
  await waiting;
  await inbox.wait(1);
  await inbox.breathe();
  assert.ok(inbox.empty);
  inbox.close();
});
