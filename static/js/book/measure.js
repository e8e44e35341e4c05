// What a prediction is compared with: figures of the running demo, read as any reader could, after so many seconds or events.

const LOOK = 200; // ms between two looks
const LONGEST = 120_000; // ms that one waits for events

/** @typedef {{figure: string[], per?: string, technique?: string, which?: "most"|"least", unit?: string, after?: number, events?: number, start: object}} Measure */

/**
 * Set the demo, and wait until there is enough to measure.
 * @param {ReturnType<typeof import("./demo.js").createDemo>} demo
 * @param {Measure} measure
 * @param {(progress: {seconds: number, events: number}) => void} progress told now and then
 * @returns {Promise<{seconds: number, events: number, values: Map<string, number|null>}|null>} by technique; null where the demo
 *   was left before the end
 */
export async function measureIn(demo, measure, progress) {
  await demo.play(measure.start);
  const began = performance.now();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK));
    if (!demo.isRunning()) return null;
    const seconds = (performance.now() - began) / 1000;
    const columns = columnsOf(demo, measure);
    const events = Math.min(...columns.map(({ figures }) => figures.events ?? 0));
    const now = { seconds, events };
    if (isEnough(now, measure)) return { ...now, values: new Map(columns.map((column) => [column.technique, valueOf(column, measure)])) };
    progress(now);
  }
}

function columnsOf(demo, { technique, which }) {
  const columns = demo.figures();
  if (which) return columns;
  return technique ? columns.filter((column) => column.technique === technique) : columns.slice(0, 1);
}

function isEnough({ seconds, events }, measure) {
  if (seconds * 1000 > LONGEST) return true;
  return seconds >= (measure.after ?? 0) && events >= (measure.events ?? 0);
}

/** @returns {number|null} the sum of the figures, or their share of another; null where one is not measured */
function valueOf({ figures }, { figure, per }) {
  const parts = figure.map((name) => figures[name] ?? null);
  if (parts.includes(null)) return null;
  const sum = parts.reduce((a, b) => a + b, 0);
  if (!per) return sum;
  return figures[per] ? sum / figures[per] : null;
}
