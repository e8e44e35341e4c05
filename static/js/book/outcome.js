// What came out of a measurement, and which of the offered answers that is. Pure.
import { count, duration, inline, size } from "../format.js";

export const NAMES = { "short-poll": "Short polling", "long-poll": "Long polling", "web-socket": "WebSocket (Socket.IO)" };
const FACTORS = { s: 1000, kB: 1000 }; // a guess is given in the prediction's unit, figures are in ms and bytes

/**
 * @param {import("./measure.js").Measure} measure
 * @param {[string, number][]} values by technique
 * @returns {number} the figure in the unit of a guess
 */
export function inUnit(measure, values) {
  return values[0][1] / (FACTORS[measure.unit] ?? 1);
}

/**
 * The measured answer's key among those offered, or null.
 * @param {import("./measure.js").Measure} measure
 * @param {string[]} keys
 * @param {[string, number][]} values by technique
 */
export function answerAmong(measure, keys, values) {
  if (values.length === 0) return null;
  if (measure.which) return extreme(measure.which, values)[0];
  const value = inUnit(measure, values);
  return keys.find((range) => holds(range, value)) ?? null;
}

/** @returns {string} what was measured, in words */
export function inWords(measure, values) {
  if (!measure.which) return written(measure, values[0][1]);
  return values.map(([technique, value]) => `${NAMES[technique]} ${written(measure, value)}`).join(", ");
}

function extreme(which, values) {
  const sign = which === "most" ? 1 : -1;
  return values.reduce((a, b) => (sign * b[1] > sign * a[1] ? b : a));
}

function written({ figure, per }, value) {
  if (figure[0].startsWith("bytes")) return inline(size(value));
  if (["delay", "delay-median", "delay-p95", "age"].includes(figure[0])) return inline(duration(value));
  if (!per) return count(value).number;
  return per === "requests" ? `${Math.round(100 * value)} %` : String(Number(value.toFixed(1)));
}

/** Whether a range such as `0.2..1.5`, each end of which may be missing, holds a value. */
function holds(range, value) {
  const [least, most] = range.split("..");
  return value >= Number(least || -Infinity) && value < Number(most || Infinity);
}
