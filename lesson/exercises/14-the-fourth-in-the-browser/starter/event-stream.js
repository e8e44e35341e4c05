// Server-sent events: ask once, and hear for as long as the answer goes on.
// Who waits: the server. What it leaves out: an EventSource does not say why it was refused.

export function transport({ path, cursor, report, sleep, backoff }) {
  let run = null;

  function start() {
    if (run) return;
    run = new AbortController();
    listen(run.signal);
  }

  function stop() {
    run?.abort();
    run = null;
  }

  function listen(signal) {
    const source = new EventSource(address());
    // TODO 1: hear each message.
    // TODO 3: when the signal is aborted, close it.
    source.onerror = () => recover(source, signal);
  }

  async function recover(source, signal) {
    // TODO 2: does it call again by itself? If not, wait, and listen anew, unless the signal is aborted by then.
  }

  /** Move the cursor to the batch's end, and report it. */
  function hear(batch) {
    cursor = { epoch: batch.epoch, after: batch.events.at(-1)?.id ?? batch.last };
    backoff.reset();
    report(batch);
  }

  /** Where to listen, from the cursor of this moment on. Without a cursor: from now on. */
  function address() {
    const { epoch, after } = cursor;
    return after === null ? path : `${path}?${$.param({ epoch, after })}`;
  }

  return { start, stop };
}
