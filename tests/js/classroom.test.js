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
