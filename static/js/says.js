// The one line that speaks to the reader: what to look at now, or what went wrong and the way out. Announced to screen
// readers, so it is used sparingly.

/** @param {JQuery} $line has role="status" */
export function createSays($line) {
  let advice = "";

  function show(text, isTrouble) {
    $line.text(text).toggleClass("trouble", isTrouble);
  }

  return {
    /** Say what to look at. */
    look(text) {
      advice = text;
      show(text, false);
    },
    /** @param {import("./problem.js").Problem} problem what went wrong */
    trouble({ status, title, detail }) {
      const way = status === 0 ? "the server does not answer; it is called again by itself" : (detail ?? title);
      show(`${way[0].toUpperCase()}${way.slice(1)}.`, true);
    },
    /** All is well again: back to what to look at. */
    fine() {
      if ($line.hasClass("trouble")) show(advice, false);
    },
  };
}
