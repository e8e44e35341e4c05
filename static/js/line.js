/**
 * The line between one column and the server: jQuery's ajax for questions, Socket.IO for an open connection.
 * It puts the viewer on everything and tells its column what leaves and what comes back; it counts nothing and
 * knows no cursor. Every question that is `asked` ends in exactly one `answered` or `failed`, every `opened` in one
 * `closed`, except what the column withdraws itself: once a signal is aborted, nothing more is told of it.
 *
 * @typedef {object} Notice  `t` is performance.now()
 * @property {"asked"|"answered"|"failed"|"opened"|"pushed"|"closed"|"refused"} kind
 */
import $ from "../vendor/jquery/jquery.js";
import { isBatch } from "./cursor.js";
import { dial, hangUp as cut, request } from "./dial.js";
import { SOCKET_IO } from "./paths.js";
import { LineError, STOPPED, notABatch, problemOf } from "./problem.js";

const TIMEOUT = 10_000; // ms, for what is said

/**
 * @param {object} column
 * @param {string} [column.viewer]  on whose dashboard the traffic is counted
 * @param {string} [column.technique]  on which of its columns, where the address does not say so itself
 * @param {(notice: Notice) => void} [column.notice]
 */
export function createLine({ viewer, technique, notice = () => {}, now = () => performance.now() }) {
  let questions = 0;
  let socket = null;

  /** Tell the column what happens on its line. */
  function tell(kind, facts) {
    notice({ kind, t: now(), ...facts });
  }

  function asked(path, hold) {
    questions += 1;
    tell("asked", { id: questions, path, hold: hold ? hold * 1_000 : undefined });
    return questions;
  }

  /**
   * GET a batch. Fields of the query that are null are not sent.
   * @param {string} path
   * @param {object} query
   * @param {{timeout: number, signal: AbortSignal}} how  ms; abort withdraws the question
   * @returns {Promise<import("./cursor.js").Batch>} rejects with a LineError
   */
  function ask(path, query, { timeout, signal }) {
    const id = asked(path, query.hold);
    return exchange(id, { url: path, data: given({ ...query, viewer }), timeout }, isBatch, signal);
  }

  /** POST a JSON body; resolves to the answer's object. */
  function post(path, body) {
    const id = asked(path);
    const url = viewer ? `${path}?${$.param(given({ viewer, technique }))}` : path;
    const data = JSON.stringify(body);
    return exchange(id, { url, method: "POST", contentType: "application/json", data, timeout: TIMEOUT }, () => true);
  }

  /** Send one request. The promise is settled first, so that a column that throws cannot stop a transport. */
  function exchange(id, options, isRight, signal) {
    return new Promise((resolve, reject) => {
      const xhr = $.ajax({ dataType: "json", ...options });
      const withdraw = () => xhr.abort();
      signal?.addEventListener("abort", withdraw);
      xhr.always(() => signal?.removeEventListener("abort", withdraw));
      xhr.done((answer) => (isRight(answer) ? succeed(answer) : fail(notABatch(answer, xhr.status))));
      xhr.fail((_, status) => fail(problemOf(xhr, status)));

      function succeed(answer) {
        resolve(answer);
        tell("answered", { id, batch: isBatch(answer) ? answer : null });
      }

      function fail(problem) {
        reject(new LineError(problem));
        if (problem !== STOPPED) tell("failed", { id, problem });
      }
    });
  }

  /**
   * Open the column's own connection; it comes back by itself until the signal is aborted.
   * @param {string} namespace
   * @param {{silence: number, signal: AbortSignal, path?: string}} how  ms without a batch before it counts as dead; where
   *   Socket.IO is, if not where it usually is
   */
  function connect(namespace, { path, silence, signal }) {
    let handshake = null;
    let open = false;
    const query = given({ viewer });
    const calling = () => (handshake = asked(path ?? SOCKET_IO));
    const mine = dial(namespace, { query, path, silence, signal, calling });

    function lost(reason) {
      if (signal.aborted) return;
      if (handshake) tell("failed", { id: handshake, problem: { status: 0, title: "No connection", detail: reason } });
      if (open) tell("closed", { reason });
      handshake = null;
      open = false;
    }

    mine.on("connect", () => {
      tell("answered", { id: handshake, batch: null });
      tell("opened", { transport: mine.io.engine.transport.name });
      handshake = null;
      open = true;
    });
    mine.on("batch", (batch) => tell("pushed", { batch }));
    mine.on("connect_error", (error) => lost(error.message));
    mine.on("disconnect", lost);
    socket = mine;
    return mine;
  }

  /**
   * Emit on the open connection. A batch in the acknowledgement came down that connection: it is told as pushed.
   * @param {string} name
   * @param {object} message
   * @param {(answer: any) => boolean} [isRight]  what else the acknowledgement must be
   * @returns {Promise<any>} the acknowledgement; rejects with a LineError
   */
  async function emit(name, message, isRight = () => true) {
    const answer = await request(socket, name, given(message));
    if (!isRight(answer)) throw new LineError(notABatch(answer));
    if (isBatch(answer)) tell("pushed", { batch: answer });
    return answer;
  }

  /** Cut the open connection, to begin anew after a back-off. */
  function hangUp() {
    cut(socket);
  }

  return { ask, post, connect, emit, hangUp, tell };
}

/** Leave out what is not known yet: an absent field says "from now on", an empty one would be refused. */
function given(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}
