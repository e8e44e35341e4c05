// Follows a channel on an open connection, and after every loss goes on where it was.
// Left out: calling again. The line does that by itself, and then says `connect`.

export function transport({ path, channel, cursor, report, line }) {
  let run = null;
  let question = null; // the `follow` that is not answered yet

  function start() {
    if (run) return;
    run = new AbortController();
    const socket = line.connect(path, { silence: 10_000, signal: run.signal });
    socket.on("connect", follow);
    socket.on("batch", take);
  }

  function stop() {
    run?.abort();
    run = null;
    question = null;
  }

  /** Say what to follow. The answer is a batch with what came after the cursor. */
  async function follow() {
    const mine = (question = {});
    try {
      const batch = await line.emit("follow", { channel, ...cursor });
      if (question !== mine) return; // stopped, or connected anew
      question = null;
      hear(batch);
      if (cursor.after < batch.last) follow();
    } catch (error) {
      if (question === mine) recover(error);
    }
  }

  /** Take a batch that came unasked. */
  function take(batch) {
    if (!run || question) return; // the answer brings it, or the next batch shows that it is missing
    const fresh = batch.events.filter((event) => event.id > cursor.after);
    const next = fresh[0]?.id ?? batch.last + 1;
    if (batch.epoch !== cursor.epoch || next > cursor.after + 1) return follow();
    hear({ ...batch, events: fresh });
  }

  /** Move the cursor to a batch's end, and report it. In an epoch, the cursor never goes back. */
  function hear(batch) {
    const newest = batch.events.at(-1)?.id ?? batch.last;
    const before = batch.epoch === cursor.epoch ? cursor.after : 0;
    cursor = { epoch: batch.epoch, after: Math.max(before, newest) };
    report(batch);
  }

  function recover(error) {
    if (!error.problem) throw error; // a mistake in here, not of the line
    if (error.problem.status === 400) cursor = { epoch: null, after: null }; // refused: from now on
    line.hangUp(); // and it calls again
  }

  return { start, stop };
}
