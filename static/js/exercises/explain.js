// What a student's own code raised, in the form of all failures: which file and line, what the browser said.
import { Failed, message } from "./expect.js";
import { HotLoopError } from "./time.js";

const PLACE = /\/work\/[^/]+\/([\w.-]+)(?:\?look)?:(\d+):\d+/;

const REASONS = {
  ReferenceError: "a name must be declared, or imported, before it is used",
  TypeError: "what stands before a dot or a bracket must be there, and be what it is used as",
  SyntaxError: "the browser reads the whole file before it runs any of it; look at the line before, too",
};

/**
 * @param {unknown} error
 * @param {(file: string) => Promise<string>} text reads one of the student's files
 * @returns {Promise<string>} the message
 */
export async function explain(error, text) {
  if (error instanceof Failed) return error.message;
  const place = PLACE.exec(error?.stack ?? "");
  const facts = {
    called: place ? await quote(place[1], Number(place[2]), text) : "your code",
    got: String(error),
    expected: "no error",
    because: REASONS[error?.name] ?? "an error that nobody catches ends what was going on",
  };
  if (error instanceof HotLoopError) {
    facts.expected = "that it waits between two turns";
    facts.because = "a loop that never waits keeps the browser, and the server, busy with nothing else";
  }
  return message(facts);
}

async function quote(file, line, text) {
  const lines = (await text(file)).split(/\r?\n/);
  return `${file}, line ${line}: ${(lines[line - 1] ?? "").trim()}`;
}
