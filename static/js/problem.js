/**
 * What went wrong on the line, in the words of RFC 9457, whether the server said so or nobody answered.
 *
 * @typedef {{status: number, title: string, detail?: string, winner?: string}} Problem  status 0: no answer; `winner`: of a claim, if
 *   it came too late
 */

/** An error that carries its problem; an error without one is a mistake in our own code. */
export class LineError extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super([problem.title, problem.detail].filter(Boolean).join(": "));
    this.name = "LineError";
    this.problem = problem;
  }
}

/** How a question ends that its own column withdrew. @type {Problem} */
export const STOPPED = Object.freeze({ status: 0, title: "Stopped", detail: "The column withdrew its question." });

const NO_ANSWER = { title: "No answer", detail: "The server cannot be reached." };
const BY_STATUS = {
  timeout: { title: "No answer in time", detail: "The server took longer than it may." },
  parsererror: { title: "Not JSON", detail: "The answer cannot be read." },
};

/**
 * Say what is wrong with a request that failed.
 * @param {any} xhr  jQuery's
 * @param {string} status  what jQuery calls it: "abort", "timeout", "parsererror", "error"
 * @returns {Problem}
 */
export function problemOf(xhr, status) {
  if (status === "abort") return STOPPED;
  const http = xhr.status ? { title: `HTTP ${xhr.status}`, detail: xhr.statusText } : NO_ANSWER;
  const { title, detail, winner } = { ...http, ...BY_STATUS[status], ...xhr.responseJSON };
  return { status: xhr.status, title, detail, ...(winner && { winner }) };
}

/**
 * Say in a sentence why something was not done.
 * @param {Problem} problem
 */
export function reasonOf({ status, title, detail }) {
  const reason = status === 0 ? "the server does not answer; it is called again by itself" : (detail ?? title);
  return `${reason[0].toUpperCase()}${reason.slice(1)}.`;
}

/**
 * Say that an answer is no batch, and how it begins.
 * @param {any} answer
 * @returns {Problem}
 */
export function notABatch(answer, status = 200) {
  return { status, title: "Not a batch", detail: `The server said ${JSON.stringify(answer)?.slice(0, 100)}.` };
}
