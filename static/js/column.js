// A dashboard: one column of the page, fed by one technique. It never knows which: all that it hears of the sale comes
// through report(batch), and all that it knows of the way there are the notices of its line.
import $ from "../vendor/jquery/jquery.js";
import { createChart } from "./chart.js";
import { createDelays } from "./delays.js";
import { createEventList } from "./event-list.js";
import { createFigures } from "./figures.js";
import { count, duration } from "./format.js";
import { createGauge } from "./gauge.js";
import { createJudge } from "./judge.js";
import { createLine } from "./line.js";
import { createMarks, createNote } from "./marks.js";
import { createTally } from "./tally.js";
import { TRANSPORTS } from "./transports/index.js";

const FASTEST_SALE = 3000; // tickets a minute: 50 a second

/** Browsers' clocks tell no more than a tenth of a millisecond. */
const toTenth = (ms) => Math.round(10 * ms) / 10;

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
 */
export function createColumn(root, { start, clock, settings, viewer, request, tabs, timeline }) {
  const technique = root.dataset.technique;
  const $root = $(root);
  const $left = $root.find(".left-count");
  const cursor = { epoch: start.epoch, after: start.last };
  const judge = createJudge(cursor);
  const tally = createTally();
  const delays = createDelays();
  const figures = createFigures($root);
  const events = createEventList($root.find(".events"));
  const chart = createChart($root.find(".chart")[0], start);
  const salesGauge = createGauge($root.find(".gauge")[0], { max: FASTEST_SALE, label: "Tickets sold a minute", unit: "sold a minute" });
  const marks = createMarks($root, judge);
  const note = createNote($root.find(".note"));
  const line = createLine({ viewer, notice });
  const transport = guarded(TRANSPORTS[technique]({ channel: "sales", cursor, settings, report, line }));

  let arrived = []; // events that no frame has shown yet
  let seen = 0; // events shown since the start or the last reset
  let timedFrom = 0; // performance.now() from which on events are timed: what happened before was not waited for
  let isWanted = false;

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
    const news = arrived.map((event) => ({ event, delay: delayOf(event, t) }));
    arrived = [];
    if (news.length > 0) showSale(news, t);
    showFigures();
  }

  function showSale(news, t) {
    const { left, per_minute } = news.at(-1).event.data;
    $left.text(count(left).number);
    salesGauge.setValue(per_minute);
    events.add(news);
    seen += news.length;
    delays.add(news.map(({ delay }) => delay).filter((delay) => delay !== null));
    for (const { event, delay } of news) {
      chart.hear(event.at, event.data.sold);
      if (t !== null) timeline.painted(technique, event, t, delay);
    }
  }

  /** From the event to its painting, in ms, by the server's clock; null for what nobody saw or nobody waited for. */
  function delayOf(event, t) {
    if (t === null || event.at < clock.at(timedFrom) || !isFinite(clock.uncertainty)) return null;
    return Math.max(0, toTenth(clock.at(t) - event.at));
  }

  function showFigures() {
    figures.say("state", tally.state);
    figures.say("transport", tally.transport);
    figures.set("requests", tally.requests, count);
    figures.set("empty", tally.empty, count);
    figures.set("events", seen, count);
    figures.set("last-id", judge.lastId, count);
    figures.set("delay", delays.last(), duration);
    figures.set("delay-median", delays.median(), duration);
    figures.set("delay-p95", delays.p95(), duration);
    figures.set("age", tally.heardAt && toTenth(performance.now() - tally.heardAt), duration);
    figures.set("missed", judge.missed, count);
    figures.set("doubled", judge.doubled, count);
    marks.show(tally.state);
  }

  /** @param {object} notice what the line has just done */
  function notice(notice) {
    tally.notice(notice);
    if (notice.kind === "refused") judge.forget();
    note.notice(notice);
    timeline.notice(technique, notice);
    soon();
  }

  /** A held question keeps one of the browser's few connections, so its tabs agree on who may. */
  function guarded(transport) {
    return technique === "long-poll" ? tabs.guard(transport, { changed }) : transport;
  }

  function changed(state, why) {
    if (state === "running") begin();
    else end();
    if (state === "refused") note.offer(why, "Start it anyway", startAnyway);
    isWanted &&= state !== "refused";
    soon();
  }

  function startAnyway() {
    tabs.lift();
    column.start();
  }

  function begin() {
    timedFrom = performance.now();
    tally.start();
  }

  function end() {
    tally.stop();
    timeline.notice(technique, { kind: "stopped", t: performance.now() });
  }

  /** Begin the delays anew: those before belong to another setting. */
  function timeAnew() {
    delays.clear();
    timedFrom = performance.now();
  }

  $(document).on("visibilitychange", () => {
    if (document.hidden) show(null);
    else timedFrom = performance.now();
  });

  const column = {
    technique,
    start() {
      isWanted = true;
      note.clear();
      begin();
      transport.start();
      soon();
    },
    stop() {
      isWanted = false;
      transport.stop();
      end();
      soon();
    },
    /** A setting has changed: the transport begins anew with it. */
    restart() {
      timeAnew();
      if (!isWanted) return;
      column.stop();
      column.start();
    },
    /** Begin all figures anew. */
    reset() {
      seen = 0;
      judge.reset();
      tally.reset();
      timeAnew();
      soon();
    },
    isWanted: () => isWanted,
    /** Hear what the server says is true now: the column is marked where it is behind. */
    compare(now) {
      if (isFinite(clock.uncertainty)) chart.know(clock.now(), now.sold);
      marks.compare(now);
    },
    /** Show what changes by itself. `knownUntil`: performance.now() of the last `compare`. */
    tick(knownUntil) {
      const now = performance.now();
      const heardUntil = tally.isWaiting() ? now : (tally.heardAt ?? now);
      chart.draw(clock.at(now), clock.at(heardUntil), clock.at(knownUntil));
      soon();
    },
    figures: figures.values,
    delays: delays.list,
  };
  return column;
}
