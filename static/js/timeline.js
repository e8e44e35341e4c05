// Who waits: a live time diagram. A lane for each technique, the server's line above, yours below, one axis for all.
// It is told what happens and asks nothing; it works for one technique alone, and rests while it is out of sight.
//
//   import { createTimeline } from "./timeline.js";            // and css/timeline.css
//   const timeline = createTimeline(document.querySelector("#who-waits"), {
//     techniques: ["short-poll", "long-poll", "web-socket"],   // lanes from above; "yours" too; one or more
//     clock,                                                   // at(performance.now() ms) → server's ms; uncertainty, ms
//   });
//   timeline.notice("short-poll", notice);       // every notice of the column's line, when it comes: asked, answered, failed,
//                                                // opened, pushed, closed, refused; and started, stopped {kind, t} of the
//                                                // column itself, else what it withdrew seems to be under way for ever
//   timeline.painted("short-poll", event, t);    // each event painted, once; t: performance.now() in that frame
//   options.pinnedTo(thing)                      // told what is chosen by a click or a key, as in timeline/record.js
//   timeline.freeze(); timeline.resume(); timeline.clear();
//
// Its elements carry data-lane, not data-technique: a lane is no column. A page may set --lane-height.

import { connectControls } from "./timeline/controls.js";
import { buildPage } from "./timeline/page.js";
import { createPainter } from "./timeline/painter.js";
import { createRecord } from "./timeline/record.js";
import { createTeller } from "./timeline/teller.js";
import { endOf, lastBegun, neighbour, startOf } from "./timeline/things.js";
import { createView } from "./timeline/view.js";

/**
 * Build the diagram inside `root`.
 * @param {HTMLElement} root
 * @param {{techniques: string[], clock: {at: function(number): number, uncertainty: ?number}, pinnedTo?: function(object): void}} options
 */
export function createTimeline(root, { techniques, clock, pinnedTo = () => {} }) {
  const record = createRecord(techniques, clock);
  const view = createView();
  const page = buildPage(root, techniques);
  let still = null; // the record as it was when it was frozen
  let chosen = null;
  let pinned = false; // chosen by a click or a key: the pointer passes over other things

  const model = { clock, view, shown: () => still ?? record, chosen: () => chosen };
  const teller = createTeller(page, model);
  const painter = createPainter(root, page, { ...model, drawn: teller.tell });

  function choose(thing, pin = false) {
    chosen = thing;
    pinned = pin && thing !== null;
    if (pinned) pinnedTo(thing);
    painter.refresh();
  }

  function freeze() {
    still ??= record.copy();
    view.freeze(performance.now());
    moved();
  }

  function resume() {
    view.resume();
    choose(null);
    moved();
  }

  /** The window has moved; one that is live again lets the still copy go. */
  function moved() {
    if (view.live) still = null;
    page.buttons.freeze.textContent = view.live ? "Freeze" : "Go on";
    root.classList.toggle("who-waits-frozen", !view.live);
    painter.refresh();
  }

  function step(direction) {
    if (view.live && direction > 0) return;
    freeze();
    view.step(direction);
    if (view.live) resume();
    moved();
  }

  /** Look closer (1) or from farther (-1); what is chosen stays in sight. */
  function zoom(direction) {
    const [from, to] = chosen ? spanOf(chosen) : [];
    view.zoom(direction, to < Infinity ? (from + to) / 2 : null);
    if (chosen && !view.live) view.reveal(from, to);
    moved();
  }

  function spanOf(thing) {
    return [startOf(thing, clock.at(0)), endOf(thing)];
  }

  /** Stop at the next thing of a lane (1), the one before (-1), or first at the last one in the window. */
  function go(index, direction) {
    freeze();
    const shift = clock.at(0);
    const lane = model.shown().lanes[index];
    stopAt(neighbour(lane, chosen, direction, shift) ?? lastBegun(lane, view.right(), shift));
  }

  /** Go to another lane: to the same event there, or else to what began last by the same time. */
  function change(index, direction) {
    const to = page.lanes[index + direction];
    if (!to) return;
    freeze();
    to.canvas.focus();
    const shift = clock.at(0);
    const same = chosen?.kind === "sighting" ? chosen.event.sightings[to.technique] : null;
    const t = chosen ? startOf(chosen, shift) : view.right();
    stopAt(same ?? lastBegun(model.shown().lanes[index + direction], t, shift));
  }

  function stopAt(thing) {
    if (!thing) return;
    view.reveal(...spanOf(thing));
    choose(thing, true);
  }

  function pin(index, px, py) {
    const thing = painter.pickAt(index, px, py);
    if (thing) freeze();
    choose(thing, true);
  }

  function toggleTable() {
    page.table.hidden = !page.table.hidden;
    page.buttons.table.setAttribute("aria-expanded", String(!page.table.hidden));
    painter.refresh();
  }

  connectControls(page, {
    freeze: () => (view.live ? freeze() : resume()),
    live: resume,
    back: () => step(-1),
    forward: () => step(1),
    closer: () => zoom(1),
    farther: () => zoom(-1),
    previous: (index) => go(index, -1),
    next: (index) => go(index, 1),
    above: (index) => change(index, -1),
    below: (index) => change(index, 1),
    unchoose: () => choose(null),
    pointAt: (index, px, py) => { if (!pinned) choose(painter.pickAt(index, px, py)); },
    pointAway: () => { if (!pinned) choose(null); },
    pin,
    look: painter.refresh,
    table: toggleTable,
  });

  return {
    notice: record.notice,
    painted: record.painted,
    freeze,
    resume,
    clear() {
      record.clear();
      resume();
    },
  };
}
