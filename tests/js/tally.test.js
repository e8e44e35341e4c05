import assert from "node:assert/strict";
import { test } from "node:test";
import { createTally } from "../../static/js/tally.js";

const NEWS = { events: [{ id: 1 }] };
const NONE = { events: [] };

function told(...notices) {
  const tally = createTally();
  for (const notice of notices) tally.notice({ t: 1_000, ...notice });
  return tally;
}

const asked = (id, hold) => ({ kind: "asked", id, hold });
const answered = (id, batch) => ({ kind: "answered", id, batch });
const STARTED = { kind: "started" };

test("it connects, and lives from the first answer on", () => {
  assert.equal(told().state, "stopped");
  assert.equal(told(STARTED, asked(1)).state, "connecting");
  assert.equal(told(STARTED, asked(1), answered(1, NEWS)).state, "live");
});

test("a handshake is a request, and no answer yet", () => {
  const tally = told(STARTED, asked(1), answered(1, null), { kind: "opened", transport: "websocket" });
  assert.deepEqual([tally.state, tally.requests, tally.empty, tally.transport], ["connecting", 1, 0, "websocket"]);
});

test("a batch that comes unasked is life, and never for nothing", () => {
  const tally = told(STARTED, { kind: "opened", transport: "websocket" }, { kind: "pushed", batch: NONE });
  assert.deepEqual([tally.state, tally.empty], ["live", 0]);
});

test("empty answers are counted", () => {
  const tally = told(STARTED, asked(1), answered(1, NONE), asked(2), answered(2, NEWS), asked(3), answered(3, NONE));
  assert.deepEqual([tally.requests, tally.empty], [3, 2]);
});

test("after a failure or a closed socket it retries, until it hears again", () => {
  const failed = told(STARTED, asked(1), { kind: "failed", id: 1 });
  assert.equal(failed.state, "retrying");
  failed.notice({ ...asked(2), t: 2_000 });
  failed.notice({ ...answered(2, NONE), t: 2_000 });
  assert.equal(failed.state, "live");
  assert.equal(told(STARTED, { kind: "opened" }, { kind: "closed" }).state, "retrying");
});

test("what ends after it was stopped changes nothing", () => {
  const tally = told(STARTED, asked(1), { kind: "stopped" }, answered(1, NONE), { kind: "failed", id: 1 }, { kind: "closed" });
  assert.deepEqual([tally.state, tally.empty], ["stopped", 0]);
});

test("after a reset, an answer to what was asked before is not counted", () => {
  const tally = told(STARTED, asked(1));
  tally.reset();
  tally.notice({ ...answered(1, NONE), t: 2_000 });
  assert.deepEqual([tally.requests, tally.empty], [0, 0]);
});

test("it knows the sale up to now while someone waits on the server, else up to the last answer", () => {
  assert.equal(told(STARTED).heardUntil(5_000), 5_000);
  assert.equal(told(STARTED, asked(1), answered(1, NEWS)).heardUntil(5_000), 1_000);
  assert.equal(told(STARTED, asked(1), answered(1, NEWS), asked(2, 25_000)).heardUntil(5_000), 5_000);
  assert.equal(told(STARTED, { kind: "opened" }, { kind: "pushed", batch: NEWS }).heardUntil(5_000), 5_000);
});
