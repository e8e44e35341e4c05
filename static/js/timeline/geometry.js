// Where things lie: moments to pixels, the straight strokes of each thing, and which thing is under the pointer. Pure.

import { arrival, departure, isHeld, pushDeparture } from "./estimate.js";
import { endOf, startOf } from "./things.js";

/**
 * @typedef {{left: number, right: number, shift: number, now: number, scale: number, width: number, plot: number,
 *   height: number, em: number, server: number, browser: number,
 *   bands: {server: number, browser: number}}} Frame
 *   `left`, `right`, `now`: performance.now() ms; `scale`: px a ms; `server` and `browser`: the two lines' y;
 *   `bands`: the middle of the band above the server's line, where it waits, and below the browser's, where it waits and asks
 */

/** Room beside the picture for the words at its right edge, and above and below its lines, in em. */
const GUTTER = 7;
const EDGE = 1.1;
const BAND = 0.72;

/** The frame of one lane's picture. */
export function createFrame({ right, span, shift, now, width, height, em }) {
  const plot = Math.max(1, width - GUTTER * em);
  const [server, browser] = [EDGE * em, height - EDGE * em];
  const bands = { server: server - BAND * em, browser: browser + BAND * em };
  return { left: right - span, right, shift, now, scale: plot / span, width, plot, height, em, server, browser, bands };
}

/** The x of a performance.now() moment. */
export function x(frame, t) {
  return (t - frame.left) * frame.scale;
}

/** The x of a server's moment. */
export function xAt(frame, at) {
  return (at - frame.shift - frame.left) * frame.scale;
}

/** Whether any of the thing lies in the window. */
export function isVisible(frame, thing) {
  return endOf(thing) >= frame.left && startOf(thing, frame.shift) <= frame.right;
}

/**
 * Call `line(x0, y0, x1, y1)` for each stroke between the two lines.
 * A question that got no answer turns back half way: whether it reached the server nobody knows.
 */
export function strokes(thing, frame, line) {
  const { server, browser } = frame;
  if (thing.kind === "request") return requestStrokes(thing, frame, line);
  if (thing.kind === "push") return line(x(frame, pushDeparture(thing, frame.shift)), server, x(frame, thing.ended), browser);
  if (thing.kind === "sighting" && thing.missed) return line(xAt(frame, thing.event.at), server, xAt(frame, thing.event.at), middle(frame));
  if (thing.kind === "sighting") return line(xAt(frame, thing.event.at), server, x(frame, endOf(thing)), browser);
  return undefined;
}

function requestStrokes(request, frame, line) {
  const { server, browser } = frame;
  const x0 = x(frame, request.asked);
  const lost = isLost(request);
  const top = lost ? middle(frame) : server;
  const x1 = x(frame, lost ? (request.asked + request.ended) / 2 : arrival(request));
  line(x0, browser, x1, top);
  if (request.ended === null || request.outcome === "let go") return;
  line(x(frame, request.ended), browser, lost ? x1 : x(frame, departure(request, frame.shift)), top);
}

/** Whether a question got no answer at all (an error answer is an answer). */
export function isLost(request) {
  return request.outcome === "failed" && !request.problem?.status;
}

/** Half way between the two lines. */
export function middle(frame) {
  return (frame.server + frame.browser) / 2;
}

/** Call `bar(from, to, y)` where somebody waits: in the server's band or in the browser's; `to` is Infinity while it lasts. */
export function waits(thing, frame, bar) {
  const { server, browser } = frame.bands;
  if (thing.kind === "pause") return bar(x(frame, thing.from), x(frame, endOf(thing)), browser);
  if (thing.kind === "connection") return bar(x(frame, thing.opened), x(frame, endOf(thing)), server);
  if (thing.kind === "request" && isHeld(thing)) return bar(x(frame, arrival(thing)), x(frame, departure(thing, frame.shift)), server);
  return undefined;
}

/** What lies nearest to a point, within an em; an event before a question, a question before a wait. A push is named by its news. */
export function pick(lane, frame, px, py) {
  const best = { thing: null, distance: frame.em };
  for (const thing of [...lane.sightings, ...lane.requests, ...lane.pushes, ...lane.refusals, ...lane.pauses, ...lane.connections]) {
    if (!isVisible(frame, thing)) continue;
    const distance = distanceTo(thing, frame, px, py);
    if (distance < best.distance) Object.assign(best, { thing, distance });
  }
  return best.thing?.kind === "push" ? best.thing.newest ?? best.thing : best.thing;
}

const HANDICAP = { sighting: 0, request: 0.15, push: 0.15, refusal: 0, pause: 0.3, connection: 0.45 };

function distanceTo(thing, frame, px, py) {
  let least = thing.kind === "refusal" ? Math.hypot(x(frame, thing.t) - px, frame.browser - py) : Infinity;
  const line = (x0, y0, x1, y1) => { least = Math.min(least, toStroke(px, py, x0, y0, x1, y1)); };
  strokes(thing, frame, line);
  waits(thing, frame, (from, to, y) => line(from, y, Math.min(to, x(frame, frame.now)), y));
  return least + HANDICAP[thing.kind] * frame.em;
}

/** The distance of a point from a straight stroke, in px. */
export function toStroke(px, py, x0, y0, x1, y1) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const along = Math.max(0, Math.min(1, ((px - x0) * dx + (py - y0) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(px - x0 - along * dx, py - y0 - along * dy);
}
