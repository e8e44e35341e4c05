// What each column's traffic weighs: bytes an event on one axis for all columns, heads against data, up and down. Counted by
// the server at the wire and told on /class once a second. A figure's data-value is exact and since the start or the last
// reset; what is read on the page is of that time too, or of the last minute.
//
//   const bytes = createBytes({ columns, classroom, measured });   // columns as createColumn makes them; parts/bytes.html, css/instruments.css
//   bytes.reset();                                                 // when the server has zeroed its counts
//   bytes.show("minute");                                          // or "start"
import $ from "../vendor/jquery/jquery.js";
import { anEvent, endOfAxis } from "./bytes/axis.js";
import { createBar } from "./bytes/bar.js";
import { createRecord } from "./bytes/record.js";
import { inline, size } from "./format.js";

const SETTLED = 1500; // ms after the server's last word, in which what it told of has been shown

/**
 * @typedef {object} Column
 * @property {string} technique
 * @property {Element} root
 * @property {() => number} events how many it has shown since the start or the last reset
 * @property {(name: string, value: number, format: (value: number) => object) => void} set shows a figure
 */

/**
 * @param {object} page
 * @param {Column[]} page.columns
 * @param {{on: Function}} page.classroom
 * @param {boolean} page.measured whether the server's engine can be measured
 * @param {() => boolean} [page.isOn] whether these columns are those that run; others' bytes are not theirs
 */
export function createBytes({ columns, classroom, measured, isOn = () => true }) {
  const record = createRecord(columns.map(({ technique }) => technique));
  const places = columns.map((column) => createPlace(column, columns, measured));
  let span = "start";
  let toldAt = 0;

  function take(meters) {
    if (!isOn()) return;
    toldAt = performance.now();
    record.take(meters, eventsOf(columns), toldAt);
    draw();
  }

  /** The columns stand on one axis, so they are drawn together. */
  function draw() {
    const t = performance.now();
    const sums = columns.map(({ technique }) => (span === "minute" ? record.minute(technique, t) : record.total(technique)));
    const end = endOfAxis(sums.map((sum) => anEvent(sum) ?? 0));
    columns.forEach(({ technique }, i) => places[i].show(record.total(technique), sums[i], { end, sums, span }));
  }

  function tick() {
    if (!isOn()) return;
    if (toldAt > 0 && performance.now() - toldAt > SETTLED) record.takeEvents(eventsOf(columns));
    draw();
  }

  if (measured) {
    classroom.on("meters", take);
    setInterval(tick, SETTLED);
    draw();
  }

  return {
    /** The server's counts begin anew, and so do these. */
    reset() {
      record.zero(performance.now());
      if (measured) draw();
    },
    /** @param {"start"|"minute"} next what the words and bars are of */
    show(next) {
      span = next;
      if (measured) draw();
    },
  };
}

function eventsOf(columns) {
  return Object.fromEntries(columns.map(({ technique, events }) => [technique, events()]));
}

const SINCE = { start: "yet", minute: "in the last minute" };

/** One column's bytes on the page. */
function createPlace(column, columns, measured) {
  const $bytes = $(column.root).find(".bytes");
  const $each = $bytes.find(".bytes-each");
  $bytes.attr("data-measured", String(measured));
  if (!measured) {
    $bytes.find(".bytes-words").text("bytes: not measured here");
    return {};
  }
  const bar = createBar($bytes.find(".bytes-bar"), column, columns);

  /** The number and its words; without an event there is no number. */
  function say(weight, span) {
    const { number, unit } = size(weight);
    $each.find(".n").text(weight === null ? "" : number);
    $each.find(".unit").text(weight === null ? "" : ` ${unit}`);
    $each.find(".bytes-words").text(weight === null ? `no event ${SINCE[span]}` : "an event");
  }

  return {
    /** @param {import("./bytes/record.js").Sum} total @param {import("./bytes/record.js").Sum} sum of the span */
    show(total, sum, { end, sums, span }) {
      for (const name of ["up", "down", "head", "body"]) column.set(`bytes-${name}`, total[name], () => size(sum[name]));
      say(anEvent(sum), span);
      bar.show(sum, end, sums.map(anEvent), inline(size(end)));
    },
  };
}
