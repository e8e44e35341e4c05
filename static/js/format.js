// Numbers as readers see them: a number and its unit, apart, so that the unit can stand small beside it.

/** @typedef {{number: string, unit: string}} Shown */

const grouped = new Intl.NumberFormat("en-GB");
const plain = (digits) => new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const whole = plain(0);
const tenths = plain(1);

/** What stands where nothing has been measured. */
export const NOTHING = { number: "–", unit: "" };

/**
 * Milliseconds below a second, seconds from there on.
 * @param {number|null} ms
 * @returns {Shown}
 */
export function duration(ms) {
  if (ms === null) return NOTHING;
  if (ms < 1) return { number: "<1", unit: "ms" };
  if (ms < 999.5) return { number: whole.format(ms), unit: "ms" };
  return { number: (ms < 99_950 ? tenths : whole).format(ms / 1000), unit: "s" };
}

/**
 * Bytes below 1,000; kB and MB are thousands of one another.
 * @param {number|null} bytes
 * @returns {Shown}
 */
export function size(bytes) {
  if (bytes === null) return NOTHING;
  if (bytes < 999.5) return { number: whole.format(bytes), unit: "B" };
  if (bytes < 999_500) return { number: (bytes < 99_950 ? tenths : whole).format(bytes / 1e3), unit: "kB" };
  return { number: tenths.format(bytes / 1e6), unit: "MB" };
}

/** @returns {string} `± 0.8 ms`; empty where nothing is known yet */
export function plusMinus(ms) {
  if (!isFinite(ms)) return "";
  return `± ${(ms < 9.95 ? tenths : whole).format(Math.max(ms, 0.1))} ms`;
}

/** @returns {Shown} a count, with thousands separators */
export function count(n) {
  return n === null ? NOTHING : { number: grouped.format(n), unit: "" };
}

/** @returns {string} number and unit in one line of text */
export function inline({ number, unit }) {
  return unit ? `${number} ${unit}` : number;
}

/** @returns {string} a rate in tickets a second, as short as it can be: `0.2/s`, `20/s` */
export function rate(perSecond) {
  return `${Number(perSecond.toFixed(2))}/s`;
}

/** @returns {string} seconds as a control names them: `5 s`, `0.2 s` */
export function seconds(s) {
  return `${Number(s.toFixed(1))} s`;
}
