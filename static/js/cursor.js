/**
 * The cursor: how far a client has come in a channel's log. "Everything after my cursor" is the whole protocol.
 * Within an epoch it only moves forwards; a batch of another epoch starts it over.
 *
 * @typedef {{epoch: string|null, after: number|null}} Cursor  null: none yet, that is "from now on"
 * @typedef {{id: number, at: number, kind: string, data: object}} Event  `at`: the server's clock, ms
 * @typedef {{channel: string, epoch: string, first: number, last: number, events: Event[]}} Batch
 */

/** Where a client begins that has seen nothing and wants nothing of the past. @type {Cursor} */
export const FROM_NOW = Object.freeze({ epoch: null, after: null });

// region: advance
/**
 * Return the cursor after a batch: its newest event, or the feed's `last` where it brought none.
 * @param {Cursor} cursor
 * @param {Batch} batch
 * @returns {Cursor}
 */
export function advance(cursor, batch) {
  const newest = batch.events.at(-1)?.id ?? batch.last;
  const seen = cursor.epoch === batch.epoch ? cursor.after : 0;
  return { epoch: batch.epoch, after: Math.max(seen, newest) };
}
// endregion

// region: continues
/**
 * Say whether a batch that came unasked goes on exactly where the cursor stands: the same epoch, no event left
 * out, and, where it brings none, nothing newer on the server.
 * @param {Cursor} cursor
 * @param {Batch} batch
 */
export function continues(cursor, batch) {
  if (batch.epoch !== cursor.epoch) return false;
  if (batch.events.length === 0) return batch.last <= cursor.after;
  return fresh(cursor, batch).events.every((event, i) => event.id === cursor.after + 1 + i);
}

/**
 * Return the batch without the events that the cursor has passed already.
 * @param {Cursor} cursor
 * @param {Batch} batch
 * @returns {Batch}
 */
export function fresh(cursor, batch) {
  return { ...batch, events: batch.events.filter((event) => event.id > cursor.after) };
}
// endregion

/**
 * Say whether the server had more to give than a batch holds: then one asks again at once.
 * @param {Batch} batch
 */
export function isBehind(batch) {
  return batch.events.length > 0 && batch.events.at(-1).id < batch.last;
}

/**
 * Say whether an answer is a batch at all. A proxy, or a server that somebody is still writing, may say anything.
 * @param {any} answer
 * @returns {answer is Batch}
 */
export function isBatch(answer) {
  return (
    typeof answer?.epoch === "string" &&
    Number.isInteger(answer.last) &&
    Array.isArray(answer.events) &&
    answer.events.every((event) => Number.isInteger(event?.id))
  );
}
