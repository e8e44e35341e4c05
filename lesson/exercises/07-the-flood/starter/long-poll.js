// Long polling, the browser's half: ask, let the server keep the question, take the answer, ask again.

export function transport({ path, cursor, settings, report, line, sleep, backoff }) {
  let run = null;

  async function loop(signal) {
    while (!signal.aborted) {
      try {
        const batch = await ask(signal);
        if (signal.aborted) return;
        cursor = { epoch: batch.epoch, after: batch.events.at(-1)?.id ?? batch.last };
        report(batch);
      } catch (error) {
        if (signal.aborted) return; // it was stopped, which is no failure
        if (!error.problem) throw error; // a mistake of ours, not of the line
        // TODO 1: here it failed, and asks again at once. Back off.
      }
    }
  }

  function ask(signal) {
    // TODO 2: the answer comes after `hold` seconds at the latest, and a moment more for the way.
    const timeout = settings.hold * 1_000; // ms; the hold is in s
    return line.ask(path, { ...cursor, hold: settings.hold }, { timeout, signal });
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
