import assert from "node:assert/strict";
import { test } from "node:test";
import { createDelays } from "../../static/js/delays.js";

const AHEAD = 1e9; // ms by which the server's clock is ahead of performance.now()

function clocked(uncertainty = 1) {
  return { at: (t) => t + AHEAD, uncertainty };
}

/** An event that happened `ms` after the page began. */
const event = (ms) => ({ id: 1, at: AHEAD + ms, kind: "sale", data: {} });

test("a delay is from the event, by the server's clock, to its painting", () => {
  const delays = createDelays(clocked());
  assert.deepEqual(delays.take([event(100), event(130)], 150), [50, 20]);
  assert.equal(delays.last(), 20);
});

test("the median and p95 are ranks of the last hundred", () => {
  const delays = createDelays(clocked());
  delays.take([event(0)], 5_000);
  delays.take(Array.from({ length: 100 }, (_, i) => event(1_000 - i)), 1_001);
  assert.equal(delays.list().length, 100);
  assert.deepEqual([delays.median(), delays.p95(), delays.last()], [50, 95, 100]);
});

test("what came while the page was hidden is not timed", () => {
  const delays = createDelays(clocked());
  assert.deepEqual(delays.take([event(100)], null), [null]);
  assert.deepEqual([delays.last(), delays.median(), delays.p95()], [null, null, null]);
});

test("what happened before it began to count is not timed, what happens after is", () => {
  const delays = createDelays(clocked());
  delays.fromNow();
  const now = performance.now();
  assert.deepEqual(delays.take([event(now - 1_000)], now), [null]);
  assert.equal(delays.take([event(now + 1_000)], now + 1_500)[0], 500);
});

test("nothing is timed before the server's clock is known", () => {
  assert.deepEqual(createDelays(clocked(Infinity)).take([event(100)], 150), [null]);
});

test("a clock that is a little wrong makes no delay below nothing", () => {
  assert.deepEqual(createDelays(clocked()).take([event(150.4)], 150), [0]);
});
