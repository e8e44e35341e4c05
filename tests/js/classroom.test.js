import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { joinClass } from "../../static/js/classroom.js";
import { sockets } from "./fakes/socket.io.js";
import { problem, settle } from "./stage.js";

mock.timers.enable({ apis: ["setTimeout"] }); // a lost connection is called again only by and by

beforeEach(() => (sockets.length = 0));

function setUp() {
  const classroom = joinClass({ viewer: "viewer01" });
  return { classroom, socket: sockets[0] };
}

const STATE = { n: 0, steers: true, now: { last: 5 } };

test("has a connection of its own that a proxy can tell, without the viewer", () => {
  const { socket } = setUp();
  assert.deepEqual([socket.namespace, socket.options.query], ["/class", { part: "class" }]);
});

test("says hello on every connect, and hands on the state and the sale that come back", async () => {
  const { classroom, socket } = setUp();
  const heard = [];
  classroom.on("state", (state) => heard.push(["state", state.n]));
  classroom.on("now", (now) => heard.push(["now", now.last]));
  for (const last of [5, 9]) {
    socket.accept();
    const hello = socket.emitted.at(-1);
    assert.deepEqual([hello.name, hello.payload], ["hello", [{ viewer: "viewer01" }]]);
    hello.answer({ ok: true, state: { ...STATE, now: { last } } });
    await settle();
    socket.lose("transport close");
  }
  assert.deepEqual(heard, [
    ["state", 0],
    ["now", 5],
    ["state", 0],
    ["now", 9],
  ]);
});

test("hands on what the server says later", () => {
  const { classroom, socket } = setUp();
  const heard = [];
  classroom.on("now", (now) => heard.push(now));
  socket.accept();
  socket.send("now", { last: 6 });
  assert.deepEqual(heard, [{ last: 6 }]);
});

test("keeps what is its own until that changes, and nothing older than it knows", async () => {
  const { classroom, socket } = setUp();
  const heard = [];
  classroom.on("state", ({ steers, place }) => heard.push([steers, place]));
  socket.accept();
  socket.send("state", { n: 4, class: "one", room: {} }); // a part, before the whole
  const state = { n: 4, class: "one", place: "a", steers: true, now: {} };
  socket.emitted.at(-1).answer({ ok: true, state });
  await settle();
  socket.send("state", { n: 5, class: "one", place: "b" });
  socket.send("state", { n: 4, class: "one", place: "a" });
  socket.send("state", { n: 6, class: "two", place: null });
  assert.deepEqual(heard, [
    [true, "a"],
    [true, "b"],
    [true, null],
  ]);
});

test("says where it is when that changes, and again after each loss", () => {
  const classroom = joinClass({ viewer: "viewer01", student: "student1" });
  const [socket] = sockets;
  classroom.at({ chapter: "closing", following: true });
  socket.accept();
  classroom.at({ chapter: "closing" });
  classroom.at({ following: false });
  const hellos = socket.emitted.map(({ payload }) => payload[0]);
  const page = { viewer: "viewer01", student: "student1", chapter: "closing" };
  assert.deepEqual(hellos, [
    { ...page, following: true },
    { ...page, following: false },
  ]);
});

test("says that it has joined once for each connection", async () => {
  const { classroom, socket } = setUp();
  let joined = 0;
  classroom.on("joined", () => (joined += 1));
  socket.accept();
  socket.emitted[0].answer({ ok: true, state: STATE });
  await settle();
  classroom.at({ chapter: "closing" });
  socket.emitted[1].answer({ ok: true, state: STATE });
  await settle();
  assert.equal(joined, 1);
});

test("a hello that fails hangs up, to call again", async () => {
  const { socket } = setUp();
  socket.accept();
  socket.emitted[0].answer({ error: problem(503) });
  await settle();
  assert.equal(socket.connected, false);
});

test("send resolves to the acknowledgement, or rejects with the problem in it", async () => {
  const { classroom, socket } = setUp();
  socket.accept();
  const fine = classroom.send("sale", { burst: 10 });
  socket.emitted.at(-1).answer({ ok: true });
  assert.deepEqual(await fine, { ok: true });
  const refused = classroom.send("sale", { burst: 0 });
  socket.emitted.at(-1).answer({ error: problem(400) });
  await assert.rejects(refused, (error) => error.problem.status === 400);
});

test("what has no message is sent without one", () => {
  const { classroom, socket } = setUp();
  socket.accept();
  classroom.send("clock");
  assert.deepEqual(socket.emitted.at(-1).payload, []);
});

test("knows whether it is connected, and sends nothing while it is not", async () => {
  const { classroom, socket } = setUp();
  assert.equal(classroom.connected, false);
  await assert.rejects(classroom.send("clock"), (error) => error.problem.title === "No connection");
  socket.accept();
  assert.equal(classroom.connected, true);
});
