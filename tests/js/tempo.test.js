import assert from "node:assert/strict";
import { test } from "node:test";
import { Tempo } from "../../www/worker/tempo.js";

test("a speed is held, at whatever moments the next update is asked for", () => {
  const tempo = new Tempo();
  tempo.set(10, 0);
  let made = 0;
  for (let now = 0; now < 5000; now += 7) {
    if (tempo.wait(now) > 0) continue;
    tempo.count();
    made++;
  }
  assert.equal(made, 50);
});

test("it says how long to wait, and a change counts at once", () => {
  const tempo = new Tempo();
  tempo.set(1, 0);
  assert.equal(tempo.wait(0), 0);
  tempo.count();
  assert.equal(tempo.wait(250), 750);
  tempo.set(0, 250);
  assert.equal(tempo.wait(250), 0);
});

test("what a busy machine has missed is not made up for", () => {
  const tempo = new Tempo();
  tempo.set(10, 0);
  tempo.count();
  assert.equal(tempo.wait(60_000), 0);
  tempo.count();
  assert.equal(tempo.wait(60_000), 100);
});
