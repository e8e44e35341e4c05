/** The window on time: live, frozen, moved, zoomed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createView, ticks, tickStep } from "../../static/js/timeline/view.js";

const NOW = 500_000;

function frozen(span) {
  const view = createView(span);
  view.freeze(NOW);
  return view;
}

test("live, its right edge is now", () => {
  const view = createView();
  assert.deepEqual([view.live, view.span, view.right(7), view.until(7)], [true, 10_000, 7, 7]);
});

test("frozen, it stands, however late it is", () => {
  const view = frozen();
  view.freeze(NOW + 50);
  assert.deepEqual([view.live, view.right(NOW + 90), view.until(NOW + 90)], [false, NOW, NOW]);
});

test("steps half a window back and forward, and from the end on to live again", () => {
  const view = frozen();
  view.step(-1);
  assert.equal(view.right(), NOW - 5_000);
  view.step(1);
  assert.equal(view.right(), NOW);
  view.step(1);
  assert.equal(view.live, true);
});

test("goes no farther back than is kept", () => {
  const view = frozen(60_000);
  for (let i = 0; i < 9; i += 1) view.step(-1);
  assert.equal(view.right(), NOW - 60_000);
});

test("zooms step by step and no farther than there are steps", () => {
  const view = createView();
  view.zoom(1);
  assert.equal(view.span, 5_000);
  for (let i = 0; i < 20; i += 1) view.zoom(1);
  assert.equal(view.span, 100);
  for (let i = 0; i < 20; i += 1) view.zoom(-1);
  assert.equal(view.span, 60_000);
});

test("frozen, it zooms about its middle, or about what one looks at, which keeps its place", () => {
  const view = frozen();
  view.zoom(1);
  assert.equal(view.right(), NOW - 2_500);
  const other = frozen();
  other.zoom(1, NOW - 8_000); // at a fifth from the left
  assert.equal(other.right() - other.span, NOW - 8_000 - 1_000);
});

test("moves only as far as is needed to show something", () => {
  const view = frozen();
  view.reveal(NOW - 5_000, NOW - 4_000);
  assert.equal(view.right(), NOW);
  view.reveal(NOW - 20_000, NOW - 19_000);
  assert.equal(view.right() - view.span, NOW - 21_000);
  view.reveal(NOW - 5_000, Infinity);
  assert.equal(view.right(), NOW);
});

test("a span that there is not is an error", () => {
  assert.throws(() => createView(7), /7 ms; there are: 100, 200/);
});

test("ticks stand at round moments of the server's clock, no nearer than asked", () => {
  assert.deepEqual(ticks(1_766_390_000_400, 1_766_390_005_000, 1_200), [1_766_390_002_000, 1_766_390_004_000]);
  assert.deepEqual([tickStep(3), tickStep(1_000), tickStep(1e9)], [10, 1_000, 60_000]);
});
