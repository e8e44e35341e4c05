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
    signal.addEventListener("abort", () => source.close());
    source.onmessage = (message) => hear(JSON.parse(message.data));
    source.onerror = () => recover(source, signal);
  }

  async function recover(source, signal) {
    if (source.readyState !== EventSource.CLOSED) return; // it calls again by itself
    await sleep(backoff.next(), signal);
    if (!signal.aborted) listen(signal);
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
