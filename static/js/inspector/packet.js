// What Socket.IO puts into a frame: a digit of Engine.IO, a digit of Socket.IO, the namespace, the number of what is to be
// acknowledged, and JSON. Pure. Left out: binary attachments, which nobody sends here.

const PACKET = /^(\d)(?:(\d)(?:(\/[^,]*),)?(\d+)?)?/;

const ENGINE = ["open: the session begins", "close", "ping: is anybody there?", "pong: yes", "a message", "upgrade", "noop"];
const SOCKET = ["connect to a namespace", "leave the namespace", "an event", "an acknowledgement", "a refusal", "an event with binary", "an acknowledgement with binary"];

/**
 * Read a packet.
 * @param {string} text
 * @returns {{engine: number, type: number|null, namespace: string|null, ack: string|null, json: string}|null} null: none
 */
export function readPacket(text) {
  const found = PACKET.exec(text);
  if (!found) return null;
  const isMessage = found[1] === "4";
  const [whole, engine, type, namespace, ack] = isMessage ? found : [found[1], found[1]];
  return {
    engine: Number(engine),
    type: type === undefined ? null : Number(type),
    namespace: namespace ?? null,
    ack: ack ?? null,
    json: text.slice(whole.length),
  };
}

/**
 * Take a packet apart, in its order.
 * @returns {{text: string, says: string}[]} together they are the text
 */
export function takeApart(text) {
  const packet = readPacket(text);
  if (!packet) return text ? [{ text, says: "" }] : [];
  const { engine, type, namespace, ack, json } = packet;
  const parts = [
    { text: String(engine), says: `Engine.IO: ${ENGINE[engine] ?? "unknown"}` },
    type !== null && { text: String(type), says: `Socket.IO: ${SOCKET[type] ?? "unknown"}` },
    namespace !== null && { text: `${namespace},`, says: "the namespace: which conversation" },
    ack !== null && { text: ack, says: type === 3 ? "the number of what it acknowledges" : "the number by which it is to be acknowledged" },
    json && { text: json, says: type === 2 ? "the event’s name, and what it carries" : "what it carries" },
  ];
  return parts.filter(Boolean);
}
