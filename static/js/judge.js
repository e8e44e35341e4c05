// The dashboard's own check of what a transport hands over. A transport promises that nothing is lost or doubled;
// the judge does not believe it: it looks at the ids, applies what is new, and counts the rest.

/**
 * @param {import("./cursor.js").Cursor} cursor where the page began
 */
export function createJudge(cursor) {
  const judge = { epoch: cursor.epoch, lastId: cursor.after, missed: 0, doubled: 0, accept, forget, reset };

  /**
   * Take a batch and return those of its events that are new.
   * @param {import("./cursor.js").Batch} batch
   * @returns {import("./cursor.js").Event[]}
   */
  function accept(batch) {
    if (batch.epoch !== judge.epoch || judge.lastId === null) startOver(batch);
    skipTo(batch.first);
    return batch.events.filter(isNew);
  }

  /** Another epoch is another log, whose ids mean nothing beside the old ones: begin with it, and count nothing. */
  function startOver(batch) {
    judge.epoch = batch.epoch;
    judge.lastId = batch.events.length > 0 ? batch.events[0].id - 1 : batch.last;
  }

  /** Count as missed what lies between the last id and `id`. */
  function skipTo(id) {
    const gap = id - 1 - judge.lastId;
    if (gap <= 0) return;
    judge.missed += gap;
    judge.lastId = id - 1;
  }

  function isNew(event) {
    if (event.id <= judge.lastId) {
      judge.doubled += 1;
      return false;
    }
    skipTo(event.id);
    judge.lastId = event.id;
    return true;
  }

  /** The cursor was refused: whatever comes next is the beginning. */
  function forget() {
    judge.lastId = null;
  }

  /** Begin to count anew; the place in the log stays. */
  function reset() {
    judge.missed = 0;
    judge.doubled = 0;
  }

  return judge;
}
