// A frame's bits and bytes in their order (RFC 6455, section 5.2). Pure. The three reserved bits are 0: no extension is on.

const CONTINUED = { 126: 2, 127: 8 }; // bytes in which the length goes on
const SHOWN = 12; // bytes of the payload

/**
 * @typedef {object} Field
 * @property {string} where which bytes of the frame
 * @property {string} cells bits without spaces between them, bytes with
 * @property {string} name
 * @property {string} says
 */

/** @returns {Field[]} */
export function fieldsOf({ fin, opcode, name, masked, mask, head, body }) {
  const extra = head - 2 - (masked ? 4 : 0);
  const length = extra === 8 ? 127 : extra === 2 ? 126 : body.bytes;
  return [
    { where: "byte 0", cells: bit(fin), name: "FIN", says: fin ? "last frame" : "more follow" },
    { where: "byte 0", cells: "000", name: "RSV", says: "no extension" },
    { where: "byte 0", cells: bits(opcode, 4), name: "opcode", says: `${opcode}: ${name}` },
    { where: "byte 1", cells: bit(masked), name: "MASK", says: masked ? "masked" : "not masked" },
    { where: "byte 1", cells: bits(length, 7), name: "length", says: CONTINUED[length] ? `${length}: see the next ${CONTINUED[length]} bytes` : `${length} B` },
    extra > 0 && { where: `bytes 2–${1 + extra}`, cells: inHex(bytesOf(body.bytes, extra)), name: "length", says: `${body.bytes.toLocaleString("en-GB")} B` },
    masked && { where: `bytes ${head - 4}–${head - 1}`, cells: mask.match(/../g).join(" "), name: "masking key", says: "another one for each frame" },
  ].filter(Boolean);
}

/**
 * What masking does to the first bytes of the payload: on the wire, key, in clear.
 * @returns {{wire: string, key: string, clear: string}[]} empty where there is no mask, or the bytes are not known
 */
export function unmask({ masked, mask, opcode, body }) {
  const clear = new TextEncoder().encode(body.text.slice(0, SHOWN)).slice(0, SHOWN);
  if (!masked || opcode !== 1 || clear.some((byte) => byte > 126 || byte < 32)) return [];
  const key = mask.match(/../g).map((pair) => parseInt(pair, 16));
  return Array.from(clear, (byte, i) => ({
    wire: hex(byte ^ key[i % 4]),
    key: hex(key[i % 4]),
    clear: String.fromCharCode(byte),
  }));
}

function bit(is) {
  return is ? "1" : "0";
}

function bits(number, count) {
  return number.toString(2).padStart(count, "0");
}

function hex(byte) {
  return byte.toString(16).padStart(2, "0");
}

function inHex(bytes) {
  return bytes.map(hex).join(" ");
}

/** A number in so many bytes, the largest first. */
function bytesOf(number, count) {
  return Array.from({ length: count }, (_, i) => Math.floor(number / 256 ** (count - 1 - i)) % 256);
}
