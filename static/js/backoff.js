/**
 * How long to wait after a failure: twice as long each time, so that a server in trouble is left in peace, and
 * never quite the same, so that a class whose server was away does not come back in one stroke.
 */

const FIRST = 500; // ms, before jitter
const MOST = 8_000; // ms, with jitter
const SPREAD = 0.25; // a wait is up to a quarter shorter or longer

/**
 * Create a back-off: about 0.5 s, then 1, 2, 4 and from then on 6.4 s, each a quarter more or less.
 * @param {{random?: () => number}} [chance]  0 to 1, as Math.random
 * @returns {{next: () => number, reset: () => void}}  `next` gives ms
 */
export function createBackoff({ random = Math.random } = {}) {
  let wait = FIRST;

  // region: next
  function next() {
    const jitter = 1 + SPREAD * (2 * random() - 1);
    const ms = wait * jitter;
    wait = Math.min(2 * wait, MOST / (1 + SPREAD));
    return ms;
  }
  // endregion

  /** All is well again: the next failure is the first. */
  function reset() {
    wait = FIRST;
  }

  return { next, reset };
}

/**
 * Wait for `ms`, or until the signal is aborted. It never rejects: whoever waits looks at the signal anyway.
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function sleep(ms, signal) {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(wake, ms);
    signal?.addEventListener("abort", wake);
    function wake() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      resolve();
    }
  });
}
