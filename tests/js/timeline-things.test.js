/** The things of a lane in their order, as the arrow keys and the table go through them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { lastBegun, neighbour, newest, walk } from "../../static/js/timeline/things.js";
import { batch, event, setUp, SHIFT } from "./timeline-stage.js";

function oneRound() {
  const stage = setUp("short-poll", "web-socket");
  const { record, tell } = stage;
  tell("short-poll", "asked", 0, { id: 1 });
  tell("short-poll", "answered", 10, { id: 1, batch: batch([]) });
  tell("web-socket", "opened", 20, { transport: "websocket" });
  tell("web-socket", "pushed", 1_003, { batch: batch([event(1, 1_000)]) });
  record.painted("web-socket", event(1, 1_000), 1_010);
  tell("short-poll", "asked", 5_010, { id: 2 });
  tell("short-poll", "answered", 5_020, { id: 2, batch: batch([event(1, 1_000)]) });
  record.painted("short-poll", event(1, 1_000), 5_030);
  return stage;
}

const kinds = (things) => things.map(({ kind }) => kind);

test("things stand in the order in which they began; an event where it happened", () => {
  const { lane } = oneRound();
  assert.deepEqual(kinds(walk(lane("short-poll"), SHIFT)), ["request", "pause", "sighting", "request", "pause"]);
});

test("a push that brought news is told by its events, an empty one by itself", () => {
  const { tell, lane } = oneRound();
  tell("web-socket", "pushed", 6_003, { batch: batch([]) });
  assert.deepEqual(kinds(walk(lane("web-socket"), SHIFT)), ["connection", "sighting", "push"]);
});

test("the moments between an answer and the next question are nothing to stop at", () => {
  const { tell, lane } = setUp("long-poll");
  tell("long-poll", "asked", 0, { id: 1 });
  tell("long-poll", "answered", 10, { id: 1, batch: batch([]) });
  tell("long-poll", "asked", 12, { id: 2, hold: 25_000 });
  assert.deepEqual(kinds(walk(lane("long-poll"), SHIFT)), ["request", "request"]);
});

test("walks to the next and the one before, and stays at the ends", () => {
  const { lane } = oneRound();
  const things = walk(lane("short-poll"), SHIFT);
  assert.equal(neighbour(lane("short-poll"), things[1], 1, SHIFT), things[2]);
  assert.equal(neighbour(lane("short-poll"), things[1], -1, SHIFT), things[0]);
  assert.equal(neighbour(lane("short-poll"), things[0], -1, SHIFT), things[0]);
  assert.equal(neighbour(lane("web-socket"), things[0], 1, SHIFT), null);
});

test("finds what began last by a moment", () => {
  const { lane } = oneRound();
  assert.equal(lastBegun(lane("short-poll"), 999, SHIFT).kind, "pause");
  assert.equal(lastBegun(lane("short-poll"), -1, SHIFT), null);
});

test("the newest of all lanes come first, at most as many as asked for, and none that began later", () => {
  const { record } = oneRound();
  assert.deepEqual(newest(record, 5_010, SHIFT, 3).map(({ technique, kind }) => `${technique} ${kind}`), [
    "short-poll request", "short-poll sighting", "web-socket sighting",
  ]);
});
