import assert from "node:assert/strict";
import { test } from "node:test";
import { anEvent, endOfAxis } from "../../static/js/bytes/axis.js";
import { MINUTE, createRecord } from "../../static/js/bytes/record.js";
import { plusMinus } from "../../static/js/format.js";

const meters = (up, down, head = up) => ({ "long-poll": { up, down, head, body: up + down - head } });
const shown = (events) => ({ "long-poll": events });
const NOTHING = { up: 0, down: 0, head: 0, body: 0, events: 0 };

test("before the server has told anything, nothing has crossed", () => {
  const record = createRecord(["long-poll"]);
  assert.deepEqual(record.total("long-poll"), NOTHING);
  assert.deepEqual(record.minute("long-poll", 5), NOTHING);
});

test("the total is what the server told last", () => {
  const record = createRecord(["long-poll"]);
  record.take(meters(600, 0), shown(0), 1_000);
  record.take(meters(1_200, 500, 1_400), shown(2), 2_000);
  assert.deepEqual(record.total("long-poll"), { up: 1_200, down: 500, head: 1_400, body: 300, events: 2 });
});

test("a minute reaches back to what was told by then, and not further than the start", () => {
  const record = createRecord(["long-poll"]);
  record.take(meters(100, 10), shown(1), 1_000);
  record.take(meters(300, 30), shown(2), 10_000);
  assert.equal(record.minute("long-poll", 59_000).up, 300);
  record.take(meters(900, 90), shown(5), 65_000);
  assert.deepEqual(record.minute("long-poll", 65_000), { up: 800, down: 80, head: 800, body: 80, events: 4 });
  assert.deepEqual(record.minute("long-poll", 65_000 + MINUTE), NOTHING);
});

test("what was told before the server counted anew is carried on", () => {
  const record = createRecord(["long-poll"]);
  record.take(meters(900, 100), shown(3), 1_000);
  record.take(meters(50, 20), shown(4), 2_000);
  record.take(meters(70, 20), shown(4), 3_000);
  assert.deepEqual(record.total("long-poll"), { up: 970, down: 120, head: 970, body: 120, events: 4 });
});

test("a reset begins anew, and carries nothing on", () => {
  const record = createRecord(["long-poll"]);
  record.take(meters(900, 100), shown(3), 1_000);
  record.zero(2_000);
  assert.deepEqual(record.total("long-poll"), NOTHING);
  record.take(meters(40, 2), shown(1), 3_000);
  assert.equal(record.total("long-poll").up, 40);
  assert.equal(record.minute("long-poll", 3_000).up, 40);
});

test("events that are shown after their bytes were told are counted all the same", () => {
  const record = createRecord(["long-poll"]);
  record.take(meters(900, 100), shown(3), 1_000);
  record.takeEvents(shown(4));
  assert.equal(record.total("long-poll").events, 4);
  assert.equal(record.total("long-poll").up, 900);
});

test("hours of it keep no more than a minute", () => {
  const record = createRecord(["long-poll"]);
  for (let second = 1; second <= 7_200; second++) record.take(meters(second, second), shown(second), 1_000 * second);
  assert.equal(record.minute("long-poll", 7_200_000).up, 60);
  assert.equal(record.total("long-poll").up, 7_200);
});

test("the axis ends at a round number that no column exceeds", () => {
  const ends = [[], [0], [99], [100], [101], [200], [850, 117], [1_000], [3_841], [5_001], [12_000]].map(endOfAxis);
  assert.deepEqual(ends, [100, 100, 100, 100, 200, 200, 1_000, 1_000, 5_000, 10_000, 20_000]);
});

test("bytes an event are those of both ways; without an event there is no such figure", () => {
  assert.equal(anEvent({ up: 600, down: 400, events: 4 }), 250);
  assert.equal(anEvent({ up: 600, down: 400, events: 0 }), null);
});

test("an uncertainty is read in ms, and never as none", () => {
  assert.deepEqual([0, 0.04, 0.84, 9.94, 9.96, 20.4, Infinity].map(plusMinus), ["± 0.1 ms", "± 0.1 ms", "± 0.8 ms", "± 9.9 ms", "± 10 ms", "± 20 ms", ""]);
});
