/** What the timeline says of each thing. Times of day are this machine's, so they are made here the same way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, lasting, moment, say } from "../../static/js/timeline/words.js";
import { batch, event, setUp, SHIFT } from "./timeline-stage.js";

const at = (t) => moment(t + SHIFT);

test("a moment is a time of day, cut off as clocks do", () => {
  const noon = new Date(2026, 1, 3, 12, 0, 1, 296).getTime();
  assert.deepEqual([moment(noon, 0), moment(noon), moment(noon, 3)], ["12:00:01", "12:00:01.2", "12:00:01.296"]);
});

test("a long poll is said from the question to the eye", () => {
  const { record, tell, lane } = setUp("long-poll");
  tell("long-poll", "asked", 1_000, { id: 1, hold: 25_000 });
  const [request] = lane("long-poll").requests;
  assert.equal(say(request, SHIFT, 2_000), `Long polling asked at ${at(1_000)}, waits on the server, ${lasting(1_000)} so far.`);
  tell("long-poll", "answered", 4_404, { id: 1, batch: batch([event(41, 4_300), event(42, 4_400)]) });
  record.painted("long-poll", event(42, 4_400), 4_409);
  assert.equal(say(request, SHIFT, 5_000),
    `Long polling asked at ${at(1_000)}, held about ${lasting(3_398)}, answered with 2 events (41 to 42); you saw event 42 after ${lasting(9)}.`);
});

test("a short poll in vain", () => {
  const { tell, lane } = setUp("short-poll");
  tell("short-poll", "asked", 0, { id: 1 });
  const [request] = lane("short-poll").requests;
  assert.equal(say(request, SHIFT, 30), `Short polling asked at ${at(0)}, no answer yet after ${lasting(30)}.`);
  tell("short-poll", "answered", 40, { id: 1, batch: batch([]) });
  assert.equal(say(request, SHIFT, 50), `Short polling asked at ${at(0)}, ${lasting(40)} there and back, answered with nothing new.`);
});

test("failures are named by the problem's title, and what was stopped by that", () => {
  const { tell, lane } = setUp("short-poll");
  tell("short-poll", "asked", 0, { id: 1 });
  tell("short-poll", "failed", 70, { id: 1, problem: { status: 503, title: "Too many" } });
  tell("short-poll", "asked", 100, { id: 2 });
  tell("short-poll", "stopped", 200);
  const [failed, stopped] = lane("short-poll").requests.map((request) => say(request, SHIFT, 300));
  assert.match(failed, /failed after .*: Too many\.$/);
  assert.match(stopped, /let go after .*, because it was stopped\.$/);
});

test("a connection, its handshake, its pushes and its end", () => {
  const { tell, lane } = setUp("web-socket");
  tell("web-socket", "asked", 0, { id: 1 });
  tell("web-socket", "answered", 12, { id: 1, batch: null });
  tell("web-socket", "opened", 12, { transport: "websocket" });
  tell("web-socket", "pushed", 5_000, { batch: batch([]) });
  const { requests, connections, pushes } = lane("web-socket");
  assert.match(say(requests[0], SHIFT, 20), /connected after 12.ms\.$/);
  assert.match(say(pushes[0], SHIFT, 20), /unasked: nothing new\.$/);
  assert.match(say(connections[0], SHIFT, 2_012), /open since .* \(websocket\), 2\.0.s so far\.$/);
  tell("web-socket", "closed", 3_012, { reason: "transport close" });
  assert.match(say(connections[0], SHIFT, 9_000), /closed after 3\.0.s: transport close\.$/);
});

test("a pause is the browser's", () => {
  const { tell, lane } = setUp("short-poll");
  tell("short-poll", "asked", 0, { id: 1 });
  tell("short-poll", "answered", 10, { id: 1, batch: batch([]) });
  tell("short-poll", "asked", 5_010, { id: 2 });
  assert.match(say(lane("short-poll").pauses[0], SHIFT, 6_000), /the browser waits 5\.0.s, then asks again\.$/);
});

test("an event says when it happened, how it came and how late, and how the others fared", () => {
  const { record, tell, lane } = setUp("short-poll", "web-socket");
  tell("web-socket", "pushed", 1_004, { batch: batch([event(42, 1_000)]) });
  record.painted("web-socket", event(42, 1_000), 1_009);
  const [sighting] = lane("web-socket").sightings;
  assert.equal(say(sighting, SHIFT, 2_000),
    `Event 42 (sale) happened at ${moment(1_000 + SHIFT, 3)}; you saw it ${lasting(9)} later, by WebSocket (Socket.IO), unasked.`);
  assert.equal(compare(sighting.event, ["short-poll", "web-socket"], SHIFT), `Short polling not yet · WebSocket (Socket.IO) ${lasting(9)}`);
});

test("an event that came while the page was hidden is not said to be seen", () => {
  const { tell, lane } = setUp("web-socket");
  tell("web-socket", "pushed", 4, { batch: batch([event(1, 0)]) });
  assert.match(say(lane("web-socket").sightings[0], SHIFT, 10), /reached .* while this page was hidden\.$/);
});
