import assert from "node:assert/strict";
import { test } from "node:test";
import { FROM_NOW, advance, continues, fresh, isBatch, isBehind } from "../../static/js/cursor.js";
import { batch } from "./stage.js";

const AT_5 = { epoch: "e1", after: 5 };

test("a batch moves the cursor to its newest event, not to the feed's last", () => {
  assert.deepEqual(advance(AT_5, batch({ from: 6, to: 8, last: 900 })), { epoch: "e1", after: 8 });
});

test("an empty batch moves a cursor that has none yet to the feed's last", () => {
  assert.deepEqual(advance(FROM_NOW, batch({ last: 42 })), { epoch: "e1", after: 42 });
});

test("an empty batch of a feed that lost what was after the cursor moves it on", () => {
  assert.deepEqual(advance(AT_5, batch({ first: 21, last: 20 })), { epoch: "e1", after: 20 });
});

test("an empty batch of an empty feed gives a cursor before its first event", () => {
  assert.deepEqual(advance(FROM_NOW, batch({ last: 0 })), { epoch: "e1", after: 0 });
});

test("a cursor never goes back within an epoch", () => {
  assert.deepEqual(advance(AT_5, batch({ from: 2, to: 3 })), AT_5);
  assert.deepEqual(advance(AT_5, batch({ last: 4 })), AT_5);
});

test("another epoch starts the cursor over, however small its ids", () => {
  assert.deepEqual(advance(AT_5, batch({ from: 1, to: 2, epoch: "e2" })), { epoch: "e2", after: 2 });
});

test("a batch that begins at the next id continues the cursor", () => {
  assert.equal(continues(AT_5, batch({ from: 6, to: 7 })), true);
});

test("a batch that repeats some and then goes on continues the cursor", () => {
  assert.equal(continues(AT_5, batch({ from: 4, to: 7 })), true);
});

test("a batch that only repeats continues the cursor and has nothing fresh", () => {
  assert.equal(continues(AT_5, batch({ from: 4, to: 5 })), true);
  assert.deepEqual(fresh(AT_5, batch({ from: 4, to: 5 })).events, []);
});

test("a gap before a batch does not continue the cursor", () => {
  assert.equal(continues(AT_5, batch({ from: 7, to: 8 })), false);
});

test("a gap within a batch does not continue the cursor", () => {
  const holed = batch({ from: 6, to: 9 });
  holed.events.splice(1, 1);
  assert.equal(continues(AT_5, holed), false);
});

test("an empty batch continues the cursor unless the feed is ahead of it", () => {
  assert.equal(continues(AT_5, batch({ last: 5 })), true);
  assert.equal(continues(AT_5, batch({ last: 4 })), true);
  assert.equal(continues(AT_5, batch({ last: 6 })), false);
});

test("another epoch never continues the cursor, nor does anything continue none", () => {
  assert.equal(continues(AT_5, batch({ from: 6, to: 6, epoch: "e2" })), false);
  assert.equal(continues(FROM_NOW, batch({ from: 1, to: 1 })), false);
});

test("fresh keeps only what is after the cursor, and the batch as it was", () => {
  const whole = batch({ from: 4, to: 7 });
  assert.deepEqual(
    fresh(AT_5, whole).events.map(({ id }) => id),
    [6, 7],
  );
  assert.equal(whole.events.length, 4);
});

test("one is behind while a batch ends before the feed does", () => {
  assert.equal(isBehind(batch({ from: 1, to: 500, last: 501 })), true);
  assert.equal(isBehind(batch({ from: 1, to: 500, last: 500 })), false);
  assert.equal(isBehind(batch({ last: 7 })), false);
});

test("only a batch is a batch", () => {
  assert.equal(isBatch(batch({ from: 1, to: 2 })), true);
  for (const other of [
    undefined,
    null,
    "",
    "<html>",
    7,
    [],
    {},
    { epoch: "e", last: 1 },
    { epoch: 1, last: 1, events: [] },
  ]) {
    assert.equal(isBatch(other), false, JSON.stringify(other));
  }
  assert.equal(isBatch({ epoch: "e", last: 1, events: [{}] }), false);
  assert.equal(isBatch({ epoch: "e", last: 1, events: [null] }), false);
});
