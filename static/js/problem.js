/**
 * What went wrong on the line, in the words of RFC 9457, whether the server said so or nobody answered.
 *
 * @typedef {{status: number, title: string, detail?: string}} Problem  status 0: no answer
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
