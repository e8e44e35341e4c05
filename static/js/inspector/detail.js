// One entry, byte for byte: the heads line by line with their lengths and the bodies, or the frame taken apart. All of it
// comes from the wire, and is put on the page as text.
import { count, duration, inline } from "../format.js";
import { moment } from "../timeline/words.js";
import { waste, weigh } from "./entry.js";
import { fieldsOf, unmask } from "./frame.js";
import { make } from "./make.js";
import { takeApart } from "./packet.js";
import { sentenceOf } from "./words.js";

/** @param {HTMLElement} root */
export function createDetail(root) {
  let shown = null;

  return {
    /** @param {object|null} entry */
    show(entry) {
      if (entry === shown) return;
      shown = entry;
      root.replaceChildren(...(entry ? build(entry) : []));
      root.scrollTop = 0;
    },
  };
}

function build(entry) {
  const isFrame = entry.kind === "frame";
  const head = make("p", "wire-sentence", make("b", "", sentenceOf(entry)), ` ${circumstances(entry)}`);
  return [head, share(entry), ...(isFrame ? frame(entry) : exchange(entry)), ...hidden(entry)];
}

/** When, how long, on which connection. */
function circumstances(entry) {
  const ended = entry.cut ? " It was cut off before its end." : "";
  const on = `on connection ${entry.connection}.${ended}`;
  if (entry.kind === "frame") return `Sent ${entry.direction} at ${moment(entry.at, 3)}, ${on}`;
  const [asked, answered] = [entry.up.at, entry.down.at];
  if (asked === null || answered === null) return `Asked at ${moment(asked ?? answered, 3)}, not answered, ${on}`;
  return `Asked at ${moment(asked, 3)}, answered ${inline(duration(answered - asked))} later, ${on}`;
}

/** What is not data, solid; what is, light. */
function share(entry) {
  const part = waste(weigh(entry)) ?? 0;
  const bar = make("span", "wire-bar-head");
  bar.style.width = `${100 * part}%`;
  const whole = make("div", "wire-bar", bar);
  whole.setAttribute("aria-hidden", "true");
  return whole;
}

// Exchanges

function exchange({ kind, up, down }) {
  const isHandshake = kind === "handshake";
  const question = message(isHandshake ? "Up: may we go on as a WebSocket?" : "Up: the question", up);
  const answer = message(isHandshake ? "Down: yes; from here on there are frames" : "Down: the answer", down);
  return [make("div", "wire-both", question, answer)];
}

function message(title, { head, body, framing }) {
  const all = head.bytes + body.bytes + framing;
  const parts = [make("h3", "", title, " ", number(all)), heads(head)];
  if (framing > 0) parts.push(note(`The sizes of its chunks: ${framing} B, not data.`));
  if (body.bytes > 0) parts.push(make("h4", "", "Body ", number(body.bytes)), payload(body.text), ...more(body));
  return make("section", "", ...parts);
}

/** A head's lines, each with its length, and that drawn behind it. */
function heads({ bytes, more: missing, lines }) {
  const most = Math.max(1, ...lines.map((line) => line.bytes));
  const rows = lines.map((line) => {
    const name = make("td", "", ...named(line.text));
    name.style.setProperty("--share", `${(100 * line.bytes) / most}%`);
    return make("tr", "", name, make("td", "number", String(line.bytes)));
  });
  const caption = make("caption", "", "Head ", number(bytes));
  return make("div", "", make("table", "wire-head", caption, make("tbody", "", ...rows)), ...more({ more: missing }));
}

/** A header's name stands out from what it says. */
function named(text) {
  if (text === "") return [make("span", "quiet", "an empty line: the head ends")];
  const colon = /^[\w-]+:/.exec(text)?.[0];
  return colon ? [make("b", "", colon), text.slice(colon.length)] : [text];
}

// Frames

function frame(entry) {
  const { head, body } = entry;
  const fields = make("ol", "wire-frame", ...[...fieldsOf(entry), payloadField(entry)].map(field));
  const masking = unmask(entry);
  const parts = [make("h3", "", "The frame’s header ", number(head)), fields];
  if (masking.length > 0) parts.push(maskTable(masking));
  if (body.bytes > 0) parts.push(make("h3", "", "Its payload ", number(body.bytes)), ...inside(entry), ...more(body));
  return [make("section", "", ...parts)];
}

function payloadField({ head, body }) {
  const where = body.bytes ? `from byte ${head} on` : "nothing follows";
  return { where, cells: "…", name: "payload", says: `${count(body.bytes).number} B` };
}

/** Which byte it is stands above the first field of that byte. */
function field({ where, cells, name, says }, i, fields) {
  const isFirst = where !== fields[i - 1]?.where;
  const boxes = (cells.includes(" ") || cells === "…" ? cells.split(" ") : [...cells]).map((cell) => make("span", "", cell));
  const place = make("span", "where", isFirst ? where : "");
  return make("li", isFirst ? "first" : "", place, make("span", "cells number", ...boxes), make("b", "", name), make("span", "says", says));
}

function maskTable(bytes) {
  const row = (title, name) => make("tr", "", head(title), ...bytes.map((byte) => make("td", "number", byte[name])));
  const table = make("table", "wire-mask", row("on the wire", "wire"), row("xor key", "key"), row("in clear", "clear"));
  return make("div", "wire-wide", table);
}

function head(text) {
  const cell = make("th", "", text);
  cell.scope = "row";
  return cell;
}

function inside({ opcode, body }) {
  if (opcode !== 1) return [payload(body.text)];
  const rows = takeApart(body.text).map(({ text, says }) => make("tr", "", make("td", "quiet", says), make("td", "", make("code", "", text))));
  return [make("table", "wire-packet", make("tbody", "", ...rows))];
}

// Both

function number(bytes) {
  return make("span", "number unit", `${count(bytes).number} B`);
}

function payload(text) {
  return make("pre", "wire-body", text);
}

function more({ more: missing }) {
  return missing > 0 ? [note(`${count(missing).number} bytes more, which are not kept.`)] : [];
}

function note(text) {
  return make("p", "quiet", text);
}

/** Where the server has hidden something, that is said. */
function hidden(entry) {
  return JSON.stringify(entry).includes("•••") ? [note("••• hides what would open your session to others; lengths are those that crossed.")] : [];
}
