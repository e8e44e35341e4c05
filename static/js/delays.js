// How late events were seen: the last one, the middle, and what nineteen of twenty stayed under. Bounded.

const KEPT = 100;

export function createDelays() {
  let kept = [];

  /** @returns {number|null} the delay that a share of the kept ones does not exceed (nearest rank) */
  function quantile(share) {
    if (kept.length === 0) return null;
    const sorted = kept.toSorted((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  }

  return {
    /** Note delays in ms, oldest first. */
    add(delays) {
      kept = kept.concat(delays).slice(-KEPT);
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
