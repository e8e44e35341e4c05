// When the picture is drawn: live, as it moves; frozen, when something changed; out of sight, never.

import { drawAxis, drawLane } from "./draw.js";
import { createFrame, pick } from "./geometry.js";
import { createSurface, readColours, watchLook } from "./surface.js";

/** The picture is drawn anew once it has moved by this much, in px. */
const LEAST = 0.5;

/** For those who prefer reduced motion it moves once in this time, in ms. */
const STEP = 1_000;

/**
 * @param {HTMLElement} root
 * @param {ReturnType<typeof import("./page.js").buildPage>} page
 * @param {{clock: object, view: object, shown: function(): object, chosen: function(): ?object, drawn: function(number, boolean): void}} model
 *   `shown` gives the record to draw; `drawn(now, asked)` is told of each picture, and whether it was asked for
 */
export function createPainter(root, page, { clock, view, shown, chosen, drawn }) {
  const surfaces = page.lanes.map(({ canvas }) => createSurface(canvas));
  const axis = createSurface(page.axis);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let colours = [];
  let edge = -Infinity; // the right edge of the last picture
  let stale = true;
  let waiting = null;   // the animation frame asked for
  let inSight = false;

  function present() {
    const now = performance.now();
    if (!calm.matches || !view.live) return now;
    const shift = clock.at(0);
    return Math.floor((now + shift) / STEP) * STEP - shift;
  }

  function frameOf({ width, height, em }, now) {
    return createFrame({ right: view.right(now), span: view.span, shift: clock.at(0), now: view.until(now), width, height, em });
  }

  /** Ask for a new picture. Live ones follow one another by themselves, so news needs no asking. */
  function refresh() {
    stale = true;
    if (inSight) waiting ??= requestAnimationFrame(tick);
  }

  function tick() {
    waiting = inSight && view.live ? requestAnimationFrame(tick) : null;
    const now = present();
    const moved = (view.right(now) - edge) * axis.width / view.span;
    if (moved < LEAST && !stale) return;
    draw(now);
    drawn(now, stale);
    edge = view.right(now);
    stale = false;
  }

  function draw(now) {
    const record = shown();
    surfaces.forEach((surface, i) => drawLane(surface.ctx, frameOf(surface, now), record, record.lanes[i], colours[i], chosen()));
    drawAxis(axis.ctx, frameOf(axis, now), colours[0]);
  }

  function fit() {
    for (const surface of [...surfaces, axis]) surface.fit();
    colours = page.lanes.map(({ probe }) => readColours([...page.probes, probe]));
    refresh();
  }

  watchLook([...page.lanes.map(({ canvas }) => canvas), page.axis], fit);
  new IntersectionObserver((entries) => { inSight = entries.at(-1).isIntersecting; refresh(); }).observe(root);
  fit();

  return {
    refresh,
    /** What lies nearest to a point of a lane's canvas; null where nothing is near. */
    pickAt: (index, px, py) => pick(shown().lanes[index], frameOf(surfaces[index], present()), px, py),
  };
}
