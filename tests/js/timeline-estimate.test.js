/** The estimates of what the browser cannot know: when a question was at the server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { arrival, departure, pushDeparture, typicalWay } from "../../static/js/timeline/estimate.js";
import { batch, event, setUp, SHIFT } from "./timeline-stage.js";

/** A lane whose ways take 300 ms, and whose last question is held. */
function farAway() {
  const stage = setUp("long-poll");
  stage.tell("long-poll", "asked", 0, { id: 1 });
  stage.tell("long-poll", "answered", 600, { id: 1, batch: batch([]) });
  stage.tell("long-poll", "asked", 600, { id: 2, hold: 25_000 });
  return { ...stage, request: stage.lane("long-poll").requests[1] };
}

test("a question that is answered at once was at the server half way through", () => {
  const { tell, lane } = setUp("short-poll");
  tell("short-poll", "asked", 100, { id: 1 });
  tell("short-poll", "answered", 140, { id: 1, batch: batch([event(1, 30)]) });
  const [request] = lane("short-poll").requests;
  assert.deepEqual([arrival(request), departure(request, SHIFT)], [120, 120]);
});

test("a question under way arrives after the lane's typical way, and has not left", () => {
  const { request } = farAway();
  assert.deepEqual([arrival(request), departure(request, SHIFT)], [900, Infinity]);
});

test("a held answer set out when its newest event happened", () => {
  const { tell, request } = farAway();
  tell("long-poll", "answered", 2_300, { id: 2, batch: batch([event(1, 1_950), event(2, 2_000)]) });
  assert.deepEqual([arrival(request), departure(request, SHIFT)], [900, 2_000]);
});

test("a held answer without news set out one way before it came", () => {
  const { tell, request } = farAway();
  tell("long-poll", "answered", 25_900, { id: 2, batch: batch([]) });
  assert.equal(departure(request, SHIFT), 25_600);
});

test("news that lay there already does not make an answer leave before its question came", () => {
  const { tell, request } = farAway();
  tell("long-poll", "answered", 1_200, { id: 2, batch: batch([event(1, 650)]) });
  assert.deepEqual([arrival(request), departure(request, SHIFT)], [900, 900]);
});

test("a push set out with its newest event, an empty one one way before it came", () => {
  const { tell, lane } = setUp("web-socket");
  tell("web-socket", "pushed", 130, { batch: batch([event(1, 100)]) });
  tell("web-socket", "pushed", 5_130, { batch: batch([]) });
  assert.deepEqual(lane("web-socket").pushes.map((push) => pushDeparture(push, SHIFT)), [100, 5_100]);
});

test("before anything is measured the typical way is half of the clock's round trip; without a clock, nothing", () => {
  const { lane, clock } = setUp("yours");
  assert.equal(typicalWay(lane("yours"), clock), 2);
  assert.equal(typicalWay(lane("yours"), { ...clock, uncertainty: Infinity }), 0);
});

test("the typical way is the middle one of the last five", () => {
  const { tell, lane, clock } = setUp("short-poll");
  [400, 2, 2, 30, 31, 32, 900].forEach((trip, id) => {
    tell("short-poll", "asked", id * 1_000, { id });
    tell("short-poll", "answered", id * 1_000 + trip, { id, batch: batch([]) });
  });
  assert.equal(typicalWay(lane("short-poll"), clock), 15.5);
});

test("nothing is learnt from events while the clock is not set", () => {
  const { tell, lane, clock } = setUp("web-socket");
  clock.uncertainty = Infinity;
  tell("web-socket", "pushed", 90_130, { batch: batch([event(1, 100)]) });
  assert.deepEqual(lane("web-socket").ways, []);
});
