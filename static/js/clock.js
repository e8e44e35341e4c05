/**
 * The server's clock, seen from here. Laptops' clocks disagree by seconds, delays are milliseconds; so ask for the
 * server's time, several times, and believe the quickest round trip: its answer is wrong by half of it at most
 * (as in NTP, RFC 5905, sections 8 and 10). The browser's own clock here is `performance`, which nobody sets back.
 */
import { sleep as realSleep } from "./backoff.js";

const TRIPS = 5; // in a round
const PAUSE = 100; // ms between two trips
const ROUND = 15_000; // ms between two rounds
const AGAIN = 500; // ms, where a round brought nothing
const KEPT = 20; // trips, that is about a minute: quartz drifts 3 ms in a minute at worst
const DRIFT = 5; // ms by which two honest trips may differ beyond their uncertainties

/**
 * Create a clock. Until the first trip is back its offset is 0 and its uncertainty Infinity.
 * @param {{send: (name: string) => Promise<{at: number}>}} classroom
 * @param {{timer?: {timeOrigin: number, now: () => number}, sleep?: typeof realSleep}} [time]
 */
export function createClock(classroom, { timer = performance, sleep = realSleep } = {}) {
  let trips = [];
  let best = { offset: 0, uncertainty: Infinity };
  let run = null;

  async function loop(signal) {
    while (!signal.aborted) {
      const heard = await round(signal);
      await sleep(heard ? ROUND : AGAIN, signal);
    }
  }

  /** @returns {Promise<boolean>} whether any trip came back */
  async function round(signal) {
    let heard = false;
    for (let i = 0; i < TRIPS && !signal.aborted; i++) {
      heard = (await travel()) || heard;
      await sleep(PAUSE, signal);
    }
    return heard;
  }

  async function travel() {
    const left = timer.now();
    try {
      const { at } = await classroom.send("clock");
      believe(tripOf(left, timer.now(), at));
      return true;
    } catch (error) {
      if (!error.problem) throw error;
      return false;
    }
  }

  /** The server read its clock somewhere between leaving and coming back; take the middle. */
  function tripOf(left, back, at) {
    return { offset: at - (timer.timeOrigin + (left + back) / 2), uncertainty: (back - left) / 2 };
  }

  /** Keep the newest trips. Those that it contradicts are of another time: a laptop slept, a clock was set. */
  function believe(trip) {
    const agrees = (old) => Math.abs(old.offset - trip.offset) <= old.uncertainty + trip.uncertainty + DRIFT;
    trips = [...trips.filter(agrees), trip].slice(-KEPT);
    best = trips.reduce((a, b) => (b.uncertainty <= a.uncertainty ? b : a));
  }

  /** The server's time, in ms since the Unix epoch, at a moment of performance.now(). */
  function at(t) {
    return timer.timeOrigin + t + best.offset;
  }

  function start() {
    if (run) return;
    run = new AbortController();
    loop(run.signal);
  }

  function stop() {
    run?.abort();
    run = null;
  }

  return {
    start,
    stop,
    at,
    now: () => at(timer.now()),
    get offset() {
      return best.offset;
    },
    get uncertainty() {
      return best.uncertainty;
    },
  };
}
