// The one line that speaks to the reader: what to look at now, or what went wrong and the way out. Announced to screen
// readers, so it is used sparingly.
import { reasonOf } from "./problem.js";

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
    trouble: (problem) => show(reasonOf(problem), true),
    /** All is well again: back to what to look at. */
    fine() {
      if ($line.hasClass("trouble")) show(advice, false);
    },
  };
}
