// The set-up in the page's address, so that it can be bookmarked and sent: the scene, the short poll's interval, the
// long poll's hold, which columns run. What is as usual is left out. What makes no sense is read as usual.
import { SCENES, sceneOf } from "./scenes.js";

/**
 * @typedef {{scene: string|null, interval: number, hold: number, columns: string[]}} Setup interval in ms, hold in s
 */

export const USUAL = { interval: 5000, hold: 25 };

/** What a setting may be. */
export const LIMITS = { interval: [200, 10_000], hold: [0, 55] };

/**
 * @param {string} search `location.search`
 * @param {string[]} techniques all there are
 * @returns {Setup}
 */
export function readSetup(search, techniques) {
  const query = new URLSearchParams(search);
  const scene = Object.hasOwn(SCENES, query.get("scene")) ? query.get("scene") : null;
  const named = query.get("columns")?.split(",").filter((name) => techniques.includes(name));
  return {
    scene,
    interval: within("interval", read(query, "interval", 1000), SCENES[scene]?.interval),
    hold: within("hold", read(query, "hold", 1)),
    columns: named ?? techniques,
  };
}

function read(query, name, factor) {
  return query.get(name) ? Number(query.get(name)) * factor : NaN;
}

function within(name, value, usual = USUAL[name]) {
  const [least, most] = LIMITS[name];
  return value >= least && value <= most ? value : usual;
}

/**
 * Write the set-up into the address. Other things in it stay.
 * @param {{rate: number, interval: number, hold: number, columns: string[]}} setup `rate` is the sale's
 * @param {string[]} techniques
 */
export function writeSetup({ rate, interval, hold, columns }, techniques) {
  const scene = sceneOf({ rate, interval });
  const query = new URLSearchParams(location.search);
  put(query, "scene", scene);
  put(query, "interval", scene || interval === USUAL.interval ? null : interval / 1000);
  put(query, "hold", hold === USUAL.hold ? null : hold);
  const isUsual = columns.length === techniques.length && !techniques.includes("yours"); // whose column is there if named
  put(query, "columns", isUsual ? null : columns.join(","));
  const search = query.toString().replaceAll("%2C", ",");
  const next = `${location.pathname}${search && `?${search}`}${location.hash}`;
  if (next !== location.pathname + location.search + location.hash) history.replaceState(history.state, "", next);
}

function put(query, name, value) {
  if (value === null) query.delete(name);
  else query.set(name, value);
}
