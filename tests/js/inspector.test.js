import assert from "node:assert/strict";
import { test } from "node:test";
import { beganAt, brought, nearest, waste, weigh } from "../../static/js/inspector/entry.js";
import { fieldsOf, unmask } from "../../static/js/inspector/frame.js";
import { takeApart } from "../../static/js/inspector/packet.js";
import { KEPT, createRecord } from "../../static/js/inspector/record.js";
import { percent, sentenceOf, titleOf } from "../../static/js/inspector/words.js";

const part = (bytes, text = "", more = 0) => ({ bytes, more, text });
const BATCH = (...ids) =>
  `{"channel":"sales","epoch":"e1","first":1,"last":9,"events":[${ids.map((id) => `{"id":${id},"at":17.5,"kind":"sale","data":{}}`).join(",")}]}`;

function message(at, line, body = part(0), headBytes = 100, framing = 0) {
  const lines = line ? [{ text: line, bytes: line.length + 2 }] : [];
  return { at, head: { bytes: line ? headBytes : 0, more: 0, lines }, body, framing };
}

function exchange({ n = 1, technique = "long-poll", line = "GET /demos/long-poll/sales?after=41&viewer=x HTTP/1.1", body = BATCH(42), status = "200 OK", framing = 0, ...rest } = {}) {
  const down = status ? message(2_000, `HTTP/1.1 ${status}`, part(body.length, body), 80, framing) : message(null, "");
  return { n, technique, kind: "exchange", connection: 4, cut: false, up: message(1_000, line), down, ...rest };
}

function frame({ text = "", direction = "down", opcode = 1, name = "text", head = 4, bytes = text.length, mask = null, ...rest } = {}) {
  const masked = mask !== null;
  return { n: 2, technique: "web-socket", kind: "frame", connection: 5, cut: false, direction, at: 3_000, fin: true, opcode, name, masked, mask, head, body: part(bytes, text), ...rest };
}

test("an exchange weighs what crossed both ways; heads and framing are not data", () => {
  const entry = exchange({ body: "x".repeat(50), framing: 7 });
  assert.deepEqual(weigh(entry), { up: 100, down: 137, head: 187, body: 50 });
  assert.equal(waste(weigh(entry)), 187 / 237);
});

test("a frame weighs its header and its payload, in its direction", () => {
  assert.deepEqual(weigh(frame({ bytes: 245 })), { up: 0, down: 249, head: 4, body: 245 });
  assert.deepEqual(weigh(frame({ bytes: 80, direction: "up", head: 6 })), { up: 86, down: 0, head: 6, body: 80 });
});

test("a control frame is no data at all", () => {
  for (const opcode of [8, 9, 10]) assert.deepEqual(weigh(frame({ opcode, bytes: 2, head: 2 })), { up: 0, down: 4, head: 4, body: 0 });
});

test("the sentence says of how many bytes how many were not data", () => {
  assert.equal(sentenceOf(exchange({ body: "x".repeat(71), up: message(1_000, "GET /", part(0), 696) })), "Of 847 bytes, 776 were not data: 92 %.");
  assert.equal(sentenceOf(exchange({ body: "", status: "101 Switching Protocols", kind: "handshake" })), "Of 180 bytes, none were data.");
  assert.equal(sentenceOf({ ...exchange(), up: message(null, ""), down: message(null, "") }), "Nothing crossed.");
  assert.equal(percent(null), "–");
});

test("an entry is named by what it was", () => {
  const titles = [
    [exchange(), "after 41 → 1 event"],
    [exchange({ body: BATCH() }), "after 41 → nothing new"],
    [exchange({ body: BATCH(42, 43) }), "after 41 → 2 events"],
    [exchange({ status: "400 BAD REQUEST", body: "{}" }), "after 41 → 400"],
    [exchange({ status: null, cut: true }), "after 41 → no answer, cut off"],
    [exchange({ line: "POST /demos/say?viewer=x HTTP/1.1", status: "201 CREATED", body: "{}" }), "POST /demos/say → 201"],
    [exchange({ kind: "handshake", line: "GET /socket.io/?EIO=4 HTTP/1.1", status: "101 Switching Protocols", body: "" }), "handshake → 101"],
    [frame({ text: `42/demos/web-socket,["batch",${BATCH(42)}]` }), "batch: 1 event"],
    [frame({ text: `42/demos/web-socket,["batch",${BATCH()}]` }), "batch: nothing new"],
    [frame({ text: `43/demos/web-socket,7[${BATCH(42, 43)}]` }), "acknowledged: 2 events"],
    [frame({ text: '42/demos/web-socket,0["follow",{"channel":"sales"}]', direction: "up" }), "follow"],
    [frame({ text: "40/demos/web-socket,", direction: "up" }), "join the namespace"],
    [frame({ text: '40/demos/web-socket,{"sid":"•••"}' }), "joined"],
    [frame({ text: '0{"sid":"•••"}' }), "session begins"],
    [frame({ text: "2" }), "Engine.IO ping"],
    [frame({ text: "3", direction: "up" }), "Engine.IO pong"],
    [frame({ opcode: 8, name: "close" }), "close"],
    [frame({ text: "hello" }), "text"],
    [frame({ text: "42[" }), "event"],
  ];
  for (const [entry, title] of titles) assert.equal(titleOf(entry), title);
});

test("what is hostile is named without harm", () => {
  const nasty = '<img src=x onerror="alert(1)">';
  assert.equal(titleOf(exchange({ line: `GET /demos/long-poll/sales?after=${encodeURIComponent(nasty)} HTTP/1.1`, body: "{}" })), `after ${nasty} → 200`);
  assert.equal(titleOf(exchange({ line: nasty, body: nasty })), "<img src=x → 200");
  assert.equal(titleOf(frame({ text: nasty })), "text");
});

test("the bits and bytes of a header are in their order", () => {
  const fields = fieldsOf(frame({ bytes: 245 })).map(({ where, cells, name }) => [where, cells, name]);
  assert.deepEqual(fields, [
    ["byte 0", "1", "FIN"],
    ["byte 0", "000", "RSV"],
    ["byte 0", "0001", "opcode"],
    ["byte 1", "0", "MASK"],
    ["byte 1", "1111110", "length"],
    ["bytes 2–3", "00 f5", "length"],
  ]);
});

test("short, long and masked frames have the lengths and keys that crossed", () => {
  const cells = (entry) => fieldsOf(entry).map((field) => field.cells);
  assert.deepEqual(cells(frame({ bytes: 3, head: 2 })), ["1", "000", "0001", "0", "0000011"]);
  assert.deepEqual(cells(frame({ bytes: 70_000, head: 10 })).slice(4), ["1111111", "00 00 00 00 00 01 11 70"]);
  assert.deepEqual(cells(frame({ bytes: 80, head: 6, mask: "df69863d" })).slice(3), ["1", "1010000", "df 69 86 3d"]);
  assert.deepEqual(cells(frame({ fin: false, opcode: 0, bytes: 300, head: 8, mask: "00000000" })).slice(0, 3), ["0", "000", "0000"]);
  assert.equal(fieldsOf(frame({ bytes: 300, head: 8, mask: "01020304" })).at(-1).where, "bytes 4–7");
});

test("masking is shown on the payload's first bytes, where they are known", () => {
  const bytes = unmask(frame({ text: "42/demos/web-socket,", mask: "df69863d" }));
  assert.equal(bytes.length, 12);
  assert.deepEqual(bytes[0], { wire: "eb", key: "df", clear: "4" });
  assert.deepEqual(bytes[4], { wire: "ba", key: "df", clear: "e" });
  assert.deepEqual(unmask(frame({ text: "42" })), []);
  assert.deepEqual(unmask(frame({ text: "•••", mask: "df69863d" })), []);
});

test("a packet is taken apart without losing a character", () => {
  const text = '42/demos/web-socket,7["follow",{"channel":"sales"}]';
  const parts = takeApart(text);
  assert.deepEqual(parts.map((one) => one.text), ["4", "2", "/demos/web-socket,", "7", '["follow",{"channel":"sales"}]']);
  for (const strange of ["", "2", "3probe", "40", "41/x,", "hello", "9", "42[", '0{"sid":"•••"}', "451-[]", "4"]) {
    assert.equal(takeApart(strange).map((one) => one.text).join(""), strange);
  }
});

test("an event is found in what brought it, and not in a question", () => {
  assert.equal(brought(exchange(), 42), true);
  assert.equal(brought(exchange(), 4), false);
  assert.equal(brought(frame({ text: `42["batch",${BATCH(42)}]` }), 42), true);
  assert.equal(brought(frame({ text: `42["batch",${BATCH(42)}]`, direction: "up" }), 42), false);
});

test("what crossed at a time is what ended nearest to it", () => {
  const [early, late] = [frame({ at: 1_000 }), exchange()];
  assert.equal(nearest([early, late], 1_400), early);
  assert.equal(nearest([early, late], 1_600), late);
  assert.equal(nearest([], 0), null);
  assert.equal(beganAt(exchange()), 1_000);
});

test("of each technique the last fifty are kept, newest first, each once", () => {
  const record = createRecord(["long-poll", "web-socket"]);
  const entries = Array.from({ length: KEPT + 5 }, (_, i) => exchange({ n: i + 1 }));
  assert.equal(record.take([entries[1], entries[0]]).length, 2);
  assert.equal(record.take(entries).length, KEPT + 3);
  assert.deepEqual(record.take(entries.slice(-2)), []);
  assert.deepEqual(record.lists()["long-poll"].map(({ n }) => n), Array.from({ length: KEPT }, (_, i) => KEPT + 5 - i));
  assert.deepEqual(record.take([exchange({ n: 99, technique: "yours" })]), []);
});

test("a list that is held stays as it is", () => {
  const record = createRecord(["long-poll"]);
  record.take([exchange({ n: 1 })]);
  const still = record.lists();
  record.take([exchange({ n: 2 })]);
  record.clear();
  assert.deepEqual(still["long-poll"].map(({ n }) => n), [1]);
});
