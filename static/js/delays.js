// How late events were seen: from the event, by the server's clock, to its painting. Kept are the last hundred: their
// last, their middle, and what nineteen of twenty stayed under. Timed is only what someone waited for and saw: not what
// happened before the column ran, nor what came while the page was hidden.

const KEPT = 100;

/** Browsers' clocks tell no more than a tenth of a millisecond. */
const toTenth = (ms) => Math.round(10 * ms) / 10;

/** @param {{at: (t: number) => number, uncertainty: number}} clock the server's time at a performance.now() */
export function createDelays(clock) {
  let kept = [];
  let from = 0; // performance.now()

  /** @returns {number|null} ms; null for what is not timed */
  function delayOf(event, t) {
    if (t === null || event.at < clock.at(from) || !isFinite(clock.uncertainty)) return null;
    return Math.max(0, toTenth(clock.at(t) - event.at));
  }

  /** @returns {number|null} the delay that a share of the kept ones does not exceed (nearest rank) */
  function quantile(share) {
    if (kept.length === 0) return null;
    const sorted = kept.toSorted((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  }

  return {
    /**
     * Time events that are painted at `t`, a performance.now(), or applied unseen (null).
     * @returns {(number|null)[]} their delays
     */
    take(events, t) {
      const delays = events.map((event) => delayOf(event, t));
      kept = kept.concat(delays.filter((delay) => delay !== null)).slice(-KEPT);
      return delays;
    },
    /** Time what happens from now on. */
    fromNow() {
      from = performance.now();
    },
    clear() {
      kept = [];
    },
    list: () => [...kept],
    last: () => kept.at(-1) ?? null,
    median: () => quantile(0.5),
    p95: () => quantile(0.95),
  };
}
