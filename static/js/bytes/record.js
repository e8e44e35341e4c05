// What the server has told of a page's bytes, kept for as long as a minute reaches back. Pure: no page, no clock.
// Totals are exact, since the start or the last reset. The server counts anew where it was started anew, or where it had
// too many viewers; then what it had told before is carried on.

/**
 * What crossed, up and down, or as heads and bodies; and the events that came with it.
 * @typedef {{up: number, down: number, head: number, body: number, events: number}} Sum
 */

/** How far back a sum may reach, in ms. */
export const MINUTE = 60_000;

const BYTES = ["up", "down", "head", "body"];
const NONE = Object.freeze({ up: 0, down: 0, head: 0, body: 0, events: 0 });

/** @param {string[]} techniques */
export function createRecord(techniques) {
  const none = Object.fromEntries(techniques.map((technique) => [technique, NONE]));
  let told = none; // by the server, the last time
  let carried = none; // from before it counted anew
  let sums = [{ t: 0, of: none }]; // oldest first; only the first may be older than a minute

  function add(technique, bytes, events) {
    if (!bytes) return { ...none[technique], events };
    if (bytes.up + bytes.down < told[technique].up + told[technique].down) {
      carried = { ...carried, [technique]: plus(carried[technique], told[technique]) };
    }
    return { ...plus(carried[technique], bytes), events };
  }

  return {
    /**
     * Keep what the server has told.
     * @param {Object<string, {up: number, down: number, head: number, body: number}>} meters by technique
     * @param {Object<string, number>} events that each column has shown
     * @param {number} t performance.now()
     */
    take(meters, events, t) {
      const of = Object.fromEntries(techniques.map((name) => [name, add(name, meters[name], events[name])]));
      told = { ...none, ...meters };
      sums.push({ t, of });
      const old = sums.findLastIndex((sum) => sum.t <= t - MINUTE);
      if (old > 0) sums = sums.slice(old);
    },
    /** The last events were shown after the server had told of their bytes. */
    takeEvents(events) {
      const last = sums.at(-1);
      last.of = Object.fromEntries(techniques.map((name) => [name, { ...last.of[name], events: events[name] }]));
    },
    /** Begin anew, as the server does. */
    zero(t) {
      told = carried = none;
      sums = [{ t, of: none }];
    },
    /** @returns {Sum} since the start or the last reset */
    total: (technique) => sums.at(-1).of[technique],
    /** @returns {Sum} of the minute before `t`, or of as much of it as there was */
    minute(technique, t) {
      const before = sums.findLast((sum) => sum.t <= t - MINUTE) ?? sums[0];
      return minus(sums.at(-1).of[technique], before.of[technique]);
    },
  };
}

function plus(a, b) {
  return Object.fromEntries(BYTES.map((name) => [name, a[name] + b[name]]));
}

function minus(a, b) {
  return Object.fromEntries([...BYTES, "events"].map((name) => [name, a[name] - b[name]]));
}
