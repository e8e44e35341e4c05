// What is known to have happened: a lane for each technique, and the events that any of them told of.
// It keeps and judges nothing. All moments are performance.now() in ms, but an event's `at` is the server's clock: the two
// meet only when they are drawn, so a clock that has become better repairs what was drawn before.
// Bounded: one minute back, and MOST things of a kind.

import { ask, connect, createLane, disconnect, keep, KINDS, learnFromAnswer, learnFromPush, MOST, newsOf, push, settle, stop, underWay } from "./lane.js";
import { endOf } from "./things.js";

/** How far back it reaches, in ms. */
export const KEPT = 60_000;

/** How often what is older is let go, in ms. */
const TIDY = 1_000;

/**
 * @param {string[]} techniques  the lanes, from above
 * @param {{at: function(number): number, uncertainty: ?number}} clock
 */
export function createRecord(techniques, clock) {
  const lanes = techniques.map(createLane);
  const events = [];
  const known = new Map();
  let tidied = -Infinity;

  /** What each kind of notice means (see the head of ../timeline.js). An answer to no question that is kept means nothing. */
  const on = {
    asked: (lane, { id, t, hold = 0 }) => ask(lane, id, t, hold, clock),
    answered(lane, { id, t, batch }) {
      const request = underWay(lane, id);
      if (!request) return;
      Object.assign(request, newsOf(batch));
      settle(lane, request, t, batch ? (request.count ? "news" : "nothing") : "connection");
      if (!batch) return; // a handshake takes several round trips: nothing to learn of the way
      learnFromAnswer(lane, request, clock);
      receive(lane, batch, t, request);
    },
    failed(lane, { id, t, problem }) {
      const request = underWay(lane, id);
      if (!request) return;
      request.problem = problem;
      settle(lane, request, t, "failed");
    },
    opened: (lane, { t, transport }) => connect(lane, t, transport),
    pushed(lane, { t, batch }) {
      const told = push(lane, t, batch, clock);
      learnFromPush(lane, told, clock);
      receive(lane, batch, t, told);
    },
    closed: (lane, { t, reason }) => disconnect(lane, t, reason),
    refused(lane, { t }) {
      keep(lane.refusals, { kind: "refusal", technique: lane.technique, t });
      lane.cursor = { epoch: null, last: null };
    },
    started(lane) {
      lane.running = true;
    },
    stopped: (lane, { t }) => stop(lane, t),
  };

  /** Take in a batch's events. Where the feed no longer held what follows (`first` of the contract), those are missed. */
  function receive(lane, batch, t, via) {
    if (batch.epoch !== lane.cursor.epoch) lane.cursor = { epoch: batch.epoch, last: null };
    markMissed(lane, batch.first, t);
    for (const event of batch.events) {
      via.newest = sight(lane, happening(event), t, via);
      lane.cursor.last = Math.max(lane.cursor.last ?? 0, event.id);
    }
  }

  /** Only events that another lane told of can be shown as missed; of the others nothing is known here. */
  function markMissed(lane, first, t) {
    const { cursor: { last }, newestAt } = lane;
    if (last === null || first - 1 <= last) return;
    for (const event of events) {
      if (event.at > newestAt && event.id > last && event.id < first) sight(lane, event, t, null).missed = true;
    }
  }

  function sight(lane, event, t, via) {
    const { technique } = lane;
    lane.newestAt = Math.max(lane.newestAt, event.at);
    event.sightings[technique] ??= keep(lane.sightings, { kind: "sighting", technique, event, via, arrived: t, painted: null, missed: false });
    return event.sightings[technique];
  }

  /** The one record of an event, whichever lane told of it first. It never changes, so its id and time name it in any epoch. */
  function happening({ id, at, kind }) {
    const key = `${id}@${at}`;
    if (!known.has(key)) {
      known.set(key, { id, at, what: kind, sightings: {} });
      insertByTime(events, known.get(key));
      if (events.length > MOST) forget(MOST / 8);
    }
    return known.get(key);
  }

  function forget(count) {
    for (const { id, at } of events.splice(0, count)) known.delete(`${id}@${at}`);
  }

  function tidy(t) {
    if (t - tidied < TIDY) return;
    tidied = t;
    for (const lane of lanes) for (const kind of KINDS) lane[kind].splice(0, countWhile(lane[kind], (thing) => endOf(thing) < t - KEPT));
    forget(countWhile(events, (event) => event.at < clock.at(t) - KEPT));
  }

  function laneOf(technique) {
    const lane = lanes.find((one) => one.technique === technique);
    if (!lane) throw new Error(`There is no lane "${technique}"; there are: ${techniques.join(", ")}.`);
    return lane;
  }

  return {
    events,
    lanes,

    /** Keep one notice. */
    notice(technique, notice) {
      const { kind, t } = notice;
      if (!Object.hasOwn(on, kind)) throw new Error(`There is no notice "${kind}"; there are: ${Object.keys(on).join(", ")}.`);
      on[kind](laneOf(technique), notice);
      tidy(t);
    },

    /** Keep that an event was painted at `t`; the first time counts. */
    painted(technique, event, t) {
      sight(laneOf(technique), happening(event), t, null).painted ??= t;
      tidy(t);
    },

    /** Forget all things. What is under way is forgotten too; its answer will find no question. */
    clear() {
      forget(events.length);
      for (const lane of lanes) for (const kind of KINDS) lane[kind].length = 0;
    },

    /** A copy that stands still while the record goes on. */
    copy() {
      const copyLane = (lane) => ({ ...lane, ...Object.fromEntries(KINDS.map((kind) => [kind, lane[kind].slice()])) });
      return { events: events.slice(), lanes: lanes.map(copyLane) };
    },
  };
}

function insertByTime(events, event) {
  const index = events.findLastIndex((other) => other.at <= event.at);
  events.splice(index + 1, 0, event);
}

function countWhile(list, holds) {
  const index = list.findIndex((item) => !holds(item));
  return index < 0 ? list.length : index;
}
