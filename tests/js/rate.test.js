import assert from "node:assert/strict";
import { test } from "node:test";
import { Rate } from "../../www/worker/rate.js";

/** @param {Rate} rate @param {number} updates */
const count = (rate, updates) => {
  for (let made = 0; made < updates; made++) rate.count();
};

test("a rate is that of the last while, and stays until the next one is over", () => {
  const rate = new Rate();
  rate.restart(1000);
  count(rate, 30);
  assert.deepEqual([rate.renew(1400), rate.perSecond], [false, 0], "too soon to tell");
  count(rate, 30);
  assert.deepEqual([rate.renew(2000), rate.perSecond], [true, 60]);
  count(rate, 20);
  assert.deepEqual([rate.renew(2400), rate.perSecond], [false, 60]);
  assert.deepEqual([rate.renew(3000), rate.perSecond], [true, 20]);
});

test("it counts from a restart on: nothing of the run before is in it", () => {
  const rate = new Rate();
  count(rate, 60);
  rate.renew(1000);
  count(rate, 60);
  rate.restart(1400);
  assert.equal(rate.perSecond, 0);
  count(rate, 1);
  assert.deepEqual([rate.renew(1600), rate.perSecond], [false, 0]);
  assert.deepEqual([rate.renew(2400), rate.perSecond], [true, 1]);
});
