// Tickets sold tonight over the last two minutes, one point a second, up to the server's now. The coloured line is
// what a column has heard, and ends where its knowledge ends; the thin grey one is what the server says is true.
import uPlot from "../vendor/uplot/uPlot.js";

const SPAN = 120; // seconds

/** A number for each second, for as long as the chart is wide; of what is older, the newest. */
function createTrack(points) {
  const bySecond = new Map(points);
  let night = null;

  function forget(second) {
    const old = [...bySecond.keys()].filter((other) => other < second - SPAN);
    for (const other of old.slice(0, -1)) bySecond.delete(other);
  }

  return {
    /** Another night has a line of its own. */
    set(second, value, ofNight) {
      if (night !== null && night !== ofNight) bySecond.clear();
      night = ofNight;
      bySecond.set(second, value);
      if (bySecond.size > 2 * SPAN) forget(second);
    },
    /** @returns {(number|null)[]} one value for each of `seconds`; a gap carries on the value before, up to `until` */
    read(seconds, until) {
      let value = null;
      for (const [second, sold] of bySecond) if (second < seconds[0]) value = sold;
      return seconds.map((second) => {
        value = bySecond.get(second) ?? value;
        return second <= until ? value : null;
      });
    },
  };
}

/**
 * @param {Element} element whose colour the line takes; its size is the chart's
 * @param {{points: [number, number][]}} options `[unix second, sold]`, oldest first
 */
export function createChart(element, { points }) {
  const heard = createTrack(points);
  const truth = createTrack(points);
  const colour = (name) => () => getComputedStyle(element).getPropertyValue(name);
  const plot = new uPlot(options(element, colour), [[], [], []], element);
  new ResizeObserver(() => plot.setSize(measure(element))).observe(element);

  return {
    /** The column heard that this was true at `at` (server's ms). */
    hear: (at, { sold, night }) => heard.set(Math.floor(at / 1000), sold, night),
    /** The server says that this is true at `at`. */
    know: (at, { sold, night }) => truth.set(Math.floor(at / 1000), sold, night),
    /** Draw up to `now`, the column's line up to `heardUntil`, the server's up to `knownUntil`; all in the server's ms. */
    draw(now, heardUntil, knownUntil) {
      const second = (ms) => Math.floor(ms / 1000);
      const seconds = Array.from({ length: SPAN + 1 }, (_, i) => second(now) - SPAN + i);
      plot.setData([seconds, truth.read(seconds, second(knownUntil)), heard.read(seconds, second(heardUntil))]);
    },
  };
}

function measure(element) {
  return { width: element.clientWidth, height: element.clientHeight };
}

/** @returns {uPlot.Options} the one style of all charts */
function options(element, colour) {
  const line = { points: { show: false }, spanGaps: false };
  const axis = { stroke: colour("--quiet"), font: "11px ui-monospace, monospace", ticks: { show: false }, gap: 4 };
  return {
    ...measure(element),
    padding: [6, 6, 0, 0],
    cursor: { show: false },
    legend: { show: false },
    scales: { x: { time: false }, y: { range: (_, low, high) => (low === null ? [0, 1] : [low, Math.max(high, low + 4)]) } },
    series: [{}, { ...line, stroke: colour("--edge"), width: 1, dash: [2, 3] }, { ...line, stroke: colour("--technique"), width: 2.5 }],
    axes: [
      { ...axis, size: 18, grid: { show: false }, splits: (_u, _i, low, high) => [low, (low + high) / 2, high], values: () => ["", "a minute ago", "now"] },
      { ...axis, size: 36, side: 1, grid: { stroke: colour("--line"), width: 1 }, space: 16, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
    ],
  };
}
