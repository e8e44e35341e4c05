/** The line over a jQuery and a Socket.IO that the test plays (fakes/). */
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { createLine } from "../../static/js/line.js";
import { requests } from "./fakes/jquery.js";
import { sockets } from "./fakes/socket.io.js";
import { batch, problem, settle } from "./stage.js";

mock.timers.enable({ apis: ["setTimeout"] }); // a lost connection is called again only by and by

beforeEach(() => {
  requests.length = 0;
  sockets.length = 0;
});

function setUp(more) {
  const told = [];
  const stop = new AbortController();
  const line = createLine({
    technique: "short-poll",
    viewer: "viewer01",
    notice: (n) => told.push(n),
    now: () => 7,
    ...more,
  });
  const how = { timeout: 10_000, signal: stop.signal };
  return { line, told, stop, how, ask: (query = {}) => line.ask("/demos/short-poll/sales", query, how) };
}

const kinds = (told) => told.map(({ kind }) => kind);

async function problemOf(promise) {
  const error = await promise.then(
    () => assert.fail("it did not reject"),
    (e) => e,
  );
  return error.problem;
}

test("asks by GET, with the viewer, and leaves out what is not known yet", () => {
  const { ask } = setUp();
  ask({ epoch: null, after: null, hold: 0 });
  const { url, data, dataType, timeout, method } = requests[0].options;
  assert.deepEqual(
    { url, data, dataType, timeout, method },
    {
      url: "/demos/short-poll/sales",
      data: { hold: 0, viewer: "viewer01" },
      dataType: "json",
      timeout: 10_000,
      method: undefined,
    },
  );
});

test("without a viewer none is sent", () => {
  const { ask } = setUp({ viewer: undefined });
  ask({ epoch: "e1", after: 3 });
  assert.deepEqual(requests[0].options.data, { epoch: "e1", after: 3 });
});

test("tells what is asked and answered, under one number, a held question's hold in ms", async () => {
  const { ask, told } = setUp();
  const answer = ask({ hold: 25 });
  const b = batch({ from: 1, to: 2 });
  requests[0].succeed(b);
  assert.equal(await answer, b);
  ask({ hold: 0 });
  assert.deepEqual(told, [
    { kind: "asked", t: 7, id: 1, path: "/demos/short-poll/sales", hold: 25_000 },
    { kind: "answered", t: 7, id: 1, batch: b },
    { kind: "asked", t: 7, id: 2, path: "/demos/short-poll/sales", hold: undefined },
  ]);
});

test("an error answer rejects with the problem that the server named", async () => {
  const { ask, told } = setUp();
  const answer = ask();
  requests[0].break("error", { status: 400, responseJSON: { title: "Bad cursor", status: 400, detail: "after is 9" } });
  const expected = { status: 400, title: "Bad cursor", detail: "after is 9" };
  assert.deepEqual(await problemOf(answer), expected);
  assert.deepEqual(told.at(-1), { kind: "failed", t: 7, id: 1, problem: expected });
});

test("no answer, none in time, no JSON and no batch are problems, too", async () => {
  const { ask } = setUp();
  const answers = [ask(), ask(), ask(), ask(), ask()];
  requests[0].break("error");
  requests[1].break("timeout");
  requests[2].break("parsererror", { status: 200 });
  requests[3].succeed({ hello: "from a proxy" });
  requests[4].break("error", { status: 502, statusText: "Bad Gateway" });
  const problems = await Promise.all(answers.map(problemOf));
  assert.deepEqual(
    problems.map(({ status, title }) => [status, title]),
    [
      [0, "No answer"],
      [0, "No answer in time"],
      [200, "Not JSON"],
      [200, "Not a batch"],
      [502, "HTTP 502"],
    ],
  );
});

test("an aborted question is withdrawn, rejects, and nothing is told of it", async () => {
  const { ask, told, stop } = setUp();
  const answer = ask();
  stop.abort();
  assert.equal((await problemOf(answer)).title, "Stopped");
  assert.deepEqual(kinds(told), ["asked"]);
});

test("a column that throws at a notice does not keep the answer from the transport", async () => {
  const stop = new AbortController();
  const line = createLine({
    notice: ({ kind }) => {
      if (kind === "answered") throw new Error("oops");
    },
  });
  const answer = line.ask("/demos/short-poll/sales", {}, { timeout: 1, signal: stop.signal });
  const b = batch({ last: 1 });
  assert.throws(() => requests[0].succeed(b), /oops/);
  assert.equal(await answer, b);
});

test("posts JSON, with the viewer and the technique in the address, and tells of it", async () => {
  const { line, told } = setUp();
  const answer = line.post("/demos/say", { channel: "chat", name: "Ada", text: "hi" });
  const { url, method, contentType, data } = requests[0].options;
  assert.deepEqual([url, method, contentType], ["/demos/say?viewer=viewer01&technique=short-poll", "POST", "application/json"]);
  assert.deepEqual(JSON.parse(data), { channel: "chat", name: "Ada", text: "hi" });
  requests[0].succeed({ id: 3, kind: "said" });
  assert.deepEqual(await answer, { id: 3, kind: "said" });
  assert.deepEqual(
    told.map(({ kind, batch: b }) => [kind, b]),
    [
      ["asked", undefined],
      ["answered", null],
    ],
  );
});

function setUpSocket() {
  const stage = setUp();
  const socket = stage.line.connect("/demos/web-socket", { silence: 10_000, signal: stage.stop.signal });
  return { ...stage, socket };
}

test("opens a WebSocket of its own with the viewer in the query string", () => {
  const { socket } = setUpSocket();
  const { query, transports, forceNew } = socket.options;
  assert.deepEqual(
    [socket.namespace, query, transports, forceNew],
    ["/demos/web-socket", { viewer: "viewer01" }, ["websocket"], true],
  );
});

test("tells of the handshake, the opening by the transport's name, each push and the closing", () => {
  const { socket, told } = setUpSocket();
  socket.accept();
  const b = batch({ from: 1, to: 1 });
  socket.send("batch", b);
  socket.lose("transport close");
  assert.deepEqual(told, [
    { kind: "asked", t: 7, id: 1, path: "/socket.io/", hold: undefined },
    { kind: "answered", t: 7, id: 1, batch: null },
    { kind: "opened", t: 7, transport: "websocket" },
    { kind: "pushed", t: 7, batch: b },
    { kind: "closed", t: 7, reason: "transport close" },
  ]);
});

test("the transport has the name that Socket.IO has for it, whichever it is", () => {
  const { socket, told } = setUpSocket();
  socket.io.engine.transport.name = "polling";
  socket.accept();
  assert.equal(told.at(-1).transport, "polling");
});

test("a handshake that fails is told as failed, once", () => {
  const { socket, told } = setUpSocket();
  socket.refuse("websocket error");
  assert.deepEqual(kinds(told), ["asked", "failed"]);
  assert.equal(told[1].problem.status, 0);
});

test("a connection that its column closed is not told as lost", () => {
  const { socket, told, stop } = setUpSocket();
  socket.accept();
  stop.abort();
  assert.equal(socket.connected, false);
  assert.deepEqual(kinds(told), ["asked", "answered", "opened"]);
});

test("what is emitted resolves to the acknowledgement; a batch in it is told as pushed", async () => {
  const { line, socket, told } = setUpSocket();
  socket.accept();
  const answer = line.emit("follow", { channel: "sales", epoch: null, after: null });
  assert.deepEqual([socket.emitted[0].name, socket.emitted[0].payload], ["follow", [{ channel: "sales" }]]);
  const b = batch({ last: 4 });
  socket.emitted[0].answer(b);
  assert.equal(await answer, b);
  assert.equal(told.at(-1).kind, "pushed");
  const said = line.emit("say", { channel: "chat", name: "Ada", text: "hi" });
  socket.emitted[1].answer({ id: 3, kind: "said" });
  assert.deepEqual([(await said).id, kinds(told).filter((kind) => kind === "pushed").length], [3, 1]);
});

test("an acknowledgement that names a problem, is none that was expected, or does not come, rejects", async () => {
  const { line, socket, told } = setUpSocket();
  socket.accept();
  const refused = line.emit("follow", {});
  socket.emitted[0].answer({ error: problem(400) });
  assert.deepEqual(await problemOf(refused), problem(400));
  const wrong = line.emit("follow", {}, ({ events }) => Array.isArray(events));
  socket.emitted[1].answer({ hello: "you" });
  assert.equal((await problemOf(wrong)).title, "Not a batch");
  const lost = line.emit("say", {});
  socket.emitted[2].fail(new Error("operation has timed out"));
  assert.equal((await problemOf(lost)).status, 0);
  assert.equal(kinds(told).includes("pushed"), false);
});

test("nothing is emitted into a closed connection, to go out who knows when", async () => {
  const { line, socket } = setUpSocket();
  assert.equal((await problemOf(line.emit("say", {}))).title, "No connection");
  await settle();
  assert.equal(socket.emitted.length, 0);
});
