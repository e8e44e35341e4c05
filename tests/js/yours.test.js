// What is said of a student's technique, and what its line does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { symptomsOf } from "../../static/js/yours/symptoms.js";
import { watchSources } from "../../static/js/yours/sources.js";
import { watch } from "../../static/js/yours/watched.js";

const NOW = 100_000;
const WELL = {
  now: NOW,
  polls: true,
  asked: [NOW - 1000],
  hasty: [],
  waiting: null,
  hold: 0,
  interval: 5000,
  failed: false,
  behindSince: null,
  missed: 0,
  doubled: 0,
  hung: false,
};

function said(signs) {
  return symptomsOf({ ...WELL, ...signs }).join(" ");
}

test("of what is well, nothing is said", () => {
  assert.equal(said({}), "");
  assert.equal(said({ asked: [NOW - 24_000], waiting: NOW - 24_000, hold: 25_000, interval: 0 }), "");
  assert.equal(said({ asked: [] }), "");
});

test("lost and doubled events are counted", () => {
  assert.match(said({ missed: 1 }), /^Lost: 1 event never came/);
  assert.match(said({ doubled: 1200 }), /^Doubled: 1,200 events came again/);
});

test("what never comes at all is lost too, after a while", () => {
  assert.equal(said({ behindSince: NOW - 10_000 }), "");
  assert.match(said({ behindSince: NOW - 25_000 }), /^Lost: for 25 s nothing has come/);
});

test("a hot loop is one that asks again at once after it has asked in vain", () => {
  const asked = (each) => Array.from({ length: 400 }, (_, i) => NOW - (400 - i) * each);
  assert.match(said({ asked: asked(50), hasty: asked(50) }), /^Hot loop: it has asked 100 times in 5 s/);
  assert.equal(said({ asked: asked(50) }), "");
  assert.equal(said({ asked: asked(1000), hasty: asked(1000) }), "");
});

test("who does not ask again gives up, after a failure sooner than after an answer", () => {
  assert.match(said({ failed: true, asked: [NOW - 16_000] }), /^Gives up: the last question failed/);
  assert.equal(said({ failed: true, asked: [NOW - 9_000] }), "");
  assert.match(said({ asked: [NOW - 21_000] }), /^Gives up: it was answered/);
  assert.equal(said({ asked: [NOW - 21_000], polls: false }), "");
});

test("a question without an answer beyond its hold is blocked, and so is a server that hangs", () => {
  assert.match(said({ waiting: NOW - 31_000, hold: 25_000 }), /^Blocks: a question has been without an answer for 31 s/);
  assert.equal(said({ waiting: NOW - 29_000, hold: 25_000 }), "");
  assert.match(said({ hung: true }), /^Blocks: your server has stopped answering/);
});

function createLine() {
  const asked = [];
  const line = {
    tell() {},
    ask: (path) => new Promise((resolve, reject) => asked.push({ path, resolve, reject })),
    connect: (namespace, how) => ({ namespace, ...how }),
  };
  return { line, asked };
}

test("the lesson's own halves ask below /yours, and so does a student's", async () => {
  const { line, asked } = createLine();
  const { line: watched } = watch(line);
  watched.ask("/demos/short-poll/sales", {}, {});
  watched.ask("/yours/short-poll/sales", {}, {});
  assert.deepEqual(asked.map(({ path }) => path), ["/yours/short-poll/sales", "/yours/short-poll/sales"]);
  const socket = watched.connect("/demos/web-socket", { silence: 1 });
  assert.deepEqual(socket, { namespace: "/yours/web-socket", silence: 1, path: "/yours/socket.io/" });
});

test("the line tells since when a question waits, and how the last one ended", async () => {
  const { line, asked } = createLine();
  let t = 10;
  const { line: watched, signs } = watch(line, () => t);
  const first = watched.ask("/yours/a", {}, {});
  t = 20;
  const second = watched.ask("/yours/a", {}, {}).catch(() => "failed");
  assert.deepEqual(signs(), { asked: [10, 20], hasty: [], failed: false, waiting: 10 });
  asked[0].resolve({ events: [{}] });
  await first;
  assert.equal(signs().waiting, 20);
  asked[1].reject(new Error());
  await second;
  assert.deepEqual(signs(), { asked: [10, 20], hasty: [], failed: true, waiting: null });
  t = 60;
  watched.ask("/yours/a", {}, {});
  assert.deepEqual(signs().hasty, [60]);
});

/** A browser's EventSource, as far as this goes: the test says what happens to it. */
class FakeSource extends EventTarget {
  static CONNECTING = 0;
  static CLOSED = 2;
  readyState = 0;

  constructor(url) {
    super();
    this.url = url;
  }

  happen(type, readyState, facts) {
    this.readyState = readyState;
    this.dispatchEvent(Object.assign(new Event(type), facts));
  }

  close() {
    this.readyState = 2;
  }
}

function listen() {
  globalThis.location = { href: "http://127.0.0.1:8000/dashboard" };
  const told = [];
  const { line, note, signs } = watch({ tell: (kind) => told.push(kind) });
  const Source = watchSources({ line, note }, "viewer01", FakeSource);
  return { source: new Source("/yours/server-sent-events/sales?after=3"), Source, told, signs };
}

test("a stream's questions and batches are told as those of a line are", () => {
  const { source, told, signs } = listen();
  assert.equal(source.url, "http://127.0.0.1:8000/yours/server-sent-events/sales?after=3&viewer=viewer01");
  assert.equal(signs().waiting !== null, true);
  source.happen("open", 1);
  assert.equal(signs().waiting, null);
  source.happen("message", 1, { data: JSON.stringify({ channel: "sales", epoch: "k3v9x2", first: 1, last: 0, events: [] }) });
  source.happen("message", 1, { data: "no JSON" });
  source.happen("error", 0);
  assert.deepEqual(told, ["asked", "answered", "opened", "pushed", "closed", "asked"]);
  source.close();
  assert.deepEqual([signs().waiting, signs().failed], [null, false]);
});

test("a stream that is refused for good has failed, and who then asks no more gives up", () => {
  const { source, Source, told, signs } = listen();
  source.happen("error", 2);
  assert.deepEqual(told, ["asked", "failed"]);
  assert.equal(signs().failed, true);
  assert.match(said({ polls: false, failed: true, asked: [NOW - 16_000] }), /^Gives up/);
  new Source("/yours/server-sent-events/sales");
  assert.equal(signs().hasty.length, 1);
});
