/**
 * The three transports on walks through all that can happen between them and a server: each step is drawn, and the same
 * on every run. What a dashboard applied is always the log's slice, in order, or its judge knows how many it missed.
 * WALKS in the environment says how many walks; a failure names its own by number.
 */
import assert from "node:assert/strict";
import { setMaxListeners } from "node:events";
import { describe, test } from "node:test";
import { createJudge } from "../../static/js/judge.js";
import { LineError } from "../../static/js/problem.js";
import { longPoll } from "../../static/js/transports/long-poll.js";
import { shortPoll } from "../../static/js/transports/short-poll.js";
import { webSocket } from "../../static/js/transports/web-socket.js";
import { createSleep, events, settle } from "./stage.js";

const WALKS = Number(process.env.WALKS ?? 30);
const STEPS = 80;
const PAGE = 5; // events in a batch
const CAPACITY = 12; // events in the log

/** Numbers that look drawn and are the same for the same seed (mulberry32). */
function createChance(seed) {
  function next() {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (n) => Math.floor(next() * n);
  return { below, is: (share) => next() < share, pick: (list) => list[below(list.length)] };
}

/** The server's log, as the contract says it. */
function createLog() {
  const log = { epoch: "e1", last: 3, append, restart, since, first: () => Math.max(1, log.last - CAPACITY + 1) };

  function append(count) {
    log.last += count;
  }

  function restart() {
    log.epoch = `e${Number(log.epoch.slice(1)) + 1}`;
    log.last = 0;
  }

  function since({ epoch, after }) {
    const known = (epoch ?? log.epoch) === log.epoch;
    if (known && after > log.last) throw new Error("a cursor beyond the log");
    const from = Math.max(log.first(), known ? (after ?? log.last) + 1 : 0);
    const to = Math.min(log.last, from + PAGE - 1);
    return { channel: "sales", epoch: log.epoch, first: log.first(), last: log.last, events: events(from, to) };
  }

  return log;
}

const lost = () => new LineError({ status: 0, title: "No answer" });

/** The way of the polls: what is asked travels up, may be held, and its answer travels down. */
function createPollWay(log) {
  let asked = [];

  function ask(path, { epoch, after, hold }, { signal }) {
    return new Promise((resolve, reject) => {
      const question = { epoch, after, held: hold > 0, batch: null, resolve, reject };
      setMaxListeners(Infinity, signal); // one for each question of this walk
      signal.addEventListener("abort", () => reject(lost()), { once: true });
      asked.push(question);
    });
  }

  /** The server answers a question, or holds it. */
  function arrive(question) {
    const batch = log.since(question);
    if (question.held && batch.events.length === 0 && !question.over) return;
    question.batch = batch;
  }

  function step(chance) {
    const question = chance.pick(asked);
    if (!question) return;
    if (chance.is(0.2)) return lose(question);
    if (question.batch) return deliver(question);
    question.over = chance.is(0.2); // the hold ends
    arrive(question);
  }

  function deliver(question) {
    remove(question);
    question.resolve(question.batch);
  }

  function lose(question) {
    remove(question);
    question.reject(lost());
  }

  function remove(question) {
    asked = asked.filter((other) => other !== question);
  }

  return {
    line: { ask, tell: () => assert.fail("no cursor is refused here") },
    step,
    appended() {},
    restarted: () => asked.filter(({ batch }) => !batch).forEach(lose),
    /** Let everything arrive that is on its way, and end every hold. */
    finish() {
      for (const question of asked) {
        if (!question.batch) arrive(Object.assign(question, { over: true }));
        deliver(question);
      }
    },
  };
}

/** The way of the socket: one queue up, one down, both gone when the connection is. */
function createSocketWay(log) {
  let wanted = null; // what the client wants to have open
  let open = null; // {up, down, joined}

  function connect(namespace, { signal }) {
    const mine = (wanted = { signal, listeners: {} });
    signal.addEventListener("abort", () => {
      if (wanted === mine) [wanted] = [null, lose()];
    });
    return { on: (event, listener) => (mine.listeners[event] = listener) };
  }

  function emit(name, message) {
    return new Promise((resolve, reject) => {
      if (!open) return reject(lost());
      open.up.push({ message, resolve, reject });
    });
  }

  function lose() {
    const gone = open;
    open = null;
    for (const { reject } of gone ? [...gone.up, ...gone.down] : []) reject?.(lost());
  }

  /** The server takes the oldest message: whoever follows is in the room before the log is read. */
  function arrive() {
    const follow = open.up.shift();
    if (!follow) return;
    open.joined = true;
    open.down.push({ ...follow, batch: log.since(follow.message) });
  }

  function deliver() {
    const next = open.down.shift();
    if (next?.resolve) next.resolve(next.batch);
    else if (next) wanted.listeners.batch(next.batch);
  }

  function push(batch) {
    if (open?.joined) open.down.push({ batch });
  }

  /** As after 5 s of silence. */
  const sayThatAllIsWell = () => push(log.since({ epoch: log.epoch, after: log.last }));

  function call() {
    open = { up: [], down: [], joined: false };
    wanted.listeners.connect();
  }

  function step(chance) {
    if (!wanted) return;
    if (!open) return call();
    const what = chance.below(10);
    if (what === 0) lose();
    else if (what === 1) sayThatAllIsWell();
    else if (what < 5) arrive();
    else deliver();
  }

  return {
    line: { connect, emit, hangUp: lose, tell: () => assert.fail("no cursor is refused here") },
    step,
    /** What is appended is pushed, unless the client is too slow: then it is left out. */
    appended(count, chance) {
      if (chance.is(0.3)) return;
      for (let after = log.last - count; after < log.last; after += PAGE) {
        push(log.since({ epoch: log.epoch, after }));
      }
    },
    restarted: lose,
    async finish() {
      if (!wanted) return;
      if (!open) call();
      while (open && (open.up.length || open.down.length)) {
        arrive();
        deliver();
        await settle();
      }
      sayThatAllIsWell();
      if (open) deliver();
    },
  };
}

/** One tab: a transport, its way to the server, and the dashboard's judge. */
function createTab(technique, log, cursor) {
  const way = technique === webSocket ? createSocketWay(log) : createPollWay(log);
  const time = createSleep();
  const judge = createJudge(cursor);
  const backoff = { next: () => 500, reset() {} };
  let holes = 0;
  let place = { ...cursor };

  function report(batch) {
    for (const { id } of judge.accept(batch)) apply(batch.epoch, id);
    if (batch.epoch !== place.epoch) place = { epoch: batch.epoch, after: batch.last }; // empty: nothing there yet
  }

  /** Each event is the next one; or what is left out the log held no longer. */
  function apply(epoch, id) {
    const next = epoch === place.epoch ? place.after + 1 : null;
    if (next !== null && id !== next) {
      assert.ok(id > next, `${id} after ${place.after}`);
      assert.ok(epoch !== log.epoch || id <= log.first(), `${next} to ${id - 1} are held and were left out`);
      holes += id - next;
    }
    place = { epoch, after: id };
  }

  const settings = { interval: 5_000, hold: 25 };
  const transport = technique({ channel: "sales", cursor, settings, report, line: way.line, backoff, sleep: time.sleep });
  let running = false;

  return {
    way,
    time,
    toggle() {
      running = !running;
      if (running) transport.start();
      else transport.stop();
    },
    start() {
      if (!running) this.toggle();
    },
    /** Whether all that there is was applied, and all that was not is counted. */
    isRight() {
      return judge.epoch === log.epoch && judge.lastId === log.last;
    },
    check() {
      assert.equal(judge.doubled, 0);
      assert.equal(judge.missed, holes);
    },
  };
}

const HAPPENINGS = [
  (chance, log, tabs) => {
    const count = chance.pick([1, 1, 2, PAGE, PAGE + 1, CAPACITY - 1, CAPACITY, CAPACITY + 1, 30]);
    log.append(count);
    for (const { way } of tabs) way.appended(count, chance);
  },
  (chance, log, tabs) => {
    if (!chance.is(0.2)) return;
    log.restart();
    for (const { way } of tabs) way.restarted();
  },
  (chance, log, tabs) => chance.is(0.5) && chance.pick(tabs).toggle(),
];

async function walk(technique, seed) {
  const chance = createChance(seed);
  const log = createLog();
  const cursor = { epoch: chance.pick(["e1", "e0"]), after: chance.below(4) };
  const tabs = [createTab(technique, log, cursor), createTab(technique, log, cursor)]; // two, on one cursor
  for (const tab of tabs) tab.start();
  for (let i = 0; i < STEPS; i++) {
    const tab = chance.pick(tabs);
    if (chance.is(0.2)) chance.pick(HAPPENINGS)(chance, log, tabs);
    else if (chance.is(0.3) && tab.time.waits().length) await tab.time.pass();
    else tab.way.step(chance);
    await settle();
  }
  for (const tab of tabs) {
    tab.start();
    for (let i = 0; i < 50 && !tab.isRight(); i++) {
      if (tab.time.waits().length) await tab.time.pass();
      await tab.way.finish();
      await settle();
    }
    assert.ok(tab.isRight(), "it never comes to the end of the log");
    tab.check();
  }
}

for (const [name, technique] of Object.entries({ shortPoll, longPoll, webSocket })) {
  describe(`${name}, whatever happens`, () => {
    test(`is always right in the end, on ${WALKS} walks`, async () => {
      for (let seed = 1; seed <= WALKS; seed++) {
        await walk(technique, seed).catch((error) => {
          throw new Error(`walk ${seed}: ${error.message}`, { cause: error });
        });
      }
    });
  });
}
