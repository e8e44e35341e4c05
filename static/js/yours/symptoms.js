// What is wrong with a student's technique, in words. It looks from outside, at what is asked and what comes, as a doctor does.

const SPAN = 5000; // ms over which questions are counted
const HOT = 10; // questions in that span that were asked at once after one that was in vain
const PATIENCE = 5_000; // ms beyond what was asked for
const QUIET = 15_000; // ms without a question after a failure: the longest back-off is half of that

/**
 * @typedef {object} Signs  moments are performance.now()
 * @property {number} now
 * @property {boolean} polls whether it asks again and again; a socket or a stream asks once
 * @property {number[]} asked when it asked, the last few hundred times
 * @property {number[]} hasty when it asked at once after a question that was in vain
 * @property {number|null} waiting since when a question has no answer
 * @property {number} hold ms that a question may be held
 * @property {number} interval ms between two questions
 * @property {boolean} failed whether the last question failed
 * @property {number|null} behindSince since when an event of the sale has not been heard of
 * @property {number} missed
 * @property {number} doubled
 * @property {boolean} hung whether its server has stopped answering
 */

/** @param {Signs} signs @returns {string[]} one sentence or two for each symptom */
export function symptomsOf(signs) {
  return [blocks, hotLoop, givesUp, lost, doubled].map((look) => look(signs)).filter(Boolean);
}

function blocks({ now, waiting, hold, hung }) {
  if (hung) return "Blocks: your server has stopped answering anybody. A line in it never comes to an end.";
  const waits = waiting === null ? 0 : now - waiting;
  if (waits <= hold + PATIENCE) return null;
  return `Blocks: a question has been without an answer for ${seconds(waits)}. Something on the way waits for too long.`;
}

function hotLoop({ now, asked, hasty }) {
  const recent = (moments) => moments.filter((t) => now - t <= SPAN).length;
  if (recent(hasty) < HOT) return null;
  return `Hot loop: it has asked ${recent(asked)} times in ${SPAN / 1000} s, without a wait. It must wait between two questions, after a failure too.`;
}

function givesUp({ now, polls, asked, waiting, interval, failed }) {
  if (waiting !== null || asked.length === 0) return null;
  const quiet = now - asked.at(-1);
  if (failed && quiet > QUIET) return `Gives up: the last question failed, and it has not asked again for ${seconds(quiet)}.`;
  if (polls && !failed && quiet > interval + QUIET) return `Gives up: it was answered, and has not asked again for ${seconds(quiet)}.`;
  return null;
}

function lost({ now, missed, behindSince, interval }) {
  if (missed > 0) return `Lost: ${events(missed)} never came. Each question must say where the last answer ended.`;
  const behind = behindSince === null ? 0 : now - behindSince;
  return behind > interval + QUIET ? `Lost: for ${seconds(behind)} nothing has come of what was sold.` : null;
}

function doubled({ doubled }) {
  return doubled > 0 ? `Doubled: ${events(doubled)} came again. The cursor must move on with each answer.` : null;
}

function events(n) {
  return n === 1 ? "1 event" : `${n.toLocaleString("en")} events`;
}

function seconds(ms) {
  return `${Math.round(ms / 1000)} s`;
}
