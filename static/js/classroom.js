/**
 * The page's own connection to `/class`, by which everything is steered and measured. It is no column's, so that it
 * adds no byte to what is compared; it comes back by itself, and says hello each time.
 *
 *     const classroom = joinClass({viewer});
 *     classroom.on("state", (state) => …);      also with the answer to every hello, so after each loss too
 *     classroom.on("now", (now) => …);          the same
 *     classroom.on("disconnect", () => …);      Socket.IO's own events
 *     classroom.state                           what it was the last time; null before the first
 *     await classroom.send("sale", {burst: 10}) rejects with a LineError: `.problem` says what the server said
 */
import { dial, hangUp, request } from "./dial.js";

/** @param {{viewer: string}} page */
export function joinClass({ viewer }) {
  const socket = dial("/class", { query: { part: "class" }, signal: new AbortController().signal });

  async function hello() {
    try {
      const { state } = await send("hello", { viewer });
      tell("state", state);
      tell("now", state.now);
    } catch (error) {
      if (!error.problem) throw error;
      hangUp(socket); // and so call again
    }
  }

  function tell(event, message) {
    for (const listener of socket.listeners(event)) listener(message);
  }

  /** Send a message and wait for its acknowledgement, 10 s at most. */
  function send(name, message) {
    return request(socket, name, message);
  }

  function on(event, listener) {
    socket.on(event, listener);
  }

  let known = null;
  socket.on("state", (state) => (known = state));
  socket.on("connect", hello);
  return {
    send,
    on,
    get state() {
      return known;
    },
    get connected() {
      return socket.connected;
    },
  };
}
