/** A server whose clock is 90 s ahead, over a way that takes what the test says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClock } from "../../static/js/clock.js";
import { LineError } from "../../static/js/problem.js";
import { createSleep, problem, settle } from "./stage.js";

const AHEAD = 90_000; // ms

function setUp() {
  const time = createSleep();
  const world = { t: 1_000, ahead: AHEAD, up: 5, down: 5, cut: false, sent: 0 };
  const timer = { timeOrigin: 1_700_000_000_000, now: () => world.t };

  async function send(name) {
    assert.equal(name, "clock");
    world.sent += 1;
    if (world.cut) throw new LineError(problem(0, "No connection"));
    world.t += world.up;
    const at = timer.timeOrigin + world.t + world.ahead;
    world.t += world.down;
    return { ok: true, at };
  }

  return { world, time, timer, clock: createClock({ send }, { timer, sleep: time.sleep }) };
}

/** Let a whole round go by, to the wait for the next. */
async function round(time) {
  for (let i = 0; i < 5; i++) await time.pass();
}

test("knows nothing before it starts, and says so", () => {
  const { clock, timer, world } = setUp();
  assert.deepEqual([clock.offset, clock.uncertainty], [0, Infinity]);
  assert.equal(clock.now(), timer.timeOrigin + world.t);
});

test("finds the offset, give or take half of the round trip", async () => {
  const { clock } = setUp();
  clock.start();
  await settle();
  assert.deepEqual([clock.offset, clock.uncertainty], [AHEAD, 5]);
});

test("tells the server's time now, and at any moment of performance.now()", async () => {
  const { clock, timer, world } = setUp();
  clock.start();
  await settle();
  assert.equal(clock.at(500), timer.timeOrigin + 500 + AHEAD);
  assert.equal(clock.now(), clock.at(world.t));
});

test("an uneven way misleads it by no more than its uncertainty", async () => {
  const { clock, world } = setUp();
  Object.assign(world, { up: 2, down: 300 });
  clock.start();
  await settle();
  const wrong = Math.abs(clock.offset - AHEAD);
  assert.ok(wrong > 0 && wrong <= clock.uncertainty, `${wrong} is beyond ${clock.uncertainty}`);
});

test("believes the quickest of a round's trips", async () => {
  const { clock, world, time } = setUp();
  for (const way of [80, 200, 4, 60, 90]) {
    Object.assign(world, { up: way, down: way });
    if (world.sent) await time.pass();
    else clock.start();
    await settle();
  }
  assert.equal(world.sent, 5);
  assert.equal(clock.uncertainty, 4);
});

test("asks five times, then every 15 s", async () => {
  const { clock, world, time } = setUp();
  clock.start();
  await settle();
  await round(time);
  assert.equal(world.sent, 5);
  assert.deepEqual(time.waits(), [15_000]);
  await time.pass();
  assert.equal(world.sent, 6);
});

test("asks again soon while nobody answers", async () => {
  const { clock, world, time } = setUp();
  world.cut = true;
  clock.start();
  await settle();
  await round(time);
  assert.deepEqual(time.waits(), [500]);
  world.cut = false;
  await time.pass();
  assert.equal(clock.offset, AHEAD);
});

test("forgets what a newer trip contradicts: a clock was set", async () => {
  const { clock, world, time } = setUp();
  clock.start();
  await settle();
  await round(time);
  Object.assign(world, { ahead: AHEAD + 60_000, up: 40, down: 40 });
  await time.pass();
  assert.deepEqual([clock.offset, clock.uncertainty], [AHEAD + 60_000, 40]);
});

test("forgets old trips after about a minute, for clocks drift", async () => {
  const { clock, world, time } = setUp();
  clock.start();
  await settle();
  Object.assign(world, { up: 20, down: 20 });
  for (let i = 0; i < 3; i++) {
    await round(time);
    await time.pass();
  }
  assert.equal(clock.uncertainty, 5);
  await round(time);
  await time.pass();
  assert.equal(clock.uncertainty, 20);
});

test("stopped it asks no more; started twice it asks once", async () => {
  const { clock, world, time } = setUp();
  clock.start();
  clock.start();
  await settle();
  assert.equal(world.sent, 1);
  clock.stop();
  await settle();
  assert.deepEqual([world.sent, time.waits()], [1, []]);
});
