import assert from "node:assert/strict";
import { test } from "node:test";
import { neighbour, offer, standing } from "../../static/js/console/timing.js";

const ROUTE = [
  { chapter: "a", step: "one", begins: 0, minutes: 5, must: true },
  { chapter: "a", step: "two", begins: 5, minutes: 2, must: false },
  { chapter: "b", step: "one", begins: 7, minutes: 4, must: true },
  { chapter: "b", step: "two", begins: 11, minutes: 3, must: false },
];
const BOOK = [...ROUTE.slice(0, 2), { chapter: "x", step: "extra" }, ...ROUTE.slice(2)];
const NONE = new Set();
const at = (chapter, step) => ({ chapter, step });
const names = ({ steps }) => steps.map(({ chapter, step }) => `${chapter}/${step}`);

test("a step that takes its time is on time", () => {
  for (const minute of [7, 9, 11]) assert.equal(standing(ROUTE, at("b", "one"), minute).word, "on time");
});

test("a class is behind by what a step has taken too long, and ahead by what it began too early", () => {
  assert.deepEqual(standing(ROUTE, at("a", "one"), 9), { behind: 4, word: "behind" });
  assert.deepEqual(standing(ROUTE, at("b", "two"), 8), { behind: -3, word: "ahead" });
});

test("within a minute one is on time", () => {
  assert.equal(standing(ROUTE, at("a", "one"), 5.9).word, "on time");
  assert.equal(standing(ROUTE, at("b", "one"), 6.1).word, "on time");
});

test("off the plan, and before the class begins, there is nothing to say", () => {
  assert.equal(standing(ROUTE, at("x", "extra"), 3), null);
  assert.equal(standing(ROUTE, null, 3), null);
});

test("no more is offered to skip than brings the class back", () => {
  assert.deepEqual(names(offer(ROUTE, at("a", "one"), 2, NONE)), ["a/two"]);
  assert.deepEqual(names(offer(ROUTE, at("a", "one"), 4, NONE)), ["a/two", "b/two"]);
});

test("what must be is never offered, nor what is over", () => {
  assert.deepEqual(offer(ROUTE, at("b", "one"), 30, NONE), { steps: [ROUTE[3]], minutes: 3 });
  assert.deepEqual(offer(ROUTE, at("b", "two"), 30, NONE), { steps: [], minutes: 0 });
});

test("what is skipped already counts, and is not offered again", () => {
  assert.deepEqual(names(offer(ROUTE, at("a", "one"), 2, new Set(["a/two"]))), []);
  assert.deepEqual(names(offer(ROUTE, at("a", "one"), 4, new Set(["a/two"]))), ["b/two"]);
});

test("the next step is the plan's, without what is skipped", () => {
  assert.equal(neighbour(ROUTE, BOOK, at("a", "one"), 1, new Set(["a/two"])), ROUTE[2]);
  assert.equal(neighbour(ROUTE, BOOK, at("b", "one"), -1, NONE), ROUTE[1]);
  assert.equal(neighbour(ROUTE, BOOK, at("b", "two"), 1, NONE), null);
});

test("before the class begins the next step is the first", () => {
  assert.equal(neighbour(ROUTE, BOOK, null, 1, NONE), ROUTE[0]);
  assert.equal(neighbour(ROUTE, BOOK, null, -1, NONE), null);
});

test("off the plan the book's order holds", () => {
  assert.equal(neighbour(ROUTE, BOOK, at("x", "extra"), 1, NONE), BOOK[3]);
});
