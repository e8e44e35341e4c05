// The words beside the picture: what is chosen, how wide the window is, how sure the clock is, and the table.

import { seconds } from "../format.js";
import { fillRows, KEYS } from "./page.js";
import { newest, startOf } from "./things.js";
import { compare, moment, NAMES, say } from "./words.js";

/** Words change so often at most, and the table, in ms: one must be able to read them. */
const WORDS = 200;
const TABLE = 1_000;

/**
 * @param {ReturnType<typeof import("./page.js").buildPage>} page
 * @param {{clock: object, view: object, shown: function(): object, chosen: function(): ?object}} model
 */
export function createTeller(page, { clock, view, shown, chosen }) {
  const techniques = page.lanes.map(({ technique }) => technique);
  let told = -Infinity;
  let tabled = -Infinity;

  /** Tell how things are `now`; at once if that was asked for, else in reading time. */
  function tell(now, asked) {
    if (asked || now - told >= WORDS) tellWords(now);
    if (!page.table.hidden && (asked || now - tabled >= TABLE)) fillTable(now);
  }

  function tellWords(now) {
    told = now;
    const words = chosen() ? describe(chosen(), now) : hasFocus() ? KEYS : "";
    write(page.words, words);
    page.legend.classList.toggle("who-waits-covered", words !== "");
    write(page.span, seconds(view.span / 1_000));
    write(page.clock, Number.isFinite(clock.uncertainty) ? `clock ± ${clock.uncertainty.toFixed(1)} ms` : "");
  }

  function hasFocus() {
    return page.lanes.some(({ canvas }) => canvas.matches(":focus-visible"));
  }

  function describe(thing, now) {
    const shift = clock.at(0);
    const sentence = say(thing, shift, view.until(now));
    return thing.kind === "sighting" && techniques.length > 1 ? `${sentence} ${compare(thing.event, techniques, shift)}` : sentence;
  }

  function fillTable(now) {
    tabled = now;
    const shift = clock.at(0);
    const row = (thing) => [moment(startOf(thing, shift) + shift), NAMES[thing.technique], say(thing, shift, view.until(now))];
    fillRows(page.rows, newest(shown(), view.right(now), shift).map(row));
  }

  return { tell };
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
