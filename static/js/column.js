// A dashboard: one column of the page, fed by one technique. It never knows which: all that it hears of the sale comes
// through report(batch), and all that it knows of the way there are the notices of its line.
import $ from "../vendor/jquery/jquery.js";
import { createChart } from "./chart.js";
import { createDelays } from "./delays.js";
import { createDrive } from "./drive.js";
import { createEventList } from "./event-list.js";
import { createFigures } from "./figures.js";
import { count, duration, plusMinus } from "./format.js";
import { createGauge } from "./gauge.js";
import { createJudge } from "./judge.js";
import { createMarks, createNote } from "./marks.js";

const FASTEST_SALE = 3000; // tickets a minute: 50 a second

/**
 * @param {Element} root the column's element
 * @param {object} page what all columns share
 * @param {{epoch: string, last: number, points: [number, number][]}} page.start what the page carried
 * @param {{at: (t: number) => number, now: () => number, uncertainty: number}} page.clock the server's
 * @param {{interval: number, hold: number}} page.settings
 * @param {string} page.viewer
 * @param {(draw: (t: number) => void) => void} page.request asks for an animation frame
 * @param {ReturnType<typeof import("./tabs.js").createTabs>} page.tabs
 * @param {ReturnType<typeof import("./timeline.js").createTimeline>} page.timeline
 * @param {typeof import("./transports/index.js").TRANSPORTS} [page.transports] those that there are, and others besides
 */
export function createColumn(root, { start, clock, settings, viewer, request, tabs, timeline, transports }) {
  const technique = root.dataset.technique;
  const $root = $(root);
  const $left = $root.find(".left-count");
  const $uncertainty = $root.find(".uncertainty");
  const salesGauge = createGauge($root.find(".gauge")[0], { max: FASTEST_SALE, label: "Tickets sold a minute", unit: "sold a minute" });
  const chart = createChart($root.find(".chart")[0], start);
  const list = createEventList($root.find(".events"));
  const figures = createFigures($root);
  const note = createNote($root.find(".note"));
  const delays = createDelays(clock);
  const cursor = { epoch: start.epoch, after: start.last };
  const judge = createJudge(cursor);
  const marks = createMarks($root, judge);
  const drive = createDrive(technique, { cursor, settings, viewer, tabs, transports, report, notice });

  let arrived = []; // events that no frame has shown yet
  let seen = 0; // events shown since the start or the last reset

  /** The one door into this dashboard: every technique hands its batches in here. */
  function report(batch) {
    arrived.push(...judge.accept(batch));
    soon();
  }

  /** Show what is new in the next frame. A hidden page has no frames: there it is shown at once, and not timed. */
  function soon() {
    if (document.hidden) show(null);
    else request(show);
  }

  /** Put all that has arrived on the page at once. `t` is the moment of painting; null: nobody saw it. */
  function show(t) {
    const events = arrived;
    arrived = [];
    if (events.length > 0) showSale(events, t);
    showFigures();
  }

  function showSale(events, t) {
    showStanding(events.at(-1).data);
    list.add(events, delays.take(events, t));
    seen += events.length;
    for (const event of events) {
      chart.hear(event.at, event.data);
      if (t !== null) timeline.painted(technique, event, t);
    }
  }

  /** Every event says how things stand, so the newest is enough. */
  function showStanding({ left, per_minute }) {
    $left.text(count(left).number);
    salesGauge.setValue(per_minute);
  }

  function showFigures() {
    const { tally } = drive;
    figures.say("state", tally.state);
    figures.say("transport", tally.transport);
    figures.set("requests", tally.requests, count);
    figures.set("empty", tally.empty, count);
    figures.set("events", seen, count);
    figures.set("last-id", judge.lastId, count);
    figures.set("delay", delays.last(), duration);
    figures.set("delay-median", delays.median(), duration);
    figures.set("delay-p95", delays.p95(), duration);
    figures.set("age", tally.age(), duration);
    figures.set("missed", judge.missed, count);
    figures.set("doubled", judge.doubled, count);
    marks.show(tally.state);
    showUncertainty();
  }

  /** By how much the delays may be wrong, because two clocks had to be compared. */
  function showUncertainty() {
    const text = plusMinus(clock.uncertainty);
    if ($uncertainty.text() !== text) $uncertainty.text(text).prop("hidden", text === "");
  }

  /** What the column's line has just done, or what was done with it. */
  function notice(one) {
    if (one.kind === "started") delays.fromNow();
    else timeline.notice(technique, one);
    if (one.kind === "refused") judge.forget();
    note.notice(one, drive);
    soon();
  }

  /** What was measured before belongs to another setting. */
  function timeAnew() {
    delays.clear();
    delays.fromNow();
  }

  $(document).on("visibilitychange", () => (document.hidden ? show(null) : delays.fromNow()));
  showStanding(start.latest ?? { left: start.now.left, per_minute: 0 });

  return {
    technique,
    root,
    start: drive.start,
    stop: drive.stop,
    isRunning: () => drive.tally.state !== "stopped",
    isWanted: drive.isWanted,
    /** A setting has changed: begin anew with it. */
    restart() {
      timeAnew();
      drive.restart();
    },
    timeAnew,
    /** Whatever comes next is the beginning: what was heard before came in another way. */
    forget: judge.forget,
    /** Begin all figures anew. */
    reset() {
      seen = 0;
      judge.reset();
      drive.tally.reset();
      timeAnew();
      soon();
    },
    /** Hear what the server says is true now: the column is marked where it is behind. */
    compare(now) {
      if (isFinite(clock.uncertainty)) chart.know(clock.now(), now);
      marks.compare(now);
    },
    /** Show what changes by itself. `knownUntil`: performance.now() of the last `compare`. */
    tick(knownUntil) {
      const now = performance.now();
      chart.draw(clock.at(now), clock.at(drive.tally.heardUntil(now)), clock.at(knownUntil));
      soon();
    },
    figures: figures.values,
    /** Show a figure that is measured elsewhere. */
    set: figures.set,
    events: () => seen,
    delays: delays.list,
  };
}
