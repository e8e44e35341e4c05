// The scripted Socket.IO connection: `client` is what a student's code holds, the rest is the check's end of it.

const WAY = 10; // ms in one direction

/** @param {ReturnType<typeof import("./time.js").createTime>} time */
export function createSocket(time) {
  const listeners = new Map(); // the student's
  const answers = new Map(); // the check's, by event
  const any = new Set();
  const heard = [];
  let patience = null; // ms, for the next acknowledgement

  const of = (name) => listeners.get(name) ?? new Set();

  function fire(name, ...given) {
    if (!RESERVED.has(name)) for (const listener of any) listener(name, ...given);
    for (const listener of [...of(name)]) listener(...given);
  }

  function on(name, listener) {
    listeners.set(name, of(name).add(listener));
    return client;
  }

  function once(name, listener) {
    const first = (...given) => (off(name, first), listener(...given));
    return on(name, first);
  }

  function off(name, listener) {
    if (listener) of(name).delete(listener);
    else listeners.delete(name);
    return client;
  }

  function emit(name, ...given) {
    const acknowledge = typeof given.at(-1) === "function" ? given.pop() : null;
    time.setTimeout(() => arrive(name, given[0], acknowledge), WAY);
    return client;
  }

  function arrive(name, data, acknowledge) {
    if (!client.connected) return;
    heard.push({ t: time.now(), name, data });
    const answer = answers.get(name)?.(data);
    if (acknowledge && answer !== undefined) time.setTimeout(() => client.connected && acknowledge(answer), WAY);
  }

  function emitWithAck(name, ...given) {
    const limit = patience;
    patience = null;
    return new Promise((resolve, reject) => {
      emit(name, ...given, resolve);
      if (limit) time.setTimeout(() => reject(new Error("operation has timed out")), limit);
    });
  }

  function disconnect(reason = "transport close") {
    if (!client.connected) return;
    client.connected = false;
    fire("disconnect", reason);
  }

  const client = {
    connected: false,
    id: undefined,
    on,
    once,
    off,
    emit,
    emitWithAck,
    onAny: (listener) => (any.add(listener), client),
    timeout: (ms) => ((patience = ms), client),
    listeners: (name) => [...of(name)],
    disconnect: () => disconnect("io client disconnect"),
  };

  return {
    client,
    heard,
    on: (name, answer) => answers.set(name, answer),
    /** Open it, for the first time or again. */
    connect() {
      client.connected = true;
      client.id = `scripted-${heard.length}`;
      fire("connect");
    },
    disconnect,
    /** Say something to the student's end; it is there a moment later. */
    push: (name, data) => time.setTimeout(() => client.connected && fire(name, data), WAY),
  };
}

const RESERVED = new Set(["connect", "disconnect", "connect_error"]);
