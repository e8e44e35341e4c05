import assert from "node:assert/strict";
import { test } from "node:test";
import { createJudge } from "../../static/js/judge.js";

const events = (...ids) => ids.map((id) => ({ id, at: id, kind: "sale", data: {} }));

function batch(ids, { epoch = "one", first = 1, last = ids.at(-1) ?? first - 1 } = {}) {
  return { channel: "sales", epoch, first, last, events: events(...ids) };
}

function judging(...batches) {
  const judge = createJudge({ epoch: "one", after: 10 });
  const applied = batches.flatMap((one) => judge.accept(one).map(({ id }) => id));
  return { applied, lastId: judge.lastId, missed: judge.missed, doubled: judge.doubled, judge };
}

test("what goes on where the page began is new", () => {
  const { applied, missed, doubled } = judging(batch([11, 12]), batch([13]));
  assert.deepEqual({ applied, missed, doubled }, { applied: [11, 12, 13], missed: 0, doubled: 0 });
});

test("an id that was seen is counted as doubled and not applied again", () => {
  const { applied, doubled, lastId } = judging(batch([11, 12]), batch([12, 13]), batch([9]));
  assert.deepEqual({ applied, doubled, lastId }, { applied: [11, 12, 13], doubled: 2, lastId: 13 });
});

test("a jump is counted by its length, and the sale goes on", () => {
  const { applied, missed } = judging(batch([11]), batch([15, 18]));
  assert.deepEqual({ applied, missed }, { applied: [11, 15, 18], missed: 5 });
});

test("what the feed no longer holds is missed, also where a batch brings nothing", () => {
  assert.equal(judging(batch([41], { first: 41 })).missed, 30);
  const { missed, lastId } = judging(batch([], { first: 41, last: 40 }));
  assert.deepEqual({ missed, lastId }, { missed: 30, lastId: 40 });
});

test("an empty batch with news to come misses nothing yet", () => {
  const { missed, lastId } = judging(batch([], { last: 12 }));
  assert.deepEqual({ missed, lastId }, { missed: 0, lastId: 10 });
});

test("another epoch starts over without counting, wherever its log begins", () => {
  const { applied, missed, doubled } = judging(batch([1, 2], { epoch: "two" }), batch([701], { epoch: "three", first: 701 }));
  assert.deepEqual({ applied, missed, doubled }, { applied: [1, 2, 701], missed: 0, doubled: 0 });
});

test("an empty batch of another epoch is where that one goes on", () => {
  const { applied, missed } = judging(batch([], { epoch: "two", last: 3 }), batch([4], { epoch: "two" }));
  assert.deepEqual({ applied, missed }, { applied: [4], missed: 0 });
});

test("after a refusal whatever comes next is the beginning", () => {
  const { judge } = judging(batch([11]));
  judge.forget();
  assert.equal(judge.accept(batch([30])).length, 1);
  assert.equal(judge.missed, 0);
});

test("a reset forgets the counts and keeps the place", () => {
  const { judge } = judging(batch([15]), batch([15]));
  judge.reset();
  judge.accept(batch([16]));
  assert.deepEqual([judge.missed, judge.doubled, judge.lastId], [0, 0, 16]);
});
