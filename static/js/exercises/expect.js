// How a failure is told: what was called, what came of it, what should have, and why. The same as in checks.py.

const LONGEST = 200; // characters of a value that are shown

/** The check's own failure, ready to be read. */
export class Failed extends Error {
  constructor({ called, got, expected, because }) {
    super(message({ called, got: shown(got), expected: shown(expected), because }));
  }
}

/**
 * @param {unknown} ok
 * @param {{called: string, got: unknown, expected: unknown, because: string}} facts
 * @throws {Failed} where it is not
 */
export function expect(ok, facts) {
  if (!ok) throw new Failed(facts);
}

/** Write a failure's four lines. */
export function message(facts) {
  return Object.entries(facts)
    .map(([name, text]) => `${name.padEnd(10)}${text}`)
    .join("\n");
}

/** A text as it is, but for an empty one; all else as JSON. */
export function shown(value) {
  const text = typeof value === "string" ? value || '""' : (JSON.stringify(value) ?? String(value));
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
