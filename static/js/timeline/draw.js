// One lane's picture: the server's line above, the browser's below. Measured strokes are strong, estimated ones thin.
// Everything is drawn anew each time; what falls on the same pixels is drawn once, so the cost is bounded by the width.

import { unseen, whoWaits } from "./estimate.js";
import { isLost, middle, strokes, waits, x, xAt } from "./geometry.js";
import { addArrow, addCross, addDisc, addLine, MARKS } from "./shapes.js";
import { endOf, startOf } from "./things.js";
import { ticks, tickStep } from "./view.js";
import { moment } from "./words.js";

/**
 * Draw a lane.
 * @param {CanvasRenderingContext2D} ctx  scaled to CSS pixels
 * @param {import("./geometry.js").Frame} frame
 * @param {object} record
 * @param {import("./record.js").Lane} lane
 * @param {{ink: string, paper: string, quiet: string, line: string, lost: string, technique: string}} colours
 * @param {?object} chosen  the thing to point out; its event is pointed out in every lane
 */
export function drawLane(ctx, frame, record, lane, colours, chosen) {
  const pen = { ctx, frame, lane, colours, size: frame.em * crowding(frame, record), seen: inView(frame, lane) };
  ctx.clearRect(0, 0, frame.width, frame.height);
  drawTicks(pen);
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, 0, Math.min(frame.plot, x(frame, frame.now)), frame.height);
  ctx.clip();
  drawLines(pen);
  drawChosen(pen, inThisLane(chosen, lane));
  drawWaits(pen);
  drawAsking(pen);
  drawQuestions(pen);
  drawSightings(pen);
  drawHappenings(pen, record);
  drawBreaks(pen);
  ctx.restore();
  drawWords(pen, record);
}

/** Draw the axis under the lanes: the server's clock. */
export function drawAxis(ctx, frame, colours) {
  ctx.clearRect(0, 0, frame.width, frame.height);
  ctx.fillStyle = colours.quiet;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  const step = tickEvery(frame);
  const places = Math.max(0, Math.min(3, 3 - Math.floor(Math.log10(step))));
  for (const at of ticks(frame.left + frame.shift, frame.right + frame.shift, step)) {
    const px = xAt(frame, at);
    if (px > 2.5 * frame.em) ctx.fillText(moment(at + 0.001, places), px, frame.height / 2);
  }
}

/** So far apart that the times of day, which are longer where the ticks are closer, do not touch. */
function tickEvery(frame) {
  const step = tickStep(6.5 * frame.em / frame.scale);
  return step < 1_000 ? tickStep(8.5 * frame.em / frame.scale) : step;
}

/** How much smaller marks are, in three steps, where events stand close; the same in every lane. */
function crowding(frame, record) {
  const [from, to] = [frame.left + frame.shift, frame.right + frame.shift];
  let count = 0;
  for (const { at } of record.events) if (at >= from && at <= to) count += 1;
  const room = frame.plot / (count + 1) / frame.em;
  return room > 1.2 ? 1 : room > 0.5 ? 0.75 : 0.5;
}

function inView(frame, lane) {
  return Object.fromEntries(["requests", "pushes", "connections", "pauses", "refusals", "sightings"].map((kind) => [kind, visible(frame, lane[kind])]));
}

/** Those in the window; of those that begin and end on the same pixels, and in the same way, one. */
function visible(frame, list) {
  const kept = [];
  let from, to, outcome;
  for (const thing of list) {
    const begun = startOf(thing, frame.shift);
    const over = endOf(thing);
    if (over < frame.left || begun > frame.right) continue;
    const x0 = Math.round(x(frame, begun));
    const x1 = Math.round(x(frame, over));
    const how = thing.outcome ?? thing.missed;
    if (x0 !== from || x1 !== to || how !== outcome) kept.push(thing);
    from = x0;
    to = x1;
    outcome = how;
  }
  return kept;
}

function inThisLane(chosen, lane) {
  if (chosen?.kind === "sighting") return chosen.event.sightings[lane.technique];
  return chosen?.technique === lane.technique ? chosen : null;
}

function drawTicks({ ctx, frame, colours }) {
  const path = new Path2D();
  for (const at of ticks(frame.left + frame.shift, frame.right + frame.shift, tickEvery(frame))) {
    const px = Math.round(xAt(frame, at)) + 0.5;
    addLine(path, px, 0, px, frame.height);
  }
  stroke(ctx, path, colours.line, 1);
}

function drawLines({ ctx, frame, colours }) {
  const path = new Path2D();
  for (const y of [frame.server, frame.browser]) addLine(path, 0, Math.round(y) + 0.5, frame.plot, Math.round(y) + 0.5);
  stroke(ctx, path, colours.quiet, 1);
}

/** The chosen thing stands in a broad band. */
function drawChosen({ ctx, frame, colours }, thing) {
  if (!thing) return;
  const path = new Path2D();
  strokes(thing, frame, (...line) => addLine(path, ...line));
  waits(thing, frame, (from, to, y) => addLine(path, Math.max(from, -9), y, Math.min(to, frame.plot + 9), y));
  ctx.globalAlpha = 0.25;
  ctx.lineCap = ctx.lineJoin = "round";
  stroke(ctx, path, colours.ink, 0.9 * frame.em);
  ctx.lineCap = "butt";
  ctx.globalAlpha = 1;
}

/** A bar lies where somebody waits; it has no right end while the waiting lasts. A short gap stays a gap. */
function drawWaits({ ctx, frame, seen, colours }) {
  const path = new Path2D();
  const half = 0.22 * frame.em;
  const bar = (from, to, y) => {
    const [a, b] = [Math.max(from + 1.5, -9), Math.min(to - 1.5, frame.plot + 9)];
    if (b > a) path.rect(a, y - half, b - a, 2 * half);
  };
  for (const list of [seen.connections, seen.pauses, seen.requests]) for (const thing of list) waits(thing, frame, bar);
  ctx.globalAlpha = 0.75; // 3 : 1 against the paper
  fill(ctx, path, colours.technique);
  ctx.globalAlpha = 1;
}

/** How a question looks that brought news or is under way, that was asked in vain, that failed. */
const MANNERS = {
  news: { colour: "technique", inside: "technique", width: 0.1, dash: [] },
  nothing: { colour: "quiet", inside: "paper", width: 0.1, dash: [0.35, 0.25] },
  failed: { colour: "lost", inside: "lost", width: 0.15, dash: [0.35, 0.25] },
};

function manner(thing) {
  if (thing.kind === "push") return thing.count ? "news" : "nothing";
  if (thing.outcome === "failed") return "failed";
  return thing.outcome === "nothing" || thing.outcome === "let go" ? "nothing" : "news";
}

/** An arrow up wherever the browser asks; hollow where it asked in vain. */
function drawAsking({ ctx, frame, seen, colours, size }) {
  const paths = pathsByManner();
  let last = -Infinity;
  for (const request of seen.requests) {
    const px = x(frame, request.asked);
    if (px - last < 0.4 * size) continue;
    addArrow(paths[manner(request)], px, frame.bands.browser, 0.31 * size);
    last = px;
  }
  for (const [name, { colour, inside }] of Object.entries(MANNERS)) {
    fill(ctx, paths[name], colours[inside]);
    stroke(ctx, paths[name], colours[colour], 0.11 * size);
  }
}

/** Questions, answers and pushes: thin, because their end at the server is an estimate. */
function drawQuestions({ ctx, frame, seen, colours }) {
  const paths = pathsByManner();
  for (const list of [seen.requests, seen.pushes]) {
    for (const thing of list) {
      const path = paths[manner(thing)];
      strokes(thing, frame, (x0, y0, x1, y1) => addLine(path, x0, y0, x1, y1));
    }
  }
  for (const [name, { colour, width, dash }] of Object.entries(MANNERS)) {
    ctx.setLineDash(dash.map((part) => part * frame.em));
    stroke(ctx, paths[name], colours[colour], Math.max(1, width * frame.em));
  }
  ctx.setLineDash([]);
}

function pathsByManner() {
  return Object.fromEntries(Object.keys(MANNERS).map((name) => [name, new Path2D()]));
}

/** Events on their way to the eye: measured at both ends, so the strongest strokes. */
function drawSightings(pen) {
  const { ctx, frame, seen, colours, size } = pen;
  const path = new Path2D();
  const line = (x0, y0, x1, y1) => addLine(path, x0, y0, x1, y1);
  for (const sighting of seen.sightings) strokes(sighting, frame, line);
  stroke(ctx, path, colours.technique, 0.22 * size);
  drawMarks(pen, seen.sightings.filter(({ painted }) => painted !== null).map(({ painted }) => x(frame, painted)));
}

/** The technique's own mark wherever events are painted. */
function drawMarks({ ctx, frame, lane, colours, size }, places) {
  const { outline, filled } = MARKS[lane.technique];
  const [around, inside] = [new Path2D(), new Path2D()];
  for (const px of apart(places, 0.5 * size)) {
    outline(around, px, frame.browser, 0.5 * size);
    filled?.(inside, px, frame.browser, 0.5 * size);
  }
  fill(ctx, around, colours.paper);
  fill(ctx, inside, colours.technique);
  stroke(ctx, around, colours.technique, 0.17 * size);
}

/** Events on the server's line, whoever told of them: filled once this lane has shown them, hollow before. */
function drawHappenings({ ctx, frame, lane, colours, size }, record) {
  const [shown, hidden] = [[], []];
  for (const event of record.events) {
    const px = xAt(frame, event.at);
    if (px < -size || px > frame.plot + size) continue;
    const sighting = event.sightings[lane.technique];
    (sighting && !sighting.missed ? shown : hidden).push(px);
  }
  const [full, hollow] = [shown, hidden].map((places) => {
    const path = new Path2D();
    for (const px of apart(places, 0.5 * size)) addDisc(path, px, frame.server, 0.36 * size);
    return path;
  });
  stroke(ctx, full, colours.paper, 0.3 * size);
  fill(ctx, full, colours.ink);
  fill(ctx, hollow, colours.paper);
  stroke(ctx, hollow, colours.ink, 0.15 * size);
}

/** Places in order, without those that lie nearer than `least` px to the one before. */
function apart(places, least) {
  let last = -Infinity;
  return places.filter((px) => {
    if (px - last < least) return false;
    last = px;
    return true;
  });
}

/** What is lost is crossed out: a question without an answer, an error, a missed event, a connection that broke. */
function drawBreaks({ ctx, frame, seen, colours }) {
  const path = new Path2D();
  const cross = (px, py) => addCross(path, px, py, 0.4 * frame.em);
  for (const request of seen.requests) {
    if (isLost(request)) cross(x(frame, (request.asked + request.ended) / 2), middle(frame));
    else if (request.outcome === "failed") cross(x(frame, request.ended), frame.browser);
  }
  for (const { missed, event } of seen.sightings) if (missed) cross(xAt(frame, event.at), middle(frame));
  for (const { closed, reason } of seen.connections) {
    if (closed !== null && reason !== "stopped") cross(x(frame, closed), frame.bands.server);
  }
  for (const { t } of seen.refusals) cross(x(frame, t), frame.browser);
  stroke(ctx, path, colours.lost, 0.2 * frame.em);
}

/** At the right edge: who waits at this moment, and how many events are not seen yet. */
function drawWords({ ctx, frame, lane, colours }, record) {
  const t = Math.min(frame.right, frame.now);
  const px = frame.plot + 0.5 * frame.em;
  const waiting = whoWaits(lane, t, frame.shift);
  const count = lane.newestAt > -Infinity ? unseen(record, lane, t, frame.shift) : 0;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.fillStyle = colours.technique;
  if (waiting) ctx.fillText("◂ waits", px, (frame[waiting] + frame.bands[waiting]) / 2);
  ctx.fillStyle = colours.ink;
  if (count) ctx.fillText(`${count} unseen`, px, waiting === "server" ? middle(frame) : frame.server);
}

function stroke(ctx, path, colour, width) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke(path);
}

function fill(ctx, path, colour) {
  ctx.fillStyle = colour;
  ctx.fill(path);
}
