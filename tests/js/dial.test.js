import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { createBackoff } from "../../static/js/backoff.js";
import { dial, hangUp } from "../../static/js/dial.js";
import { sockets } from "./fakes/socket.io.js";
import { createSleep, settle } from "./stage.js";

beforeEach(() => (sockets.length = 0));

function setUp(more) {
  const time = createSleep();
  const stop = new AbortController();
  let calls = 0;
  const backoff = createBackoff({ random: () => 0.5 });
  const socket = dial("/demos/web-socket", {
    signal: stop.signal,
    sleep: time.sleep,
    backoff,
    calling: () => (calls += 1),
    ...more,
  });
  return { socket, time, stop, calls: () => calls };
}

for (const reason of ["transport close", "ping timeout", "forced close", "io server disconnect"]) {
  test(`calls again by itself after "${reason}"`, async () => {
    const { socket, time, calls } = setUp();
    socket.accept();
    socket.lose(reason);
    assert.deepEqual([calls(), socket.attempts, time.waits()], [1, 1, [500]]);
    await time.pass();
    assert.deepEqual([calls(), socket.attempts], [2, 2]);
  });
}

test("backs off longer and longer while nobody answers", async () => {
  const { socket, time } = setUp();
  for (let i = 0; i < 6; i++) {
    socket.refuse("websocket error");
    await time.pass();
  }
  assert.deepEqual(time.slept, [500, 1000, 2000, 4000, 6400, 6400]);
});

test("a server that only accepts and hangs up is not called more often for that", async () => {
  const { socket, time } = setUp();
  for (let i = 0; i < 3; i++) {
    socket.accept();
    socket.lose("io server disconnect");
    await time.pass();
  }
  assert.deepEqual(time.slept, [500, 1000, 2000]);
});

test("once something was heard, the next loss is a first one", async () => {
  const { socket, time } = setUp();
  socket.refuse("websocket error");
  await time.pass();
  socket.accept();
  socket.send("batch", {});
  socket.lose("transport close");
  assert.deepEqual(time.slept, [500, 500]);
});

test("two signs of one loss are one call", async () => {
  const { socket, time, calls } = setUp();
  socket.accept();
  socket.lose("transport error");
  socket.refuse("transport error");
  assert.deepEqual(time.waits(), [500]);
  await time.pass();
  assert.equal(calls(), 2);
});

test("a silence is a loss; each sign of life begins it anew", async () => {
  const { socket, time, calls } = setUp({ silence: 10_000 });
  socket.accept();
  assert.deepEqual(time.waits(), [10_000]);
  socket.send("batch", {});
  await settle();
  assert.deepEqual([time.waits(), time.slept], [[10_000], [10_000, 10_000]]);
  await time.pass();
  assert.equal(socket.connected, false);
  assert.deepEqual(time.waits(), [500]);
  await time.pass();
  assert.equal(calls(), 2);
});

test("hanging up is a loss, too", async () => {
  const { socket, time } = setUp();
  socket.accept();
  hangUp(socket);
  assert.deepEqual([socket.connected, time.waits()], [false, [500]]);
});

test("aborted it closes and does not call again, whatever it was doing", async () => {
  const live = setUp({ silence: 10_000 });
  live.socket.accept();
  const waiting = setUp();
  waiting.socket.refuse("websocket error");
  for (const { stop, socket, time, calls } of [live, waiting]) {
    stop.abort();
    await settle();
    assert.deepEqual([socket.connected, time.waits(), calls()], [false, [], 1]);
  }
});
