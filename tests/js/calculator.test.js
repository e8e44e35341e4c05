import assert from "node:assert/strict";
import { test } from "node:test";
import { costOf } from "../../static/js/book/calculator.js";

const costs = {
  cpu: 200, // µs an answer
  memory: 60_000,
  points: [
    { events: 0.5, requests: 1, answers: 1, head: 800, body: 200 },
    { events: 5, requests: 4, answers: 5, head: 3_200, body: 900 },
  ],
};

test("so many pages cost as many times what one was measured to cost", () => {
  const expected = { requests: 400_000, head: 320_000_000, body: 90_000_000, cores: 100, memory: 6_000_000_000 };
  assert.deepEqual(costOf(costs, 100_000, 1), expected);
});

test("a rate that this technique was not measured at is taken for the last one", () => {
  assert.deepEqual(costOf(costs, 1, 7), costOf(costs, 1, 1));
});
