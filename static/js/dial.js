/**
 * One Socket.IO connection of its own, over a WebSocket and nothing else, that calls again by itself until its
 * signal is aborted. Socket.IO reconnects too, but not after the server said goodbye or refused, and its waits lose
 * their jitter at the limit. So that is off, and one rule holds for every loss: back off, call again.
 */
import { io } from "../vendor/socket.io/socket.io.js";
import { createBackoff, sleep as realSleep } from "./backoff.js";
import { LineError } from "./problem.js";

const TIMEOUT = 10_000; // ms, for a handshake or an acknowledgement
const OPTIONS = {
  autoConnect: false,
  forceNew: true,
  reconnection: false,
  timeout: TIMEOUT,
  transports: ["websocket"],
};

/**
 * Open a connection and keep it. What is sent on each `connect` is the caller's.
 * @param {string} namespace
 * @param {object} how
 * @param {AbortSignal} how.signal  ends it for good
 * @param {object} [how.query]  strings for the connection's query string
 * @param {string} [how.path]  where Socket.IO is, if not where it usually is
 * @param {number} [how.silence]  ms without an event after which the connection counts as dead
 * @param {() => void} [how.calling]  told before each handshake
 */
export function dial(
  namespace,
  { signal, query = {}, path, silence, calling = () => {}, backoff = createBackoff(), sleep = realSleep },
) {
  const socket = io(namespace, path ? { ...OPTIONS, query, path } : { ...OPTIONS, query });
  let waiting = false;
  let quiet = new AbortController();

  function call() {
    calling();
    socket.connect();
  }

  // region: call-again
  async function callAgain() {
    quiet.abort();
    if (waiting) return;
    waiting = true;
    await sleep(backoff.next(), signal);
    waiting = false;
    if (!signal.aborted) call();
  }
  // endregion

  // region: listen
  /** Something was heard: from now on the silence counts anew. */
  async function listen() {
    quiet.abort();
    quiet = new AbortController();
    const mine = quiet.signal;
    await sleep(silence, mine);
    if (!mine.aborted) hangUp(socket);
  }
  // endregion

  function end() {
    quiet.abort();
    socket.disconnect();
  }

  socket.on("disconnect", callAgain);
  socket.on("connect_error", callAgain);
  socket.onAny(backoff.reset);
  if (silence) {
    socket.io.on("open", listen);
    socket.onAny(listen);
  }
  signal.addEventListener("abort", end);
  call();
  return socket;
}

/** Cut the connection underneath; unlike `socket.disconnect()` this counts as a loss, and is called again. */
export function hangUp(socket) {
  socket.io.engine.close();
}

// region: request
/**
 * Emit, and wait for the acknowledgement.
 * @returns {Promise<any>} rejects with a LineError where the answer names a problem, or none came
 */
export async function request(socket, name, message) {
  if (!socket?.connected) throw new LineError({ status: 0, title: "No connection", detail: `${name} was not sent` });
  const payload = message === undefined ? [] : [message];
  const answer = await socket
    .timeout(TIMEOUT)
    .emitWithAck(name, ...payload)
    .catch((error) => {
      throw new LineError({ status: 0, title: "No answer", detail: `${name}: ${error.message}` });
    });
  if (answer?.error) throw new LineError(answer.error);
  return answer;
}
// endregion
