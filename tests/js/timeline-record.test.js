/** The timeline's record: what is kept of what the lines and the dashboards tell. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { unseen, whoWaits } from "../../static/js/timeline/estimate.js";
import { KINDS, MOST } from "../../static/js/timeline/lane.js";
import { createRecord, KEPT } from "../../static/js/timeline/record.js";
import { batch, event, setUp, SHIFT } from "./timeline-stage.js";

test("in short polling the browser waits from an answer to the next question", () => {
  const { tell, lane } = setUp("short-poll");
  tell("short-poll", "asked", 0, { id: 1 });
  tell("short-poll", "answered", 10, { id: 1, batch: batch([]) });
  tell("short-poll", "asked", 5_000, { id: 2 });
  const waits = [5, 10, 4_999, 5_001].map((t) => whoWaits(lane("short-poll"), t, SHIFT));
  assert.deepEqual(waits, [null, "browser", "browser", null]);
});

test("in long polling the server waits, but not while question and answer travel", () => {
  const { tell, lane } = setUp("long-poll");
  tell("long-poll", "asked", 0, { id: 1 });
  tell("long-poll", "answered", 20, { id: 1, batch: batch([]) });
  tell("long-poll", "asked", 20, { id: 2, hold: 25_000 });
  tell("long-poll", "answered", 3_010, { id: 2, batch: batch([event(1, 3_000)]) });
  const waits = [25, 31, 2_999, 3_005].map((t) => whoWaits(lane("long-poll"), t, SHIFT));
  assert.deepEqual(waits, [null, "server", "server", null]);
});

test("a question that is still held makes the server wait for as long as one looks", () => {
  const { tell, lane } = setUp("long-poll");
  tell("long-poll", "asked", 0, { id: 1, hold: 25_000 });
  assert.equal(whoWaits(lane("long-poll"), 24_000, SHIFT), "server");
});

test("on an open connection the server waits, and once it is closed the browser", () => {
  const { tell, lane } = setUp("web-socket");
  tell("web-socket", "asked", 0, { id: 1 });
  tell("web-socket", "answered", 8, { id: 1, batch: null });
  tell("web-socket", "opened", 9, { transport: "websocket" });
  tell("web-socket", "closed", 100, { reason: "transport close" });
  tell("web-socket", "asked", 600, { id: 2 });
  const waits = [4, 50, 101, 601].map((t) => whoWaits(lane("web-socket"), t, SHIFT));
  assert.deepEqual(waits, [null, "server", "browser", null]);
});

test("a column that stops lets go what is under way, and nobody waits", () => {
  const { tell, lane } = setUp("long-poll", "web-socket");
  tell("long-poll", "asked", 0, { id: 1, hold: 25_000 });
  tell("web-socket", "opened", 0, { transport: "websocket" });
  for (const technique of ["long-poll", "web-socket"]) tell(technique, "stopped", 400);
  assert.equal(lane("long-poll").requests[0].outcome, "let go");
  assert.deepEqual(["long-poll", "web-socket"].map((technique) => whoWaits(lane(technique), 500, SHIFT)), [null, null]);
});

test("an answer to a question that was let go or never asked changes nothing", () => {
  const { tell, lane } = setUp("short-poll");
  tell("short-poll", "asked", 0, { id: 1 });
  tell("short-poll", "stopped", 1);
  tell("short-poll", "answered", 2, { id: 1, batch: batch([event(1, 0)]) });
  tell("short-poll", "answered", 2, { id: 99, batch: batch([event(1, 0)]) });
  assert.equal(lane("short-poll").requests[0].ended, 1);
  assert.equal(lane("short-poll").sightings.length, 0);
});

test("an event that one lane told of is unseen in the others until they paint it", () => {
  const { record, tell, lane } = setUp("short-poll", "web-socket");
  const [one, two] = [event(1, 100), event(2, 200)];
  tell("short-poll", "asked", 0, { id: 1 });
  tell("short-poll", "answered", 5, { id: 1, batch: batch([event(0, 1)]) });
  record.painted("short-poll", event(0, 1), 6);
  for (const happened of [one, two]) tell("web-socket", "pushed", happened.at - SHIFT + 3, { batch: batch([happened]) });
  assert.equal(unseen(record, lane("short-poll"), 1_000, SHIFT), 2);
  tell("short-poll", "asked", 1_000, { id: 2 });
  tell("short-poll", "answered", 1_010, { id: 2, batch: batch([one, two]) });
  for (const happened of [one, two]) record.painted("short-poll", happened, 1_020);
  assert.equal(unseen(record, lane("short-poll"), 1_021, SHIFT), 0);
  assert.equal(unseen(record, lane("short-poll"), 1_000, SHIFT), 2, "it still was so at that moment");
});

test("an event that is only just on its way does not yet count as unseen", () => {
  const { record, tell, lane } = setUp("long-poll", "web-socket");
  tell("long-poll", "asked", 0, { id: 1 });
  tell("long-poll", "answered", 5, { id: 1, batch: batch([event(1, 1)]) });
  tell("web-socket", "pushed", 1_003, { batch: batch([event(2, 1_000)]) });
  assert.equal(unseen(record, lane("long-poll"), 1_050, SHIFT), 0);
  assert.equal(unseen(record, lane("long-poll"), 1_101, SHIFT), 1);
});

test("what a lane has passed over is not unseen, nor is it called missed without the feed's word", () => {
  const { record, tell, lane } = setUp("short-poll", "web-socket");
  for (const id of [1, 2, 3]) tell("web-socket", "pushed", id * 10, { batch: batch([event(id, id * 10)]) });
  record.painted("short-poll", event(3, 30), 500);
  assert.equal(unseen(record, lane("short-poll"), 1_000, SHIFT), 0);
  assert.equal(record.events[0].sightings["short-poll"], undefined);
});

test("events that the feed no longer held are missed", () => {
  const { record, tell } = setUp("short-poll", "web-socket");
  tell("short-poll", "asked", 0, { id: 1 });
  tell("short-poll", "answered", 15, { id: 1, batch: batch([event(1, 10)]) });
  for (const id of [1, 2, 3, 4]) tell("web-socket", "pushed", id * 10 + 1, { batch: batch([event(id, id * 10)]) });
  tell("short-poll", "asked", 90, { id: 2 });
  tell("short-poll", "answered", 95, { id: 2, batch: batch([event(4, 40)], { first: 4 }) });
  const missed = record.events.map(({ sightings }) => sightings["short-poll"].missed);
  assert.deepEqual(missed, [false, true, true, false]);
});

test("a new epoch begins at 1 again: that is another event, and none is missed", () => {
  const { record, tell, lane } = setUp("short-poll");
  const ask = (id, t, answer) => {
    tell("short-poll", "asked", t, { id });
    tell("short-poll", "answered", t + 5, { id, batch: answer });
  };
  ask(1, 0, batch([event(1, 0), event(2, 1)]));
  ask(2, 1_000, batch([event(1, 900)], { epoch: "another" }));
  ask(3, 2_000, batch([event(5, 1_900)], { epoch: "k3v9x2", first: 5 }));
  assert.deepEqual(record.events.map(({ id }) => id), [1, 2, 1, 5]);
  assert.ok(lane("short-poll").sightings.every(({ missed }) => !missed));
});

test("events stand in the order of their time, whichever lane tells of them first", () => {
  const { record, tell } = setUp("long-poll", "web-socket");
  tell("web-socket", "pushed", 30, { batch: batch([event(2, 20)]) });
  record.painted("long-poll", event(1, 10), 40);
  assert.deepEqual(record.events.map(({ id }) => id), [1, 2]);
});

test("an event is painted once, and its data is not kept", () => {
  const { record } = setUp("web-socket");
  record.painted("web-socket", event(1, 0), 9);
  record.painted("web-socket", event(1, 0), 99);
  const [{ sightings, ...rest }] = record.events;
  assert.equal(sightings["web-socket"].painted, 9);
  assert.deepEqual(rest, { id: 1, at: SHIFT, what: "sale" });
});

test("keeps one minute", () => {
  const { record, tell, lane } = setUp("web-socket");
  for (let t = 0; t <= 3 * KEPT; t += 500) tell("web-socket", "pushed", t, { batch: batch([event(t + 1, t)]) });
  const oldest = [lane("web-socket").pushes[0].ended, lane("web-socket").sightings[0].arrived, record.events[0].at - SHIFT];
  for (const t of oldest) assert.ok(t >= 2 * KEPT - 2_000 && t <= 2 * KEPT, `${t}`);
});

test("keeps a bounded number of things however fast they come", () => {
  const { record, tell, lane } = setUp("short-poll", "web-socket");
  for (let id = 1; id <= 3 * MOST; id += 1) {
    tell("web-socket", "pushed", id / 1_000, { batch: batch([event(id, id / 1_000)]) });
    tell("short-poll", "asked", id / 1_000, { id });
    tell("short-poll", "failed", id / 1_000, { id, problem: { status: 500, title: "Broken" } });
  }
  for (const technique of ["short-poll", "web-socket"]) {
    for (const kind of KINDS) assert.ok(lane(technique)[kind].length <= MOST, `${technique} ${kind}`);
  }
  assert.ok(record.events.length <= MOST);
  assert.equal(record.events.at(-1).id, 3 * MOST);
});

test("a copy stands still", () => {
  const { record, tell } = setUp("web-socket");
  tell("web-socket", "pushed", 1, { batch: batch([event(1, 0)]) });
  const still = record.copy();
  tell("web-socket", "pushed", 2, { batch: batch([event(2, 1)]) });
  assert.deepEqual([still.events.length, still.lanes[0].pushes.length, still.lanes[0].newestAt], [1, 1, SHIFT]);
});

test("forgets everything when it is cleared, and goes on", () => {
  const { record, tell, lane } = setUp("long-poll");
  tell("long-poll", "asked", 0, { id: 1, hold: 25_000 });
  record.clear();
  tell("long-poll", "answered", 9, { id: 1, batch: batch([event(1, 1)]) });
  tell("long-poll", "asked", 10, { id: 2, hold: 25_000 });
  assert.deepEqual([record.events.length, lane("long-poll").requests.length], [0, 1]);
});

test("a notice or a lane that there is not is an error that says which there are", () => {
  const record = createRecord(["yours"], { at: (t) => t, uncertainty: 0 });
  assert.throws(() => record.notice("yours", { kind: "sung", t: 0 }), /no notice "sung".*asked, answered/);
  assert.throws(() => record.notice("theirs", { kind: "asked", t: 0 }), /no lane "theirs".*yours/);
});
