// Whether a page goes where the class goes. Pure, but for what is kept in the browser: in which class one goes on alone.
// A lost connection changes nothing of it, and a new class begins together.
import { keep, recall } from "../book/memory.js";

const ALONE = "alone";

/** @returns {boolean} whether pages are led at all, and this browser with them */
export function isFollowing(state) {
  return state.lead && recall(ALONE) !== state.class;
}

/** From now on go alone, or along with the class. */
export function goAlone(state, alone) {
  keep(ALONE, alone ? state.class : null);
}

/** @returns {boolean} whether this browser is one of a class's students: not whoever steers, and not who learns alone */
export function isStudent(state) {
  return state.mode === "run" ? state.lead : !state.steers;
}

/** @returns {string} where a place is */
export function addressOf({ chapter, step }) {
  return `/lesson/${chapter}#${step}`;
}

/**
 * What the class's line says.
 * @param {object} state as lesson/classroom has it
 * @param {{heard: boolean, taught: boolean, met: boolean}} lines whether the server is heard, and the instructor's page by the
 *   server; and whether that ever was
 */
export function inWords(state, { heard, taught, met }) {
  if (!heard) return "Your connection is gone. It comes back by itself, and you keep your place.";
  if (!taught && met) return "The instructor's connection is gone; yours is fine. You keep your place.";
  if (!taught) return "You are in. Your instructor is not here yet.";
  if (!state.lead) return "Go where you like.";
  if (!isFollowing(state)) return "You go on alone.";
  return state.place ? "You go along with the class." : "You are in. When the class begins, this page goes along.";
}
