/**
 * Long polling: ask, and let the server keep the question until there is news; then ask again at once.
 * Who waits: the server, inside the request. The browser's own wait is only a limit, longer than the server's.
 * What it leaves out: while an answer travels and the next question is on its way, news waits on the server.
 */
import { createBackoff, sleep as realSleep } from "../backoff.js";
import { FROM_NOW, advance } from "../cursor.js";
import { SAY } from "../paths.js";

const PATIENCE = 5_000; // ms beyond the hold, or the browser would give up just as the answer comes

/** @param {import("./index.js").Wiring} wiring */
export function longPoll({ channel, cursor, settings, report, line, backoff = createBackoff(), sleep = realSleep }) {
  let run = null;

  // region: loop
  async function loop(signal) {
    let hold = 0; // s: the first answer comes at once, so that one knows where one stands
    while (!signal.aborted) {
      try {
        const batch = await ask(hold, signal);
        if (signal.aborted) return;
        hear(batch);
        hold = Math.max(settings.hold, 1); // unheld questions, one after another, would be a flood
      } catch (error) {
        await recover(error, signal);
        hold = 0;
      }
    }
  }
  // endregion

  // region: ask
  function ask(hold, signal) {
    const timeout = hold * 1_000 + PATIENCE;
    return line.ask(`/demos/long-poll/${channel}`, { ...cursor, hold }, { timeout, signal });
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
