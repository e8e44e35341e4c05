/** As much of socket.io-client as dial.js uses; the test plays the server. `sockets` are those made. */
export const sockets = [];

export function io(namespace, options) {
  const own = createEmitter();
  const manager = createEmitter();
  const socket = {
    namespace,
    options,
    connected: false,
    attempts: 0,
    emitted: [],
    ...own,
    io: { ...manager, engine: { transport: { name: "websocket" }, close: () => socket.lose("forced close") } },
    connect() {
      socket.attempts += 1;
    },
    disconnect() {
      socket.lose("io client disconnect");
    },
    timeout: (ms) => ({
      emitWithAck: (name, ...payload) =>
        new Promise((resolve, reject) => socket.emitted.push({ name, payload, ms, answer: resolve, fail: reject })),
    }),
    accept() {
      manager.fire("open");
      socket.connected = true;
      own.fire("connect");
    },
    refuse: (message) => own.fire("connect_error", new Error(message)),
    lose(reason) {
      if (!socket.connected) return;
      socket.connected = false;
      own.fire("disconnect", reason);
    },
    send(name, message) {
      own.fire("*", name, message);
      own.fire(name, message);
    },
  };
  sockets.push(socket);
  return socket;
}

function createEmitter() {
  const listeners = {};
  const on = (event, listener) => (listeners[event] ??= []).push(listener);
  return {
    on,
    onAny: (listener) => on("*", listener),
    listeners: (event) => listeners[event] ?? [],
    fire: (event, ...facts) => (listeners[event] ?? []).forEach((listener) => listener(...facts)),
  };
}
