/** Where things lie in the picture, and what the pointer points at. One px is 10 ms here. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createFrame, isLost, pick, strokes, waits, xAt } from "../../static/js/timeline/geometry.js";
import { batch, event, setUp, SHIFT } from "./timeline-stage.js";

const EM = 10;

function frameUntil(now) {
  const narrow = createFrame({ right: now, span: 10_000, shift: SHIFT, now, width: 1_000, height: 60, em: EM });
  return createFrame({ right: now, span: 10_000, shift: SHIFT, now, width: 1_000 + 1_000 - narrow.plot, height: 60, em: EM });
}

function linesOf(thing, frame) {
  const lines = [];
  strokes(thing, frame, (...line) => lines.push(line));
  return lines;
}

function barsOf(thing, frame) {
  const bars = [];
  waits(thing, frame, (...bar) => bars.push(bar));
  return bars;
}

test("an event's stroke goes from its own time on the server's line to its painting on the browser's", () => {
  const { record, lane } = setUp("short-poll");
  record.painted("short-poll", event(1, 1_000), 4_000);
  const frame = frameUntil(10_000);
  assert.equal(frame.plot, 1_000);
  assert.deepEqual(linesOf(lane("short-poll").sightings[0], frame), [[100, frame.server, 400, frame.browser]]);
});

test("a clock that becomes better moves an event's mark, not the browser's", () => {
  const frame = { ...frameUntil(10_000), shift: SHIFT + 500 };
  assert.equal(xAt(frame, SHIFT + 1_500), 100);
});

test("a held question is a stroke up, a bar, and a stroke down from the news", () => {
  const { tell, lane } = setUp("long-poll");
  tell("long-poll", "asked", 1_000, { id: 1, hold: 25_000 });
  const [request] = lane("long-poll").requests;
  const frame = frameUntil(10_000);
  assert.deepEqual(barsOf(request, frame), [[100.2, Infinity, frame.bands.server]], "open while it is held");
  tell("long-poll", "answered", 5_100, { id: 1, batch: batch([event(1, 5_000)]) });
  assert.deepEqual(linesOf(request, frame), [[100, frame.browser, 100.2, frame.server], [510, frame.browser, 500, frame.server]]);
  assert.deepEqual(barsOf(request, frame), [[100.2, 500, frame.bands.server]]);
});

test("a question without an answer turns back half way; an error answer is an answer", () => {
  const { tell, lane } = setUp("short-poll");
  [0, 500].forEach((status, id) => {
    tell("short-poll", "asked", 1_000, { id });
    tell("short-poll", "failed", 2_000, { id, problem: { status, title: "" } });
  });
  const frame = frameUntil(10_000);
  const [none, error] = lane("short-poll").requests;
  assert.deepEqual([isLost(none), isLost(error)], [true, false]);
  assert.deepEqual(linesOf(none, frame)[0], [100, frame.browser, 150, 30]);
  assert.equal(linesOf(error, frame)[0][3], frame.server);
});

test("a pause is a bar below, a connection a bar above", () => {
  const { tell, lane } = setUp("web-socket");
  tell("web-socket", "opened", 0, { transport: "websocket" });
  tell("web-socket", "closed", 1_000, { reason: "cut" });
  const frame = frameUntil(10_000);
  assert.deepEqual(barsOf(lane("web-socket").connections[0], frame), [[0, 100, frame.bands.server]]);
  assert.deepEqual(barsOf(lane("web-socket").pauses[0], frame), [[100, Infinity, frame.bands.browser]]);
});

test("the pointer finds the stroke under it, and nothing where nothing is near", () => {
  const { record, lane } = setUp("short-poll");
  record.painted("short-poll", event(1, 1_000), 4_000);
  record.painted("short-poll", event(2, 2_000), 4_000);
  const frame = frameUntil(10_000);
  const at = (px, py) => pick(lane("short-poll"), frame, px, py)?.event.id ?? null;
  assert.deepEqual([at(250, 30), at(300, 30), at(700, 30)], [1, 2, null]);
});

test("a push is named by its news, and an event goes before the line that it came on", () => {
  const { tell, lane } = setUp("web-socket");
  tell("web-socket", "opened", 0, { transport: "websocket" });
  tell("web-socket", "pushed", 1_500, { batch: batch([event(1, 1_000)]) });
  const frame = frameUntil(10_000);
  assert.equal(pick(lane("web-socket"), frame, 125, 30).kind, "sighting");
  assert.equal(pick(lane("web-socket"), frame, 600, frame.bands.server).kind, "connection");
});
