// A browser's EventSource whose questions, and what comes of them, are told as those of a column's line are. It hears first:
// what a student's code does in its own handlers comes after. Left out: which status a refusal had; a browser does not say.
import { isBatch } from "../cursor.js";

const NATIVE = globalThis.EventSource;

let numbers = 0; // of the questions, over all columns and starts

/**
 * @param {ReturnType<typeof import("./watched.js").watch>} watched
 * @param {string} viewer on whose dashboard the traffic is counted
 * @param {typeof EventSource} [Native] the browser's own
 */
export function watchSources({ line, note }, viewer, Native = NATIVE) {
  return class extends Native {
    #address;
    #question = null; // the one that has no answer yet
    #isOpen = false;

    constructor(address, how) {
      const url = new URL(address, location.href);
      url.searchParams.set("viewer", viewer);
      super(url.href, how);
      this.#address = url.pathname;
      this.#ask();
      this.addEventListener("open", () => this.#opened());
      this.addEventListener("message", ({ data }) => this.#heard(data));
      this.addEventListener("error", () => this.#failed());
    }

    close() {
      super.close();
      if (this.#question) this.#answered("well"); // withdrawn, which is no failure
    }

    #ask() {
      numbers += 1;
      this.#question = { id: numbers, ended: note() };
      line.tell("asked", { id: numbers, path: this.#address });
    }

    #answered(how) {
      this.#question.ended(how);
      this.#question = null;
    }

    #opened() {
      const { id } = this.#question;
      this.#answered("well");
      this.#isOpen = true;
      line.tell("answered", { id, batch: null });
      line.tell("opened", { transport: "event stream" });
    }

    #heard(data) {
      const batch = read(data);
      if (batch) line.tell("pushed", { batch });
    }

    /** The line broke, or the answer was no stream. In the first case the browser asks again by itself. */
    #failed() {
      const problem = { status: 0, title: "No stream", detail: "the browser does not say why" };
      if (this.#question) {
        line.tell("failed", { id: this.#question.id, problem });
        this.#answered("failed");
      }
      if (this.#isOpen) line.tell("closed", { reason: "the stream ended" });
      this.#isOpen = false;
      if (this.readyState === Native.CONNECTING) this.#ask();
    }
  };
}

/** @returns {object|null} a message's batch; what is none is for the student's code to stumble over */
function read(data) {
  try {
    const batch = JSON.parse(data);
    return isBatch(batch) ? batch : null;
  } catch {
    return null;
  }
}
