// What a column's line says about itself, counted, and the state that follows from it. It sees notices only: no page,
// no transport. `connecting` until the first answer, `live` from then on, `retrying` after a failure. Moments are
// performance.now().

/** @typedef {"connecting"|"live"|"retrying"|"stopped"} State */

export function createTally() {
  const open = new Map(); // id of each question without an answer -> {held, counted}
  let socketOpen = false;
  const tally = { state: "stopped", transport: null, requests: 0, empty: 0, heardAt: null };

  /** What each kind of notice means. An answer that is no longer waited for means nothing. */
  const on = {
    asked({ id, hold }) {
      tally.requests += 1;
      open.set(id, { held: hold > 0, counted: true });
    },
    answered({ id, t, batch }) {
      const question = close(id);
      if (!question || !batch) return;
      tally.transport = "http";
      if (question.counted && batch.events.length === 0) tally.empty += 1;
      heard(t);
    },
    failed({ id }) {
      if (close(id)) lost();
    },
    opened({ transport }) {
      socketOpen = true;
      tally.transport = transport;
    },
    pushed({ t }) {
      heard(t);
    },
    closed() {
      socketOpen = false;
      lost();
    },
    refused() {},
    started() {
      tally.state = "connecting";
    },
    stopped() {
      tally.state = "stopped";
      socketOpen = false;
      open.clear();
    },
  };

  function close(id) {
    const question = open.get(id);
    open.delete(id);
    return question;
  }

  function heard(t) {
    tally.heardAt = t;
    if (tally.state !== "stopped") tally.state = "live";
  }

  function lost() {
    if (tally.state !== "stopped") tally.state = "retrying";
  }

  /** Whether someone waits on the server for this column, so that silence means "no news". */
  function isWaiting() {
    return tally.state === "live" && (socketOpen || [...open.values()].some(({ held }) => held));
  }

  return Object.assign(tally, {
    /** Take one notice. */
    notice(notice) {
      on[notice.kind](notice);
    },
    /** Count anew; what was asked before is not counted when it is answered. */
    reset() {
      tally.requests = 0;
      tally.empty = 0;
      for (const question of open.values()) question.counted = false;
    },
    /** @returns {number|null} ms since the last answer or batch */
    age: () => tally.heardAt && Math.round(performance.now() - tally.heardAt),
    /** @returns {number} the moment up to which the column knows the sale; `now` where none was heard of it yet */
    heardUntil: (now) => (isWaiting() ? now : (tally.heardAt ?? now)),
  });
}
