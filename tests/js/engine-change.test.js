import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineChange } from "../../www/worker/engine-change.js";

/** A run on the processor, in a core whose engines are ready, or are not to be had, when the test says so. */
function open() {
  /** @typedef {(done: number, all: number) => void} Progress */
  /** @type {{ choice: string, graphs: string, progress: Progress, ready: (engine: object) => void, refuse: (error: unknown) => void }[]} */
  const asked = [];
  const wasm = {
    PreparedEngine: {
      open: (/** @type {string} */ choice, /** @type {string} */ graphs, /** @type {Progress} */ progress) =>
        new Promise((ready, refuse) => asked.push({ choice, graphs, progress, ready, refuse })),
    },
  };
  const session = {
    engine: "CPU",
    lost: /** @type {string | undefined} */ (undefined),
    async switchEngine(/** @type {{ name?: string }} */ { name }) {
      if (!name) throw new Error("no room");
      this.engine = name;
    },
    recover() {
      const { lost } = this;
      if (lost) Object.assign(this, { engine: "CPU", lost: undefined });
      return lost;
    },
  };
  const run = { number: 7, session, graphs: () => "graphs" };
  /** What the page and the trainer hear, in its order. @type {unknown[][]} */
  let heard = [];
  const post = (/** @type {import("../../www/worker/engine-change.js").EngineEvent} */ event) => {
    const { type, ...rest } = event;
    heard.push([type, ...Object.values(rest)]);
  };
  const change = new EngineChange(/** @type {any} */ (wasm), post, () => void heard.push(["wake"]), () => /** @type {any} */ (run));
  const changed = () => void heard.push(["changed"]);
  const heardSince = async () => {
    await new Promise(setImmediate);
    const since = heard;
    heard = [];
    return since;
  };
  return {
    asked,
    run,
    change,
    changed,
    heardSince,
    /** The GPU is lost, at so many seconds. */
    lose(/** @type {number} */ seconds) {
      session.lost = "lost";
      return change.recover(1000 * seconds, changed);
    },
  };
}

test("the processor is there already; another engine is made ready while the run goes on, and takes over then", async () => {
  const { asked, run, change, changed, heardSince } = open();
  change.begin("cpu");
  assert.deepEqual([asked.length, change.rest, await heardSince()], [0, 0, []]);

  change.begin("gpu");
  assert.deepEqual([asked[0].choice, asked[0].graphs], ["gpu", "graphs"]);
  assert.ok(change.rest > 0 && change.rest <= 200, "it still trains");
  await change.takeOver(changed);
  asked[0].progress(1, 2);
  run.number = 8;
  asked[0].progress(2, 2);
  assert.deepEqual(await heardSince(), [["preparing", 7, 0, 0], ["preparing", 7, 1, 2], ["preparing", 8, 2, 2]]);

  asked[0].ready({ name: "GPU" });
  assert.deepEqual(await heardSince(), [["wake"]]);
  assert.deepEqual([change.rest, change.ready, change.words], [0, true, "CPU"]);
  await change.takeOver(changed);
  assert.deepEqual([change.ready, await heardSince()], [false, [["engine", 8, "GPU"], ["changed"]]]);
});

test("an engine that cannot be had is told, and the run stays with the one it has", async () => {
  const { asked, change, changed, heardSince } = open();
  change.choose("gpu");
  asked[0].refuse("no adapter");
  const [preparing, engine, failure, ...more] = await heardSince();
  assert.deepEqual([preparing, engine, more], [["preparing", 7, 0, 0], ["engine", 7, "CPU"], []]);
  assert.deepEqual(failure.slice(0, 2), ["failure", "other"]);
  assert.match(String(failure[2]), /stays.*no adapter/i);
  await change.takeOver(changed);
  assert.deepEqual([change.rest, change.ready, await heardSince()], [0, false, []]);
});

test("a change that breaks is a mistake of the run's, and what runs it now is told all the same", async () => {
  const { asked, change, changed, heardSince } = open();
  change.choose("gpu");
  asked[0].ready({});
  await heardSince();
  await assert.rejects(change.takeOver(changed), /no room/);
  assert.deepEqual([change.ready, await heardSince()], [false, [["engine", 7, "CPU"], ["changed"]]]);
});

test("only the engine that was asked for last takes over; the others are freed, and all with the run", async () => {
  const { asked, change, heardSince } = open();
  change.choose("gpu");
  change.choose("automatic");
  await heardSince();
  let freed = 0;
  const free = () => freed++;
  asked[0].progress(1, 2);
  asked[0].ready({ free });
  assert.deepEqual([await heardSince(), freed, change.ready], [[], 1, false]);
  assert.ok(change.rest > 0, "the second is still awaited");
  change.drop();
  assert.equal(change.rest, 0);
  asked[1].ready({ free });
  assert.deepEqual([await heardSince(), freed, change.ready], [[], 2, false]);

  change.choose("gpu");
  asked[2].ready({ free });
  await heardSince();
  change.drop();
  assert.deepEqual([freed, change.ready], [3, false]);
});

test("a lost GPU is made ready again, but not one that is lost again within a minute", async () => {
  const { asked, change, changed, heardSince, lose } = open();
  change.choose("gpu");
  await heardSince();
  assert.equal(change.recover(0, changed), undefined, "it is not lost");
  const goesOn = [["engine", 7, "CPU"], ["changed"]];
  const again = [...goesOn, ["preparing", 7, 0, 0]];
  assert.equal(lose(100), "lost");
  assert.deepEqual([await heardSince(), asked.length, asked[1].choice], [again, 2, "gpu"]);
  assert.equal(lose(159), "lost");
  assert.deepEqual([await heardSince(), asked.length], [goesOn, 2]);
  lose(218);
  assert.deepEqual(await heardSince(), goesOn, "it is the last loss that counts");
  lose(279);
  assert.deepEqual([await heardSince(), asked.length], [again, 3]);
});
