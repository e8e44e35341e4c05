/**
 * WebSocket, by Socket.IO: say once what to follow, then listen.
 * Who waits: the server, for everyone at once. There is no loop here; each batch comes unasked on the open connection.
 * What it leaves out: calling again after a loss, with the same back-off, is done by the line (dial.js).
 */
import { FROM_NOW, advance, continues, fresh, isBatch, isBehind } from "../cursor.js";

const PATIENCE = 10_000; // ms: the server speaks every 5 s at least, so a longer silence is a dead connection

/** @param {import("./index.js").Wiring} wiring */
export function webSocket({ channel, cursor, report, line }) {
  let run = null;
  let early = null; // the batches that overtook the answer to `follow`; null once it is here

  // region: listen
  function listen(signal) {
    const socket = line.connect("/demos/web-socket", { silence: PATIENCE, signal });
    socket.on("connect", () => follow(signal));
    socket.on("batch", (batch) => take(batch, signal));
  }
  // endregion

  // region: follow
  async function follow(signal) {
    const mine = (early = []);
    try {
      const batch = await ask();
      if (signal.aborted || early !== mine) return; // stopped, or connected anew
      early = null;
      hear(batch);
      if (isBehind(batch)) return follow(signal);
      for (const next of mine) take(next, signal);
    } catch (error) {
      if (error.problem && early !== mine) return; // of a connection that is gone already
      recover(error, signal);
    }
  }
  // endregion

  // region: take
  function take(batch, signal) {
    if (signal.aborted) return;
    if (early) early.push(batch);
    else if (continues(cursor, batch)) hear(fresh(cursor, batch));
    else follow(signal);
  }
  // endregion

  function ask() {
    return line.emit("follow", { channel, ...cursor }, isBatch);
  }

  // region: hear
  function hear(batch) {
    cursor = advance(cursor, batch);
    report(batch);
  }
  // endregion

  // region: recover
  function recover(error, signal) {
    if (signal.aborted) return; // stopped, which is no failure
    if (!error.problem) throw error; // a mistake of ours, not of the line: be loud
    if (error.problem.status === 400) startOver(error.problem);
    line.hangUp(); // it calls again by itself
  }
  // endregion

  function startOver(problem) {
    cursor = FROM_NOW;
    line.tell("refused", { problem });
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

// region: say
/** Say something in the chat: one more message on the open connection. Resolves to the event. */
export function say(line, message) {
  return line.emit("say", message);
}
// endregion
