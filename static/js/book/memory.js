// What the book keeps in this browser: where one was, how one reads, what one guessed. Storage may be forbidden; then it
// holds for the page only.

const PREFIX = "book/";
const meanwhile = new Map();

/** @returns {any} what was kept under a name, or null */
export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name));
  } catch {
    return meanwhile.get(name) ?? null;
  }
}

/** Keep something that JSON can hold. */
export function keep(name, value) {
  meanwhile.set(name, value);
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // See above.
  }
}
