// Short polling, the browser's half: ask, take what there is, wait, ask again, whatever the line does.

export function transport({ path, cursor, settings, report, line, sleep, backoff }) {
  let run = null;

  async function loop(signal) {
    try {
      while (!signal.aborted) {
        const batch = await line.ask(path, cursor, { timeout: 10_000, signal });
        if (signal.aborted) return;
        cursor = { epoch: batch.epoch, after: batch.events.at(-1)?.id ?? batch.last };
        report(batch);
        await sleep(settings.interval, signal);
      }
    } catch (error) {
      if (signal.aborted) return; // it was stopped, which is no failure
      // TODO: one failure, and the loop is over. Let it go on, after backoff.next() ms.
    }
  }

  function start() {
    run = new AbortController();
    return loop(run.signal); // whoever started it hears how it ended
  }

  function stop() {
    run?.abort();
  }

  return { start, stop };
}
