/**
 * Six connections: over HTTP/1.1 a browser opens that many to a server, for all its tabs together, and a held poll
 * keeps one for as long as it is held. With six held polls open the next page never comes. So a tab that nobody has
 * looked at for 10 s lets its held poll go until it is looked at again; and tabs count one another, so that a fifth
 * does not begin by itself. What it leaves out: other browsers and windows of another profile have six of their own.
 *
 *     const tabs = createTabs();                              one for the page, with one guard
 *     const transport = tabs.guard(longPoll({…}), {changed});  around each transport that is held; the same {start, stop}
 *     function changed(state, why) { … }                      "running", "let go" (hidden), or "refused" with a sentence
 *     tabs.lift(); transport.start();                         the button: no limit for this tab any more
 *
 * `start` asks the other tabs first, so "running" or "refused" comes about 0.25 s later. Once refused, it is stopped.
 * A tab that is busy answers later than that; where that makes it one too many, "refused" follows upon "running".
 */
import { sleep as realSleep } from "./backoff.js";
import { hiddenFor, until } from "./visibility.js";

export const LIMIT = 4; // held polls in a browser: two connections are left, for the short poll and for pages
const PATIENCE = 10_000; // ms for which a hidden tab keeps its held poll
const ROLL_CALL = 250; // ms in which the other tabs answer

/**
 * @param {object} [world]  handed in by tests
 * @param {{postMessage: Function, onmessage: Function|null}|null} [world.broadcast]  null: nobody to ask
 * @param {Document} [world.page]
 */
export function createTabs({
  broadcast = openBroadcast(),
  page = document,
  sleep = realSleep,
  now = Date.now,
  id = randomId(),
} = {}) {
  let place = null; // {id, at}: this tab holds a poll, or is about to
  let earlier = new Set(); // the tabs that had theirs before
  let lifted = false;
  let leave = () => {}; // what is done where it turns out that this tab is one too many

  if (broadcast) broadcast.onmessage = ({ data }) => meet(data);

  /** Another tab asks, or answers. Whoever came first counts, so tabs that open in one stroke agree. */
  function meet({ asks, ...other }) {
    if (!place) return;
    if (other.at < place.at || (other.at === place.at && other.id < place.id)) earlier.add(other.id);
    if (asks) broadcast.postMessage({ ...place });
    if (isTooMany()) leave();
  }

  function isTooMany() {
    return !lifted && earlier.size >= LIMIT;
  }

  /** Take a place among those that hold a poll; resolve to null, or to the sentence that says why there is none. */
  async function claim() {
    const mine = (place = { id, at: now() });
    earlier = new Set();
    broadcast?.postMessage({ asks: true, ...mine });
    await sleep(ROLL_CALL);
    return place === mine && isTooMany() ? whyNot(earlier.size) : null;
  }

  function release() {
    place = null;
    leave = () => {};
  }

  /** Let this tab hold its poll however many do, to see what happens. */
  function lift() {
    lifted = true;
  }

  /**
   * Put the rule around a transport.
   * @param {import("./transports/index.js").Transport} transport
   * @param {{changed?: (state: "running"|"let go"|"refused", why?: string) => void}} [column]
   * @returns {import("./transports/index.js").Transport}
   */
  function guard(transport, { changed = () => {} } = {}) {
    let run = null; // from start() to stop(), or until it is refused

    async function loop(signal) {
      while (!signal.aborted) {
        const why = await claim();
        if (signal.aborted) return;
        if (why) return refuse(why);
        changed("running");
        transport.start();
        leave = giveWay;
        await hiddenFor(PATIENCE, { page, sleep, signal });
        if (signal.aborted) return;
        transport.stop();
        release();
        changed("let go");
        await until("shown", { page, signal });
      }
    }

    function refuse(why) {
      run = null;
      release();
      changed("refused", why);
    }

    /** The others were there before, and said so late. */
    function giveWay() {
      run.abort();
      transport.stop();
      refuse(whyNot(earlier.size));
    }

    function start() {
      if (run) return;
      run = new AbortController();
      loop(run.signal);
    }

    function stop() {
      if (!run) return;
      run.abort();
      run = null;
      release();
      transport.stop();
    }

    return { start, stop };
  }

  return { guard, lift };
}

function whyNot(others) {
  return (
    `${others} other tabs of this browser hold a long poll. It opens six connections to a server, for all tabs ` +
    "together, and each held poll keeps one: with two more, no page would load. Close a tab, or start it anyway."
  );
}

/** BroadcastChannel needs no secure context; where it is missing, a tab is alone as far as it knows. */
function openBroadcast() {
  return "BroadcastChannel" in globalThis ? new BroadcastChannel("are-we-there-yet/held-polls") : null;
}

function randomId() {
  return crypto.getRandomValues(new Uint32Array(2)).join("-");
}
