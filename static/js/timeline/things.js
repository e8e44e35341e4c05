// The things of a record in their order in time. Pure; moments are performance.now() in ms.

/** Shorter waits of the browser, in ms, are no thing to stop at: between an answer and the next question always lies a little. */
const WORTH_NAMING = 50;

/** When a thing began; `shift` is what to add to performance.now() to get the server's clock, in ms. */
export function startOf(thing, shift) {
  switch (thing.kind) {
    case "request": return thing.asked;
    case "connection": return thing.opened;
    case "pause": return thing.from;
    case "sighting": return thing.event.at - shift;
    default: return endOf(thing);
  }
}

/** When a thing was over; Infinity while it is not. */
export function endOf(thing) {
  switch (thing.kind) {
    case "request": case "push": return thing.ended ?? Infinity;
    case "connection": return thing.closed ?? Infinity;
    case "pause": return thing.to ?? Infinity;
    case "sighting": return thing.painted ?? thing.arrived;
    case "refusal": return thing.t;
    default: throw new Error(`Unknown thing "${thing.kind}".`);
  }
}

/** The things of one lane that one can stop at, in order of time. A push with news is told by its events. */
export function walk(lane, shift) {
  const pauses = lane.pauses.filter((pause) => endOf(pause) - pause.from >= WORTH_NAMING);
  const pushes = lane.pushes.filter((push) => !push.count);
  const things = [...lane.requests, ...lane.sightings, ...lane.connections, ...pauses, ...lane.refusals, ...pushes];
  return things.sort((a, b) => startOf(a, shift) - startOf(b, shift));
}

/** The newest `most` things of all lanes that began by the moment `now`, newest first. */
export function newest(record, now, shift, most = 30) {
  const begun = (thing) => startOf(thing, shift) <= now;
  const things = record.lanes.flatMap((lane) => walk(lane, shift).filter(begun).slice(-most));
  return things.sort((a, b) => startOf(b, shift) - startOf(a, shift)).slice(0, most);
}

/** The thing of this lane after `thing` (1) or before it (-1); at either end the thing itself, in another lane null. */
export function neighbour(lane, thing, direction, shift) {
  const things = walk(lane, shift);
  const index = things.indexOf(thing);
  return index < 0 ? null : things[index + direction] ?? thing;
}

/** The last thing of this lane that began by the moment `t`; null where there is none. */
export function lastBegun(lane, t, shift) {
  return walk(lane, shift).findLast((thing) => startOf(thing, shift) <= t) ?? null;
}
