// Server-sent events, the browser's half, beside a student's own server: listen, and listen anew where the browser gives up.
import { FROM_NOW, advance } from "../cursor.js";
import $ from "../../vendor/jquery/jquery.js";

/** @param {import("../transports/index.js").Wiring & {path: string}} wiring */
function eventStream({ path, cursor, report, sleep, backoff }) {
  let run = null;

  function listen(signal) {
    const { epoch, after } = cursor ?? FROM_NOW;
    const source = new EventSource(after === null ? path : `${path}?${$.param({ epoch, after })}`);
    source.onmessage = ({ data }) => hear(JSON.parse(data));
    source.onerror = () => recover(source, signal);
    signal.addEventListener("abort", () => source.close());
  }

  function hear(batch) {
    cursor = advance(cursor, batch);
    backoff.reset();
    report(batch);
  }

  async function recover({ readyState }, signal) {
    if (readyState !== EventSource.CLOSED) return; // it calls again by itself
    await sleep(backoff.next(), signal);
    if (!signal.aborted) listen(signal);
  }

  function start() {
    if (run) return;
    run = new AbortController();
    listen(run.signal);
  }

  function stop() {
    run?.abort();
    run = null;
  }

  return { start, stop };
}

export const EVENT_STREAM = { "server-sent-events": eventStream };
