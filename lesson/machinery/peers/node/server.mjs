// The same feed and events on Node: Socket.IO's own emit to a room, and polls on plain http. As short as its kind allows.
// Left out: every check, and all of the past but the newest events. clockwork.py has the sale in Python.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { Server } from "socket.io";

const PORT = Number(process.env.PORT ?? 8000);
const RATE = Number(process.env.RATE ?? 1);
const KEPT = 10_000;
const CHANNEL = "sales";
const epoch = randomBytes(3).toString("hex");
const events = []; // [0] has the id `first`
let last = 0;
const waiting = new Set();

const sale = (number) => ({
  night: 1,
  left: 2000 - (number % 1000),
  sold: 1000 + (number % 1000),
  per_minute: 600,
  takings: 45000 + (number % 1000),
  seat: "R17-24",
  price: 45,
});

function since(after) {
  const first = last - events.length + 1;
  const start = Math.max(after ?? last, first - 1);
  return { channel: CHANNEL, epoch, first, last, events: events.slice(start - first + 1, start - first + 501) };
}

function after(query) {
  if (!query.has("after")) return null;
  return query.has("epoch") && query.get("epoch") !== epoch ? 0 : Number(query.get("after"));
}

function answer(response, batch) {
  const body = JSON.stringify(batch);
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body), "Cache-Control": "no-store" });
  response.end(body);
}

function hold(response, cursor, seconds) {
  const held = { response, cursor };
  held.timer = setTimeout(() => release(held), seconds * 1000);
  waiting.add(held);
  response.on("close", () => { clearTimeout(held.timer); waiting.delete(held); });
}

function release(held) {
  clearTimeout(held.timer);
  waiting.delete(held);
  answer(held.response, since(held.cursor));
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://127.0.0.1");
  const cursor = after(searchParams) ?? last;
  if (pathname === `/demos/short-poll/${CHANNEL}`) answer(response, since(searchParams.has("after") ? cursor : null));
  else if (pathname !== `/demos/long-poll/${CHANNEL}`) response.writeHead(404).end();
  else if (cursor < last || searchParams.get("hold") === "0.0") answer(response, since(cursor));
  else hold(response, cursor, Number(searchParams.get("hold") ?? 25));
});
server.keepAliveTimeout = 20_000;

const PING = 5_000; // ms, as the lesson: who is gone is noticed as soon
const room = new Server(server, { pingInterval: PING, pingTimeout: PING }).of("/demos/web-socket");
room.on("connection", (socket) => {
  socket.on("follow", ({ epoch: known, after: seen }, acknowledge) => {
    socket.join(CHANNEL);
    acknowledge(since(known && known !== epoch ? 0 : seen));
  });
});

let number = 0;
const began = performance.now();
function sell() {
  number += 1;
  last += 1;
  events.push({ id: last, at: Date.now(), kind: "sale", data: sale(number) });
  if (events.length > KEPT) events.shift();
  room.to(CHANNEL).emit("batch", since(last - 1));
  for (const held of [...waiting]) release(held);
  setTimeout(sell, began + ((number + 1) * 1000) / RATE - performance.now());
}
setTimeout(sell, 1000 / RATE);
server.listen({ port: PORT, host: "127.0.0.1", backlog: 1024 }, () => console.log(`it is on http://127.0.0.1:${PORT}`));
