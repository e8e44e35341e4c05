/**
 * The page's own connection to `/class`, by which everything is steered and measured. It is no column's, so that it
 * adds no byte to what is compared; it comes back by itself, and says hello each time.
 *
 *     const classroom = joinClass({viewer, student});   student: see student.js; a console and a screen have neither
 *     classroom.on("state", (state) => …);      whole, whatever part of it has changed; also with the answer to every hello
 *     classroom.on("now", (now) => …);          the same
 *     classroom.on("joined", (state) => …);     only with the answer to a hello: after each loss
 *     classroom.on("disconnect", () => …);      Socket.IO's own events
 *     classroom.state                           what it was the last time; null before the first
 *     classroom.at({chapter, step, following}); where one is: said to the server when it changes
 *     classroom.own({lost: true});              what the server has just taken of one's own, until it says so itself
 *     await classroom.send("sale", {burst: 10}) rejects with a LineError: `.problem` says what the server said
 *
 * What a state is made of stands in lesson/classroom/__init__.py.
 */
import { dial, hangUp, request } from "./dial.js";

/** @param {{viewer?: string, student?: string}} page */
export function joinClass({ viewer, student } = {}) {
  const socket = dial("/class", { query: { part: "class" }, signal: new AbortController().signal });
  const listeners = [];
  let place = {};
  let known = null;

  async function hello() {
    try {
      const { state } = await send("hello", { ...(viewer && { viewer }), ...(student && { student }), ...place });
      known = null;
      know(state);
      tell("now", state.now);
    } catch (error) {
      if (!error.problem) throw error;
      hangUp(socket); // and so call again
    }
  }

  /** The server sends what all share, and what is one's own only where that has changed: the rest stands. */
  function know(state) {
    if (known && known.class === state.class && state.n < known.n) return;
    known = { ...known, ...state };
    for (const listener of listeners) listener(known);
  }

  function tell(event, message) {
    for (const listener of socket.listeners(event)) listener(message);
  }

  /** Send a message and wait for its acknowledgement, 10 s at most. */
  function send(name, message) {
    return request(socket, name, message);
  }

  function on(event, listener) {
    if (event === "state") listeners.push(listener);
    else socket.on(event, listener);
  }

  /** @param {{chapter?: ?string, step?: ?string, following?: boolean}} next */
  function at(next) {
    const before = JSON.stringify(place);
    place = { ...place, ...next };
    if (socket.connected && JSON.stringify(place) !== before) hello();
  }

  function own(changes) {
    know({ ...known, own: { ...known.own, ...changes } });
  }

  socket.on("state", (part) => known && know(part)); // until the first hello is answered there is no whole
  socket.on("connect", async () => {
    await hello();
    if (socket.connected) tell("joined", known);
  });
  return {
    send,
    on,
    at,
    own,
    get state() {
      return known;
    },
    get connected() {
      return socket.connected;
    },
  };
}
