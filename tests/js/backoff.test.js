import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { createBackoff, sleep } from "../../static/js/backoff.js";

const waits = (random, count = 12) => {
  const backoff = createBackoff({ random: () => random });
  return Array.from({ length: count }, backoff.next);
};

test("the first wait is about half a second, and each is twice the one before", () => {
  assert.deepEqual(waits(0.5, 5), [500, 1000, 2000, 4000, 6400]);
});

test("no wait is longer than 8 s, jitter included, however often it fails", () => {
  assert.equal(Math.max(...waits(1, 100)), 8000);
});

test("no wait is shorter than three eighths of a second", () => {
  assert.equal(Math.min(...waits(0, 100)), 375);
});

test("the jitter does not vanish at the limit", () => {
  assert.notEqual(waits(0.2).at(-1), waits(0.8).at(-1));
});

test("after a reset the next wait is a first one", () => {
  const backoff = createBackoff({ random: () => 0.5 });
  backoff.next();
  backoff.next();
  backoff.reset();
  assert.equal(backoff.next(), 500);
});

test("left to itself it draws at random", () => {
  const backoff = createBackoff();
  const first = Array.from({ length: 20 }, () => (backoff.reset(), backoff.next()));
  assert.ok(new Set(first).size > 1);
  assert.ok(first.every((ms) => ms >= 375 && ms <= 625));
});

test("a sleep ends after its time and leaves nothing behind on the signal", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { signal } = new AbortController();
  let awake = false;
  const slept = sleep(1000, signal).then(() => (awake = true));
  t.mock.timers.tick(999);
  await null;
  assert.equal(awake, false);
  t.mock.timers.tick(1);
  await slept;
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("a sleep ends at once when its signal is aborted, or was before", async () => {
  const stop = new AbortController();
  const slept = sleep(1e6, stop.signal);
  stop.abort();
  await slept;
  await sleep(1e6, stop.signal);
});
