// The last events of a column, newest on top, each with how late it was seen. The rows are made once and written
// again, so that a rush costs no more of the page than a calm sale.
import $ from "../vendor/jquery/jquery.js";
import { count, duration, inline } from "./format.js";

const ROWS = 8;

const WORDS = {
  "on-sale": ({ night }) => `night ${night} goes on sale`,
  sale: ({ seat, price }) => `${seat} sold for ${price}`,
  return: ({ seat }) => `${seat} came back`,
  "sold-out": () => "sold out",
};

/** @param {JQuery} $list an empty list */
export function createEventList($list) {
  const rows = Array.from({ length: ROWS }, createRow);
  $list.append(rows.map(({ $row }) => $row));
  let newest = [];

  return {
    /**
     * Put events on top.
     * @param {import("./cursor.js").Event[]} events oldest first
     * @param {(number|null)[]} delays theirs, in ms; null: not timed
     */
    add(events, delays) {
      const seen = events.map((event, i) => ({ event, delay: delays[i] })).slice(-ROWS);
      newest = seen.reverse().concat(newest).slice(0, ROWS);
      newest.forEach((entry, i) => rows[i].show(entry));
    },
  };
}

function createRow() {
  const $id = $("<span>").addClass("id number");
  const $what = $("<span>").addClass("what");
  const $late = $("<span>").addClass("late number");
  const $row = $("<li>").append($id, $what, $late).prop("hidden", true);

  return {
    $row,
    show({ event, delay }) {
      $row.prop("hidden", false).attr({ "data-kind": event.kind, "data-id": event.id });
      $id.text(`#${count(event.id).number}`);
      $what.text(WORDS[event.kind](event.data));
      $late.text(delay === null ? "not timed" : inline(duration(delay)));
    },
  };
}
