/**
 * Short polling: ask, take what there is, wait, ask again.
 * Who waits: the browser, here, between two questions. The server answers at once, news or none.
 * What it leaves out: whatever happens while it waits is heard of at the next question, so up to `interval` late.
 */
import { createBackoff, sleep as realSleep } from "../backoff.js";
import { FROM_NOW, advance, isBehind } from "../cursor.js";
import { SAY } from "../paths.js";

const PATIENCE = 10_000; // ms: an answer that comes at once need not be waited for any longer

/** @param {import("./index.js").Wiring} wiring */
export function shortPoll({ channel, cursor, settings, report, line, backoff = createBackoff(), sleep = realSleep }) {
  let run = null;

  // region: loop
  async function loop(signal) {
    while (!signal.aborted) {
      try {
        const batch = await ask(signal);
        if (signal.aborted) return;
        hear(batch);
        if (!isBehind(batch)) await sleep(settings.interval, signal);
      } catch (error) {
        await recover(error, signal);
      }
    }
  }
  // endregion

  // region: ask
  function ask(signal) {
    return line.ask(`/demos/short-poll/${channel}`, cursor, { timeout: PATIENCE, signal });
  }
  // endregion

  // region: hear
  function hear(batch) {
    cursor = advance(cursor, batch);
    backoff.reset();
    report(batch);
  }
  // endregion

  // region: recover
  async function recover(error, signal) {
    if (signal.aborted) return; // stopped, which is no failure
    if (!error.problem) throw error; // a mistake of ours, not of the line: be loud
    if (error.problem.status === 400) startOver(error.problem);
    await sleep(backoff.next(), signal);
  }
  // endregion

  function startOver(problem) {
    cursor = FROM_NOW;
    line.tell("refused", { problem });
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

  return { start, stop };
}

// region: say
/** Say something in the chat: a request of its own, beside the loop. Resolves to the event. */
export function say(line, message) {
  return line.post(SAY, message);
}
// endregion
