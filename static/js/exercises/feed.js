// A scripted channel: the same log as demos/feed.py keeps, as far as a check needs it.

const SEATS = 2000;
const BEGAN = 1_766_390_000_000; // ms since the Unix epoch, when every check begins

/** @param {ReturnType<typeof import("./time.js").createTime>} time */
export function createFeed(time, channel = "sales") {
  const events = [];

  function event({ data, ...facts } = {}) {
    const id = facts.id ?? events.length + 1;
    const sold = data?.sold ?? id;
    const usual = { night: 1, left: SEATS - sold, sold, per_minute: 60, takings: 45 * sold, seat: `C1-${id}`, price: 45 };
    return { id, at: BEGAN + time.now(), kind: "sale", ...facts, data: { ...usual, ...data } };
  }

  const feed = {
    channel,
    epoch: "k3v9x2",
    get last() {
      return events.length;
    },
    event,
    /** @returns {object[]} the new events */
    sell(n) {
      return Array.from({ length: n }, () => feed.add("sale"));
    },
    add(kind, data) {
      events.push(event({ kind, data }));
      return events.at(-1);
    },
    /** @returns {import("../cursor.js").Batch} what came after; without a cursor nothing, which says from where to go on */
    batch(after, epoch) {
      const from = after === undefined || after === null ? events.length : epoch && epoch !== feed.epoch ? 0 : Number(after);
      return { channel, epoch: feed.epoch, first: 1, last: events.length, events: events.slice(from, from + 500) };
    },
  };
  return feed;
}

/** The wall clock, in ms, when the handed-in clock shows `ms`. */
export function wallClock(ms) {
  return BEGAN + ms;
}
