// What a prediction is compared with: figures of the running demo, read as any reader could, after so many seconds or events.

const LOOK = 200; // ms between two looks
const PATIENCE = 30; // s beyond what was asked for, in which something must have come

/** @typedef {{figure: string[], per?: string, technique?: string, which?: "most"|"least", unit?: string, after?: number, events?: number, start: object}} Measure */

/**
 * Set the demo, and wait until there is enough to measure.
 * @param {ReturnType<typeof import("./demo.js").createDemo>} demo
 * @param {Measure} measure
 * @param {(progress: {seconds: number, events: number}) => void} progress told now and then
 * @returns {Promise<{seconds: number, events: number, rate: number, values: Map<string, number|null>}|null>} values by technique; rate:
 *   tickets a second; null where the demo was left before the end
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
    const values = new Map(columns.map((column) => [column.technique, valueOf(column, measure)]));
    const now = { seconds, events, values, rate: demo.rate() };
    if (isEnough(now, measure)) return now;
    progress(now);
  }
}

function columnsOf(demo, { technique, which }) {
  const columns = demo.figures();
  if (which) return columns;
  return technique ? columns.filter((column) => column.technique === technique) : columns.slice(0, 1);
}

/** Whether as much was seen as was asked for; what is not there then is waited for a little. */
function isEnough({ seconds, events, values }, { after = 0, events: wanted = 0 }) {
  if (seconds > Math.max(after, PATIENCE) + PATIENCE) return true;
  return seconds >= after && events >= wanted && ![...values.values()].includes(null);
}

/** @returns {number|null} the sum of the figures, or their share of another; null where one is not measured */
function valueOf({ figures }, { figure, per }) {
  const parts = figure.map((name) => figures[name] ?? null);
  if (parts.includes(null)) return null;
  const sum = parts.reduce((a, b) => a + b, 0);
  if (!per) return sum;
  return figures[per] ? sum / figures[per] : null;
}
