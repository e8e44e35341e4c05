import assert from "node:assert/strict";
import { test } from "node:test";
import { webSocket } from "../../static/js/transports/web-socket.js";
import { batch, createReport, createSocketLine, nextUnhandled, problem, settle } from "./stage.js";

const AT_5 = { epoch: "e1", after: 5 };

function setUp({ cursor = AT_5, ...more } = {}) {
  const stage = createSocketLine();
  const { report, got } = createReport();
  return { ...stage, ...webSocket({ channel: "sales", cursor, report, line: stage.line, ...more }), got };
}

async function setUpLive(more) {
  const socket = setUp(more);
  socket.start();
  await socket.open();
  await socket.answer(batch({ last: 5 }));
  return socket;
}

const followed = (socket) => socket.emitted.map(({ message }) => message.after);

test("follows its channel from its cursor on every connect, also the next ones", async () => {
  const socket = setUp();
  socket.start();
  assert.equal(socket.connections[0].namespace, "/demos/web-socket");
  assert.equal(socket.connections[0].silence, 10_000);
  assert.equal(socket.emitted.length, 0);
  await socket.open();
  assert.deepEqual(socket.emitted[0].message, { channel: "sales", epoch: "e1", after: 5 });
  await socket.answer(batch({ from: 6, to: 7 }));
  await socket.open();
  assert.deepEqual(socket.emitted[1].message, { channel: "sales", epoch: "e1", after: 7 });
});

test("reports the answer and then what is pushed", async () => {
  const socket = setUp();
  socket.start();
  await socket.open();
  await socket.answer(batch({ from: 6, to: 7 }));
  await socket.push(batch({ from: 8, to: 8 }));
  await socket.push(batch({ last: 8 }));
  assert.deepEqual(socket.got, ["6 7", "8", "last 8"]);
  assert.equal(socket.emitted.length, 1);
});

test("keeps what overtakes the answer, and applies only what continues it", async () => {
  const socket = setUp();
  socket.start();
  await socket.open();
  await socket.push(batch({ from: 7, to: 8 }));
  await socket.push(batch({ from: 9, to: 9 }));
  assert.deepEqual(socket.got, []);
  await socket.answer(batch({ from: 6, to: 8 }));
  assert.deepEqual(socket.got, ["6 7 8", "last 8", "9"]);
  assert.equal(socket.emitted.length, 1);
});

test("an empty batch that overtook the answer does not set the cursor back", async () => {
  const socket = setUp();
  socket.start();
  await socket.open();
  await socket.push(batch({ last: 5 }));
  await socket.answer(batch({ from: 6, to: 8 }));
  await socket.push(batch({ from: 9, to: 9 }));
  assert.deepEqual(followed(socket), [5]);
  assert.equal(socket.got.at(-1), "9");
});

test("drops what it has seen already", async () => {
  const socket = await setUpLive();
  await socket.push(batch({ from: 6, to: 8 }));
  await socket.push(batch({ from: 7, to: 9 }));
  assert.deepEqual(socket.got.slice(1), ["6 7 8", "9"]);
});

test("a gap makes it follow again from its cursor; nothing after the gap is reported before", async () => {
  const socket = await setUpLive();
  await socket.push(batch({ from: 8, to: 8 }));
  assert.deepEqual(followed(socket), [5, 5]);
  await socket.push(batch({ from: 9, to: 9 }));
  assert.deepEqual(followed(socket), [5, 5]);
  await socket.answer(batch({ from: 6, to: 9 }));
  assert.deepEqual(socket.got.slice(1), ["6 7 8 9", "last 9"]);
});

test("a feed that is ahead in an empty batch makes it follow again", async () => {
  const socket = await setUpLive();
  await socket.push(batch({ last: 6 }));
  await socket.answer(batch({ from: 6, to: 6 }));
  assert.deepEqual(followed(socket), [5, 5]);
  assert.equal(socket.got.at(-1), "6");
});

test("another epoch in a push makes it follow again, and the answer starts over", async () => {
  const socket = await setUpLive();
  await socket.push(batch({ from: 1, to: 1, epoch: "e2" }));
  await socket.answer(batch({ from: 1, to: 1, epoch: "e2" }));
  await socket.push(batch({ from: 2, to: 2, epoch: "e2" }));
  assert.deepEqual(socket.got.slice(1), ["1", "2"]);
});

test("a gap that the feed no longer holds is not asked for for ever", async () => {
  const socket = await setUpLive();
  await socket.push(batch({ from: 100, to: 100, first: 90 }));
  await socket.answer(batch({ from: 90, to: 100, first: 90 }));
  await socket.push(batch({ from: 101, to: 101, first: 91 }));
  assert.equal(socket.emitted.length, 2);
  assert.equal(socket.got.at(-1), "101");
});

test("after a page that is not the whole follows again at once", async () => {
  const socket = setUp();
  socket.start();
  await socket.open();
  await socket.answer(batch({ from: 6, to: 505, last: 700 }));
  await socket.push(batch({ from: 701, to: 701 }));
  await socket.answer(batch({ from: 506, to: 700 }));
  assert.deepEqual(followed(socket), [5, 505]);
  assert.equal(socket.got.at(-1), "701");
});

test("without a cursor begins from now on", async () => {
  const socket = setUp({ cursor: { epoch: null, after: null } });
  socket.start();
  await socket.open();
  assert.equal(socket.emitted[0].message.after, null);
  await socket.answer(batch({ last: 42 }));
  await socket.push(batch({ from: 43, to: 43 }));
  assert.deepEqual(socket.got, ["last 42", "43"]);
});

test("an answer that fails hangs up, to call again, and keeps the cursor", async () => {
  const socket = setUp();
  socket.start();
  await socket.open();
  await socket.fail(problem(0, "No answer"));
  assert.equal(socket.calls.hungUp, 1);
  assert.deepEqual(socket.told, []);
  await socket.open();
  assert.deepEqual(followed(socket), [5, 5]);
});

test("a refused cursor starts over from now, and says so", async () => {
  const socket = setUp();
  socket.start();
  await socket.open();
  await socket.fail(problem(400, "Bad cursor"));
  assert.deepEqual(socket.told, [{ kind: "refused", problem: problem(400, "Bad cursor") }]);
  await socket.open();
  assert.deepEqual(socket.emitted[1].message, { channel: "sales", epoch: null, after: null });
});

test("what the connection before still answers, or fails, is of no account", async () => {
  const socket = setUp();
  socket.start();
  await socket.open();
  await socket.open();
  const [old, young] = socket.emitted;
  await socket.fail(problem(400), old);
  assert.deepEqual([socket.calls.hungUp, socket.told], [0, []]);
  await socket.answer(batch({ from: 6, to: 6 }), young);
  assert.deepEqual(socket.got, ["6"]);
});

test("an old answer that comes late is not reported", async () => {
  const socket = setUp();
  socket.start();
  await socket.open();
  await socket.open();
  await socket.answer(batch({ from: 6, to: 6 }), socket.emitted[0]);
  assert.deepEqual(socket.got, []);
});

test("stopped it closes its connection and reports nothing more", async () => {
  const socket = await setUpLive();
  socket.stop();
  assert.equal(socket.connections[0].signal.aborted, true);
  await socket.push(batch({ from: 6, to: 6 }));
  assert.deepEqual(socket.got, ["last 5"]);
});

test("stopped before the answer is in reports nothing, nor what overtook it", async () => {
  const socket = setUp();
  socket.start();
  await socket.open();
  await socket.push(batch({ from: 7, to: 7 }));
  socket.stop();
  await socket.answer(batch({ from: 6, to: 6 }));
  assert.deepEqual(socket.got, []);
});

test("stopped while an answer fails neither hangs up nor says that it was refused", async () => {
  const socket = setUp();
  socket.start();
  await socket.open();
  socket.stop();
  await socket.fail(problem(400));
  assert.deepEqual([socket.calls.hungUp, socket.told], [0, []]);
});

test("stopped by its own report does not report what overtook the answer", async () => {
  let reports = 0;
  const socket = setUp({
    report: () => {
      reports += 1;
      socket.stop();
    },
  });
  socket.start();
  await socket.open();
  await socket.push(batch({ from: 7, to: 7 }));
  await socket.answer(batch({ from: 6, to: 6 }));
  assert.equal(reports, 1);
});

test("started again opens a new connection and goes on from where it was", async () => {
  const socket = await setUpLive();
  await socket.push(batch({ from: 6, to: 9 }));
  socket.stop();
  socket.start();
  await socket.open();
  assert.equal(socket.connections.length, 2);
  assert.equal(followed(socket).at(-1), 9);
});

test("started twice, or stopped and started in quick succession, has one connection", async () => {
  const socket = setUp();
  socket.start();
  socket.start();
  socket.stop();
  socket.start();
  await settle();
  assert.equal(socket.connections.filter(({ signal }) => !signal.aborted).length, 1);
});

test("a mistake in the dashboard is no trouble of the line: it is thrown", async () => {
  const socket = setUp({
    report: () => {
      throw new Error("oops");
    },
  });
  const thrown = nextUnhandled();
  socket.start();
  await socket.open();
  await socket.answer(batch({ from: 6, to: 6 }));
  assert.equal((await thrown).message, "oops");
  assert.equal(socket.calls.hungUp, 0);
});
