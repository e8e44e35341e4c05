/** What the tests of the transports stand on: time that passes when told to, and a line that answers as scripted. */
import { LineError } from "../../static/js/problem.js";

/** Let everything go on that can go on without time passing. */
export async function settle() {
  for (let i = 0; i < 50; i++) await null;
}

/** A `sleep` that ends when the test says so. `waits` lists the ms of those who sleep now, `slept` of all. */
export function createSleep() {
  const sleepers = [];
  const slept = [];

  function sleep(ms, signal) {
    slept.push(ms);
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const sleeper = { ms, wake };
      sleepers.push(sleeper);
      signal?.addEventListener("abort", wake);
      function wake() {
        const i = sleepers.indexOf(sleeper);
        if (i >= 0) sleepers.splice(i, 1);
        signal?.removeEventListener("abort", wake);
        resolve();
      }
    });
  }

  /** End the oldest sleep. */
  async function pass() {
    sleepers[0].wake();
    await settle();
  }

  return { sleep, pass, slept, waits: () => sleepers.map(({ ms }) => ms) };
}

export function problem(status, title = "Trouble") {
  return { status, title, detail: "as scripted" };
}

/** The events from one id to another. */
export function events(from, to) {
  return Array.from({ length: to - from + 1 }, (_, i) => ({ id: from + i, at: 0, kind: "sale", data: {} }));
}

/** A batch with the events from one id to another; none where only `last` is given. */
export function batch({ from = 0, to = -1, last = to, epoch = "e1", first = 1 }) {
  return { channel: "sales", epoch, first, last, events: to < from ? [] : events(from, to) };
}

/** What a dashboard got: the ids of each batch, or "last n" for an empty one. */
export function createReport() {
  const got = [];
  const report = (b) => got.push(b.events.length ? b.events.map(({ id }) => id).join(" ") : `last ${b.last}`);
  return { report, got };
}

/** A line for polls: each question waits until the test answers it. */
export function createPollLine() {
  const asked = [];
  const told = [];

  function ask(path, query, { timeout, signal }) {
    return new Promise((resolve, reject) => {
      const question = {
        path,
        query: { ...query },
        timeout,
        signal,
        answer: resolve,
        fail: (p) => reject(new LineError(p)),
      };
      signal.addEventListener("abort", () => question.fail(problem(0, "Stopped")));
      asked.push(question);
    });
  }

  async function answer(b) {
    asked.at(-1).answer(b);
    await settle();
  }

  async function fail(p) {
    asked.at(-1).fail(p);
    await settle();
  }

  return { line: { ask, tell: (kind, facts) => told.push({ kind, ...facts }) }, asked, told, answer, fail };
}

/** A line for the socket: the test opens connections, answers what is emitted and pushes batches. */
export function createSocketLine() {
  const connections = [];
  const emitted = [];
  const told = [];
  const calls = { hungUp: 0 };

  function connect(namespace, { silence, signal }) {
    const listeners = {};
    connections.push({ namespace, silence, signal, listeners });
    return { on: (event, listener) => (listeners[event] = listener) };
  }

  function emit(name, message) {
    return new Promise((resolve, reject) => {
      emitted.push({ name, message: { ...message }, answer: resolve, fail: (p) => reject(new LineError(p)) });
    });
  }

  async function happen(event, ...facts) {
    connections.at(-1).listeners[event](...facts);
    await settle();
  }

  async function answer(b, which = emitted.at(-1)) {
    which.answer(b);
    await settle();
  }

  async function fail(p, which = emitted.at(-1)) {
    which.fail(p);
    await settle();
  }

  const line = {
    connect,
    emit,
    hangUp: () => (calls.hungUp += 1),
    tell: (kind, facts) => told.push({ kind, ...facts }),
  };
  return {
    line,
    connections,
    emitted,
    told,
    calls,
    answer,
    fail,
    open: () => happen("connect"),
    push: (b) => happen("batch", b),
  };
}

/** Catch the next rejection that nobody handles, in place of the test runner, which would fail the test. */
export function nextUnhandled() {
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  return new Promise((resolve) => process.once("unhandledRejection", resolve)).finally(() => {
    for (const other of others) process.on("unhandledRejection", other);
  });
}
