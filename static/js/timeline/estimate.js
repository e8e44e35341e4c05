// When a question was at the server is not known here: no answer says so. These are the best guesses from what is
// known, and the picture draws them thin. An event's own time is not guessed: the server wrote it into the event.
// All moments are performance.now() in ms; `shift` is what to add to get the server's clock.

/**
 * The way from here to the server, or back, in ms: the middle of the lane's last few measured ones; before there are
 * any, half of the clock's quickest round trip (which faults that are set on the lanes do not touch).
 */
export function typicalWay(lane, clock) {
  const sorted = [...lane.ways].sort((a, b) => a - b);
  if (sorted.length) return sorted[sorted.length >> 1];
  return Number.isFinite(clock.uncertainty) ? clock.uncertainty : 0;
}

/** When the question reached the server, by estimate. Answered at once: half way through its round trip. */
export function arrival(request) {
  if (request.ended === null) return request.asked + request.oneWay;
  const half = (request.ended - request.asked) / 2;
  return request.asked + (request.hold ? Math.min(request.oneWay, half) : half);
}

/**
 * When the answer left the server, by estimate; Infinity while it has not come. Not before its newest event happened;
 * without news, a held one left one way before it came.
 */
export function departure(request, shift) {
  if (request.ended === null) return Infinity;
  const arrived = arrival(request);
  if (request.newestAt !== null) return between(arrived, request.newestAt - shift, request.ended);
  return request.hold ? Math.max(arrived, request.ended - request.oneWay) : arrived;
}

/** When a push left the server, by estimate: with its newest event; an empty one, one way before it came. */
export function pushDeparture(push, shift) {
  return push.newestAt === null ? push.ended - push.oneWay : Math.min(push.ended, push.newestAt - shift);
}

/** Who waits in this lane at the moment `t`: "server", "browser", or null (under way, or not running). */
export function whoWaits(lane, t, shift) {
  if (lane.connections.some(({ opened, closed }) => opened <= t && t < (closed ?? Infinity))) return "server";
  if (lane.requests.findLast((request) => isHeld(request) && arrival(request) <= t && t < departure(request, shift))) return "server";
  return lane.pauses.findLast(({ from, to }) => from <= t && t < (to ?? Infinity)) ? "browser" : null;
}

/** Whether the server waits inside this question; of one that failed nobody here knows. */
export function isHeld(request) {
  return request.hold > 0 && request.outcome !== "failed";
}

/** Events younger than this, in ms, are not yet called unseen: they are on their way in every technique. */
const GRACE = 100;

/** How many events had happened by the moment `t` that this lane did not show yet, as far as any lane knows. */
export function unseen(record, lane, t, shift) {
  let count = 0;
  for (let i = record.events.length - 1; i >= 0; i -= 1) {
    const event = record.events[i];
    if (event.at - shift > t - GRACE) continue;
    if (!isUnseen(event, lane, t)) break;
    count += 1;
  }
  return count;
}

/** Whether this lane still had to show the event at the moment `t`. What it has passed over does not count. */
export function isUnseen(event, lane, t) {
  const sighting = event.sightings[lane.technique];
  return sighting ? (sighting.painted ?? sighting.arrived) > t : event.at > lane.newestAt;
}

function between(least, value, most) {
  return Math.max(least, Math.min(value, most));
}
