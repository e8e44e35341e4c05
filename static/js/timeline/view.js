// Which stretch of time is looked at. Pure: the moment is handed in, in performance.now() ms.

/** The widths that one can zoom to, in ms. */
export const SPANS = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000];

const TICKS = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000];

/**
 * A window on time. Live, its right edge is now; frozen, it stands where it was put.
 * @param {number} [span]  one of SPANS
 */
export function createView(span = 10_000) {
  let level = levelOf(span);
  let edge = null;   // where the right edge stands while frozen
  let latest = null; // when it was frozen: nothing later is in the picture

  const put = (right) => { edge = Math.max(latest - SPANS.at(-1), Math.min(latest, right)); };

  return {
    get span() { return SPANS[level]; },
    get live() { return edge === null; },
    /** The window's right edge, and the moment up to which the picture knows anything. */
    right: (now) => edge ?? now,
    until: (now) => latest ?? now,

    freeze(now) {
      if (edge === null) edge = latest = now;
    },
    resume() {
      edge = latest = null;
    },

    /** While frozen, move half a window back (-1) or forward (1); beyond the end it is live again. */
    step(direction) {
      if (direction > 0 && edge === latest) this.resume();
      else put(edge + direction * this.span / 2);
    },

    /** Look closer (1) or from farther (-1); while frozen, around the moment `about`, or else the middle. */
    zoom(direction, about = null) {
      const before = this.span;
      level = Math.max(0, Math.min(SPANS.length - 1, level - direction));
      if (edge === null) return;
      const centre = about ?? edge - before / 2;
      put(centre + (edge - centre) * this.span / before);
    },

    /** While frozen, move as little as is needed to see what lasted from `from` to `to`; where both do not fit, its end. */
    reveal(from, to) {
      const margin = this.span / 10;
      if (from - margin < edge - this.span) put(from - margin + this.span);
      if (to + margin > edge) put(to + margin);
    },
  };
}

function levelOf(span) {
  const level = SPANS.indexOf(span);
  if (level < 0) throw new Error(`No span of ${span} ms; there are: ${SPANS.join(", ")}.`);
  return level;
}

/** The server's moments (ms) to mark between `from` and `to`, at most one every `least` ms. */
export function ticks(from, to, least) {
  const step = tickStep(least);
  const marks = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) marks.push(at);
  return marks;
}

/** The distance of two ticks in ms that are at least `least` ms apart. */
export function tickStep(least) {
  return TICKS.find((step) => step >= least) ?? TICKS.at(-1);
}
