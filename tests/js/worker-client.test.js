import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkerClient } from "../../www/app/worker-client.js";
import { Pacer } from "../../www/worker/pacer.js";

class FakeWorker extends EventTarget {
  /** @type {any[]} */
  sent = [];
  terminated = false;
  postMessage(/** @type {unknown} */ message) {
    this.sent.push(message);
  }
  terminate() {
    this.terminated = true;
  }
  says(/** @type {object} */ data) {
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }
}

function open() {
  /** @type {FakeWorker[]} */
  const workers = [];
  /** @type {any[]} */
  const heard = [];
  const create = () => {
    const worker = new FakeWorker();
    workers.push(worker);
    return /** @type {Worker} */ (/** @type {unknown} */ (worker));
  };
  const client = new WorkerClient(create, (event) => heard.push(event));
  client.start();
  return { client, workers, heard };
}

test("answers find their questions, whatever their order", async () => {
  const { client, workers, heard } = open();
  const [first, second] = [client.parse("a"), client.format([])];
  const [{ ticket: one }, { ticket: two }] = workers[0].sent;
  workers[0].says({ type: "refused", ticket: two, text: "no" });
  workers[0].says({ type: "alarm", session: 1, text: null });
  workers[0].says({ type: "reply", ticket: one, value: "parsed" });
  assert.equal(await first, "parsed");
  await assert.rejects(second, /no/);
  assert.deepEqual(heard.map(({ type }) => type), ["alarm"]);
});

test("a Worker that dies is told of, and can be replaced", async () => {
  const { client, workers, heard } = open();
  const question = client.parse("a");
  workers[0].dispatchEvent(Object.assign(new Event("error", { cancelable: true }), { message: "out of memory" }));
  await assert.rejects(question, /out of memory/);
  assert.equal(heard[0].type, "failure");
  assert.match(heard[0].text, /out of memory.*pairs are kept/);
  assert.ok(workers[0].terminated);
  client.start();
  client.send({ type: "run" });
  assert.deepEqual(workers[1].sent, [{ type: "run" }]);
});

test("side jobs neither come too often nor take more than their share", () => {
  const pacer = new Pacer(100, 0.1);
  assert.ok(pacer.due(0));
  pacer.ran(0, 2);
  assert.ok(!pacer.due(101) && pacer.due(102));
  pacer.ran(102, 152);
  assert.ok(!pacer.due(600) && pacer.due(652));
});
