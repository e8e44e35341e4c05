// Every thing of the picture in words. Pure. Durations in ms or s, moments as the server's clock in this time zone.

import { duration, inline } from "../format.js";
import { arrival, departure, isHeld } from "./estimate.js";

/** The techniques' names on the page. */
export const NAMES = {
  "short-poll": "Short polling",
  "long-poll": "Long polling",
  "web-socket": "WebSocket (Socket.IO)",
  "yours": "Yours",
};

/** Who waits in each, as a caption. */
export const CAPTIONS = {
  "short-poll": "you wait, then ask",
  "long-poll": "you ask, the server waits",
  "web-socket": "the server waits, then tells you",
  "yours": "your own",
};

/** 9 ms, 3.4 s. */
export function lasting(ms) {
  return inline(duration(Math.max(0, ms)));
}

/** 12:00:01.2; `places` of a second, 0 to 3, cut off as clocks do. */
export function moment(at, places = 1) {
  const date = new Date(Math.floor(at));
  const [h, m, s] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0"));
  const fraction = String(date.getMilliseconds()).padStart(3, "0").slice(0, places);
  return places ? `${h}:${m}:${s}.${fraction}` : `${h}:${m}:${s}`;
}

/**
 * Say what a thing is.
 * @param {object} thing  from the record
 * @param {number} shift  what to add to a performance.now() to get the server's clock, in ms
 * @param {number} now  performance.now(), for what is still under way
 */
export function say(thing, shift, now) {
  return SENTENCES[thing.kind](thing, shift, now);
}

const SENTENCES = {
  request(request, shift, now) {
    const asked = `${NAMES[request.technique]} asked at ${moment(request.asked + shift)}`;
    return `${asked}, ${OUTCOMES[request.outcome ?? "under way"](request, shift, now)}.`;
  },
  push(push, shift) {
    return `The server told ${NAMES[push.technique]} at ${moment(push.ended + shift)}, unasked: ${news(push)}.`;
  },
  connection(connection, shift, now) {
    const { technique, opened, closed, transport, reason } = connection;
    const start = `${NAMES[technique]}: a connection open since ${moment(opened + shift)} (${transport})`;
    return closed === null ? `${start}, ${lasting(now - opened)} so far.`
      : `${start}, closed after ${lasting(closed - opened)}: ${reason}.`;
  },
  pause({ technique, from, to }, shift, now) {
    const start = `${NAMES[technique]}: from ${moment(from + shift)} the browser waits`;
    return to === null ? `${start}, ${lasting(now - from)} so far.` : `${start} ${lasting(to - from)}, then asks again.`;
  },
  refusal({ technique, t }, shift) {
    return `At ${moment(t + shift)} the server refused the place in the log that ${NAMES[technique]} asked from; it starts over from now.`;
  },
  sighting(sighting, shift) {
    const { event } = sighting;
    return `Event ${event.id} (${event.what}) happened at ${moment(event.at, 3)}; ${seen(sighting, shift)}.`;
  },
};

const OUTCOMES = {
  "under way": (request, shift, now) => (request.hold
    ? `waits on the server, ${lasting(now - request.asked)} so far`
    : `no answer yet after ${lasting(now - request.asked)}`),
  "news": (request, shift) => `${held(request, shift)}answered with ${news(request)}${newestSeen(request, shift)}`,
  "nothing": (request, shift) => `${held(request, shift)}answered with nothing new`,
  "connection": (request) => `connected after ${lasting(request.ended - request.asked)}`,
  "failed": ({ asked, ended, problem }) => `failed after ${lasting(ended - asked)}: ${problem?.title ?? "no answer"}`,
  "let go": ({ asked, ended }) => `let go after ${lasting(ended - asked)}, because it was stopped`,
};

/** "held about 3.4 s, ", or how long the round trip took. */
function held(request, shift) {
  const ms = departure(request, shift) - arrival(request);
  return isHeld(request) ? `held about ${lasting(ms)}, ` : `${lasting(request.ended - request.asked)} there and back, `;
}

function news({ count, first, last }) {
  if (!count) return "nothing new";
  return count === 1 ? `1 event (${first})` : `${count} events (${first} to ${last})`;
}

function newestSeen({ newest }, shift) {
  return newest?.painted ? `; you saw event ${newest.event.id} after ${lasting(delayOf(newest, shift))}` : "";
}

/** How an event came to be seen in its lane. */
function seen(sighting, shift) {
  const { technique, via, painted, missed } = sighting;
  const name = NAMES[technique];
  if (missed) return `${name} missed it: the feed no longer held it`;
  if (painted === null) return `it reached ${name} while this page was hidden`;
  const how = { request: " in an answer", push: ", unasked" }[via?.kind] ?? "";
  return `you saw it ${lasting(delayOf(sighting, shift))} later, by ${name}${how}`;
}

/** From the event to its painting, in ms. */
function delayOf({ event, painted }, shift) {
  return painted + shift - event.at;
}

/** The same event in each lane: "Short polling 2.6 s · Long polling 9 ms · WebSocket (Socket.IO) not yet". */
export function compare(event, techniques, shift) {
  return techniques.map((technique) => {
    const sighting = event.sightings[technique];
    const isPainted = sighting && sighting.painted !== null;
    return `${NAMES[technique]} ${isPainted ? lasting(delayOf(sighting, shift)) : "not yet"}`;
  }).join(" · ");
}
