/**
 * The official socket.io-client under Node, following one channel as the contract says.
 * Run by tests/test_node_client.py: `node official-client.mjs URL OPTIONS CURSOR`, both JSON. It
 * takes orders on standard input and tells on standard output what happens, one JSON object a line.
 */
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [url, options, start] = process.argv.slice(2);
const cursor = JSON.parse(start); // {channel, epoch?, after?}
const socket = io(`${url}/demos/web-socket`, {
  forceNew: true,
  reconnectionDelay: 100,
  reconnectionDelayMax: 500,
  ...JSON.parse(options),
});

const tell = (kind, more = {}) => process.stdout.write(`${JSON.stringify({ kind, ...more })}\n`);
let early = null; // batches that overtook the answer to `follow`

function follow() {
  const mine = (early = []);
  socket.emit("follow", cursor, (batch) => {
    if (early !== mine) return; // asked anew meanwhile
    if (batch.error) return tell("refused", { problem: batch.error });
    early = null;
    tell("caught-up", { after: cursor.after ?? null, last: batch.last, events: batch.events.length });
    take(batch, true);
    for (const next of mine) if (!early) take(next, false);
  });
}

/** Apply what continues the cursor; follow again where something is missing. */
function take(batch, answered) {
  if (batch.epoch !== cursor.epoch) startOver(batch);
  if (answered && cursor.after < batch.first - 1) cursor.after = batch.first - 1;
  for (const event of batch.events) {
    if (event.id <= cursor.after) continue;
    if (event.id > cursor.after + 1) return follow();
    cursor.after = event.id;
    tell("event", { epoch: batch.epoch, event });
  }
  if (cursor.after < batch.last) follow();
}

function startOver(batch) {
  const known = cursor.epoch !== undefined || cursor.after !== undefined;
  cursor.epoch = batch.epoch;
  cursor.after = known ? batch.first - 1 : batch.last - batch.events.length;
}

socket.io.on("open", () => {
  const { engine } = socket.io;
  tell("opened", { transport: engine.transport.name });
  engine.once("upgrade", (transport) => tell("upgraded", { transport: transport.name }));
});
socket.on("connect", () => {
  tell("connected");
  follow();
});
socket.on("batch", (batch) => (early ? early.push(batch) : take(batch, false)));
socket.on("disconnect", (reason) => tell("disconnected", { reason }));
socket.on("connect_error", (error) => tell("unreachable", { reason: error.message }));

const ORDERS = {
  emit: ({ name, message }) => socket.emit(name, message, (answer) => tell("answer", { answer })),
  leave: () => socket.disconnect(),
  return: () => socket.connect(),
};
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const order = JSON.parse(line);
    ORDERS[order.do](order);
  })
  .on("close", () => process.exit(0));
