// What one column did, in lists that only grow at their ends: questions, pushes, connections, and the pauses in between.
// Moments are performance.now() in ms. Pure.

import { typicalWay } from "./estimate.js";

/** The most things of one kind that a lane keeps, however fast they come. */
export const MOST = 8_000;

/** The lists of a lane. */
export const KINDS = ["requests", "pushes", "connections", "pauses", "refusals", "sightings"];

/** How many measured ways are remembered for the estimate. */
const WAYS = 5;

/**
 * @typedef {{kind: "request", technique: string, id: *, asked: number, hold: number, ended: ?number,
 *   outcome: ?("news"|"nothing"|"connection"|"failed"|"let go"), oneWay: number, problem: ?object} & News} Request
 *   `hold` and `oneWay` in ms; `oneWay` is what was believed when it was asked
 * @typedef {{kind: "push", technique: string, ended: number, oneWay: number} & News} Push
 * @typedef {{count: number, first: ?number, last: ?number, newestAt: ?number, newest: ?Sighting}} News  what a batch brought
 * @typedef {{kind: "connection", technique: string, opened: number, closed: ?number, transport: string, reason: ?string}} Connection
 * @typedef {{kind: "pause", technique: string, from: number, to: ?number}} Pause  the browser waits
 * @typedef {{kind: "refusal", technique: string, t: number}} Refusal
 * @typedef {{id: number, at: number, what: string, sightings: Object<string, Sighting>}} Happening  an event of the channel
 * @typedef {{kind: "sighting", technique: string, event: Happening, via: ?(Request|Push), arrived: number,
 *   painted: ?number, missed: boolean}} Sighting  one event as one lane sees it
 * @typedef {{technique: string, requests: Request[], pushes: Push[], connections: Connection[], pauses: Pause[],
 *   refusals: Refusal[], sightings: Sighting[], ways: number[], running: boolean, newestAt: number,
 *   cursor: {epoch: ?string, last: ?number}}} Lane  `ways`: measured ways in ms; `newestAt`: the newest event that it heard of
 */

/** @returns {Lane} */
export function createLane(technique) {
  const lists = Object.fromEntries(KINDS.map((kind) => [kind, []]));
  return { technique, ...lists, ways: [], running: false, newestAt: -Infinity, cursor: { epoch: null, last: null } };
}

/** Put a thing at the end of a list, and let the oldest go where there are too many. */
export function keep(list, thing) {
  if (list.length >= MOST) list.splice(0, MOST / 8);
  list.push(thing);
  return thing;
}

/** A question leaves. */
export function ask(lane, id, t, hold, clock) {
  endPause(lane, t);
  lane.running = true;
  const open = { id, asked: t, hold, ended: null, outcome: null, problem: null };
  keep(lane.requests, { kind: "request", technique: lane.technique, ...open, oneWay: typicalWay(lane, clock), ...newsOf(null) });
}

/** The question of this id that is still under way, if any. */
export function underWay(lane, id) {
  return lane.requests.findLast((request) => request.id === id && request.ended === null);
}

/** A question is over. */
export function settle(lane, request, t, outcome) {
  Object.assign(request, { ended: t, outcome });
  startPause(lane, t);
}

/** Somebody told something unasked. */
export function push(lane, t, batch, clock) {
  return keep(lane.pushes, { kind: "push", technique: lane.technique, ended: t, oneWay: typicalWay(lane, clock), ...newsOf(batch) });
}

/** The line is open. */
export function connect(lane, t, transport) {
  endPause(lane, t);
  lane.running = true;
  keep(lane.connections, { kind: "connection", technique: lane.technique, opened: t, closed: null, transport, reason: null });
}

/** The line is closed. */
export function disconnect(lane, t, reason) {
  const open = lane.connections.at(-1);
  if (open?.closed === null) Object.assign(open, { closed: t, reason });
  startPause(lane, t);
}

/** The column stops: what is under way is let go, and nobody waits. */
export function stop(lane, t) {
  lane.running = false;
  for (const request of lane.requests) if (request.ended === null) settle(lane, request, t, "let go");
  disconnect(lane, t, "stopped");
  endPause(lane, t);
}

/** From here the browser waits, if the column runs and nothing else of it is under way. */
function startPause(lane, t) {
  const isBusy = lane.connections.at(-1)?.closed === null || lane.requests.some((request) => request.ended === null);
  if (lane.running && !isBusy && lane.pauses.at(-1)?.to !== null) {
    keep(lane.pauses, { kind: "pause", technique: lane.technique, from: t, to: null });
  }
}

function endPause(lane, t) {
  const pause = lane.pauses.at(-1);
  if (pause?.to === null) pause.to = t;
}

/** What a batch brought, without its events' data. */
export function newsOf(batch) {
  const events = batch?.events ?? [];
  const newest = events.at(-1);
  return { count: events.length, first: events[0]?.id ?? null, last: newest?.id ?? null, newestAt: newest?.at ?? null, newest: null };
}

/** An answer that came at once took half of its round trip each way; one that was held set out with its newest event. */
export function learnFromAnswer(lane, request, clock) {
  const half = (request.ended - request.asked) / 2;
  if (!request.hold) learn(lane, half);
  if (!request.hold || !request.count || !isSet(clock)) return;
  const down = clock.at(request.ended) - request.newestAt;
  if (down < half) learn(lane, down); // else the news lay there before the question, and says nothing of the way
}

/** A push set out with its newest event. */
export function learnFromPush(lane, { count, ended, newestAt }, clock) {
  if (count && isSet(clock)) learn(lane, clock.at(ended) - newestAt);
}

function isSet(clock) {
  return Number.isFinite(clock.uncertainty);
}

function learn(lane, way) {
  lane.ways = [...lane.ways, Math.max(0, way)].slice(-WAYS);
}
