// What an entry weighs, and what is not data in it. As the meter divides it: heads, the framing of chunks, headers of
// frames and control frames whole are not data; what is inside is. Pure.

const CONTROL = 8; // opcodes from here on

/** @typedef {{up: number, down: number, head: number, body: number}} Weight in bytes; head + body = up + down */

/** @returns {Weight} */
export function weigh(entry) {
  return entry.kind === "frame" ? weighFrame(entry) : weighExchange(entry);
}

function weighExchange({ up, down }) {
  const [asked, answered] = [up, down].map(({ head, body, framing }) => ({ head: head.bytes + framing, body: body.bytes }));
  return {
    up: asked.head + asked.body,
    down: answered.head + answered.body,
    head: asked.head + answered.head,
    body: asked.body + answered.body,
  };
}

function weighFrame({ direction, opcode, head, body }) {
  const all = head + body.bytes;
  const data = opcode < CONTROL ? body.bytes : 0;
  return { up: direction === "up" ? all : 0, down: direction === "down" ? all : 0, head: all - data, body: data };
}

/** @returns {number|null} the share that is not data; null where nothing crossed */
export function waste({ head, body }) {
  return head + body > 0 ? head / (head + body) : null;
}

/** @returns {number|null} when it began, in the server's ms */
export function beganAt(entry) {
  return entry.kind === "frame" ? entry.at : (entry.up.at ?? entry.down.at);
}

/** @returns {object|null} the entry that ended nearest to a moment, in the server's ms */
export function nearest(entries, at) {
  const far = (entry) => Math.abs((entry.kind === "frame" ? entry.at : (entry.down.at ?? entry.up.at)) - at);
  return entries.reduce((best, entry) => (best && far(best) <= far(entry) ? best : entry), null);
}

/** @returns {boolean} whether it brought that event; no if that part of it was not kept */
export function brought(entry, id) {
  const text = entry.kind === "frame" ? entry.body.text : entry.down.body.text;
  return entry.direction !== "up" && new RegExp(`"id":${id},"at":`).test(text);
}
