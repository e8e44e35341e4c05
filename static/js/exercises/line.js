// What a transport is given in a check: the lesson's own line, over the scripted server and the scripted socket.
import { createBackoff, sleep } from "../backoff.js";
import { createLine } from "../line.js";
import { LineError } from "../problem.js";

/** @param {ReturnType<typeof import("./socket.js").createSocket>} socket */
export function createScriptedLine(socket) {
  async function emit(name, message, isRight = () => true) {
    const answer = await socket.client.timeout(10_000).emitWithAck(name, message);
    if (answer?.error) throw new LineError(answer.error);
    if (!isRight(answer)) throw new LineError({ status: 0, title: "No batch", detail: "the answer is none" });
    return answer;
  }

  function connect(_namespace, { signal } = {}) {
    signal?.addEventListener("abort", () => socket.client.disconnect());
    return socket.client;
  }

  return { ...createLine({}), connect, emit, hangUp: () => socket.disconnect("transport close") };
}

/** @returns {{given: object, reported: object[]}} the whole argument of a transport, and what it has reported */
export function createWiring(line, { path, channel = "sales", cursor = { epoch: null, after: null }, settings } = {}) {
  const reported = [];
  const given = {
    path,
    channel,
    cursor,
    settings: { interval: 5000, hold: 25, ...settings },
    report: (batch) => reported.push(batch),
    line,
    sleep,
    backoff: createBackoff({ random: () => 0.5 }),
  };
  return { given, reported };
}
