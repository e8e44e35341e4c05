/**
 * Waiting for a page to be looked at, or not. All of it ends when the signal is aborted, too.
 *
 * @typedef {{ page: Document, signal: AbortSignal, sleep?: typeof import("./backoff.js").sleep }} World
 */

/**
 * Wait until the page is hidden, or shown; at once if it is so already.
 * @param {"hidden"|"shown"} state
 * @param {World} world
 * @returns {Promise<void>}
 */
export function until(state, { page, signal }) {
  return new Promise((resolve) => {
    function look() {
      if (page.hidden !== (state === "hidden") && !signal.aborted) return;
      page.removeEventListener("visibilitychange", look);
      signal.removeEventListener("abort", look);
      resolve();
    }
    page.addEventListener("visibilitychange", look);
    signal.addEventListener("abort", look);
    look();
  });
}

/**
 * Wait until the page has been hidden for `ms` without a break.
 * @param {number} ms
 * @param {World} world
 */
export async function hiddenFor(ms, world) {
  let lasted = false;
  while (!lasted && !world.signal.aborted) {
    await until("hidden", world);
    lasted = await first(world.signal, (signal) => [
      world.sleep(ms, signal).then(() => true),
      until("shown", { ...world, signal }).then(() => false),
    ]);
  }
}

/** Wait for the first of several things, and let go of the others. */
async function first(signal, things) {
  const others = new AbortController();
  const end = () => others.abort();
  signal.addEventListener("abort", end);
  try {
    return await Promise.race(things(others.signal));
  } finally {
    signal.removeEventListener("abort", end);
    end();
  }
}
