/** What the timeline's tests share: a server's clock that is `SHIFT` ahead of performance.now(), and short words for notices. */
import { createRecord } from "../../static/js/timeline/record.js";

export const SHIFT = 1_766_390_000_000; // ms

export function setUp(...techniques) {
  const clock = { at: (t) => t + SHIFT, uncertainty: 2 };
  const record = createRecord(techniques, clock);
  const tell = (technique, kind, t, facts = {}) => record.notice(technique, { kind, t, ...facts });
  const lane = (technique) => record.lanes.find((one) => one.technique === technique);
  return { record, clock, tell, lane };
}

/** An event that happened at the moment `t` of performance.now(). */
export function event(id, t) {
  return { id, at: t + SHIFT, kind: "sale", data: { left: 2_000 - id } };
}

export function batch(events, { epoch = "k3v9x2", first = 1, last = events.at(-1)?.id ?? 0 } = {}) {
  return { channel: "sales", epoch, first, last, events };
}
