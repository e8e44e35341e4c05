// A class against its plan. Pure: what time it is, is told.
//
// A route is the plan's steps in order, each with the minute at which it begins and how many it takes.

/** @typedef {{chapter: string, step: string, begins: number, minutes: number, must: boolean}} Line */

const ON_TIME = 1; // minutes by which a class may be off and still be on time

export const nameOf = ({ chapter, step }) => `${chapter}/${step}`;

/** @returns {number} where in the route a place is; -1 if the plan leaves it out */
export function indexOf(route, place) {
  return place ? route.findIndex((line) => nameOf(line) === nameOf(place)) : -1;
}

/**
 * How a class stands: minutes behind the plan (negative: ahead), which is none while a step takes its time.
 * @param {Line[]} route
 * @param {{chapter: string, step: string}|null} place
 * @param {number} minute since the class began
 * @returns {{behind: number, word: "ahead"|"on time"|"behind"}|null} null where the plan does not say
 */
export function standing(route, place, minute) {
  const line = route[indexOf(route, place)];
  if (!line) return null;
  const late = minute - (line.begins + line.minutes);
  const early = minute - line.begins;
  const behind = late > 0 ? late : Math.min(0, early);
  if (behind > ON_TIME) return { behind, word: "behind" };
  return { behind, word: behind < -ON_TIME ? "ahead" : "on time" };
}

/**
 * Which steps to leave out so that a class is on time again: those that may be skipped, the soonest first, and no more than needed.
 * @param {Line[]} route
 * @param {{chapter: string, step: string}} place
 * @param {number} behind minutes
 * @param {Set<string>} skipped what is left out already
 * @returns {{steps: Line[], minutes: number}}
 */
export function offer(route, place, behind, skipped) {
  const later = route.slice(indexOf(route, place) + 1);
  const spared = later.filter((line) => skipped.has(nameOf(line))).reduce((sum, { minutes }) => sum + minutes, 0);
  const steps = [];
  let minutes = spared;
  for (const line of later) {
    if (minutes >= behind) break;
    if (line.must || line.minutes === 0 || skipped.has(nameOf(line))) continue;
    steps.push(line);
    minutes += line.minutes;
  }
  return { steps, minutes: minutes - spared };
}

/**
 * The step before or after, along the route where the place is on it, else along the book.
 * @param {{chapter: string, step: string}[]} book every step in order
 * @param {1|-1} way
 * @returns {{chapter: string, step: string}|null}
 */
export function neighbour(route, book, place, way, skipped) {
  if (!place) return way > 0 ? (route[0] ?? null) : null;
  const path = indexOf(route, place) >= 0 ? route.filter((line) => !skipped.has(nameOf(line)) || nameOf(line) === nameOf(place)) : book;
  return path[indexOf(path, place) + way] ?? null;
}
