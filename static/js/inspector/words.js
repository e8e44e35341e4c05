// An entry in words: what it was, in a line of the list; what share of it was not data, in a sentence. Pure.
import { count } from "../format.js";
import { waste, weigh } from "./entry.js";
import { readPacket } from "./packet.js";

const ENGINE = { 0: "session begins", 1: "close", 2: "Engine.IO ping", 3: "Engine.IO pong", 5: "upgrade", 6: "noop" };

/** @returns {string} what it was, in a few words */
export function titleOf(entry) {
  const title = entry.kind === "frame" ? titleOfFrame(entry) : titleOfExchange(entry);
  return entry.cut ? `${title}, cut off` : title;
}

function titleOfExchange({ kind, up, down }) {
  const [method, address = ""] = firstLine(up).split(" ");
  const [path, query] = address.split("?");
  const after = new URLSearchParams(query).get("after");
  const what = kind === "handshake" ? "handshake" : after === null ? `${method} ${path}` : `after ${after}`;
  return `${what} → ${outcomeOf(down)}`;
}

/** What came back: the news, or else the status. */
function outcomeOf(down) {
  const status = firstLine(down).split(" ")[1];
  if (status === undefined) return "no answer";
  return (status === "200" && newsOf(down.body.more ? "" : down.body.text)) || status;
}

function titleOfFrame({ opcode, name, direction, body }) {
  if (opcode !== 1) return name;
  const packet = readPacket(body.text);
  if (!packet) return "text";
  const { engine, type, json } = packet;
  if (engine !== 4) return ENGINE[engine] ?? "text";
  if (type === 0) return direction === "up" ? "join the namespace" : "joined";
  if (type === 1) return "leave the namespace";
  return [type === 2 ? nameOf(json) : "acknowledged", newsOf(json)].filter(Boolean).join(": ");
}

function firstLine({ head }) {
  return head.lines[0]?.text ?? "";
}

/** The event's name in `["batch",{…}]`, even where the rest is not kept. */
function nameOf(json) {
  return /^\["([^"\\]{1,40})"/.exec(json)?.[1] ?? "event";
}

/** What a batch brought; empty where it is none, or not whole. */
function newsOf(json) {
  const events = /^[^{]*\{"channel":.*?"events":(\[.*\])\}\]?$/s.exec(json)?.[1];
  if (events === undefined) return "";
  const brought = (events.match(/"id":\d+,"at":/g) ?? []).length;
  return brought === 0 ? "nothing new" : brought === 1 ? "1 event" : `${brought} events`;
}

/** @returns {string} `92 %`; a dash where nothing crossed */
export function percent(share) {
  return share === null ? "–" : `${Math.round(100 * share)} %`;
}

/** @returns {string} of how many bytes how many were not data */
export function sentenceOf(entry) {
  const weight = weigh(entry);
  const share = waste(weight);
  if (share === null) return "Nothing crossed.";
  const all = count(weight.head + weight.body).number;
  if (weight.body === 0) return `Of ${all} bytes, none were data.`;
  if (weight.head === 0) return `Of ${all} bytes, all were data.`;
  return `Of ${all} bytes, ${count(weight.head).number} were not data: ${percent(share)}.`;
}
