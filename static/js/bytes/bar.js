// A bar on the common axis: heads solid, data light. The other columns' bytes an event stand on it as their marks.
import $ from "../../vendor/jquery/jquery.js";
import { inline, size } from "../format.js";
import { anEvent } from "./axis.js";

/**
 * @param {JQuery} $bar
 * @param {{technique: string}} column
 * @param {{technique: string, root: Element}[]} columns all, in the order in which `show` is given their weights
 */
export function createBar($bar, column, columns) {
  const $heads = $("<span>").addClass("bytes-bar-head");
  const $data = $("<span>").addClass("bytes-bar-body");
  const $end = $("<span>").addClass("bytes-bar-end number");
  const $marks = columns.map(({ technique, root }) => (technique === column.technique ? null : createMark(technique, root)));
  $bar.append($("<span>").addClass("bytes-bar-track").append($heads, $data, $marks.filter(Boolean)), $end);

  return {
    /**
     * @param {import("./record.js").Sum} sum
     * @param {number} end of the axis, in bytes
     * @param {(number|null)[]} weights bytes an event of all columns
     * @param {string} label the end in words
     */
    show(sum, end, weights, label) {
      const share = (bytes) => (sum.events > 0 ? bytes / sum.events / end : 0);
      $heads.css("width", percent(share(sum.head)));
      $data.css("width", percent(share(sum.body)));
      $marks.forEach(($mark, i) => place($mark, weights[i], end));
      $end.text(label);
      $bar.attr("aria-label", inWords(sum, label));
    },
  };
}

function createMark(technique, root) {
  const $mark = $(root).find(".mark").first().clone();
  return $("<span>").addClass("bytes-bar-mark").attr("data-of", technique).append($mark);
}

function place($mark, weight, end) {
  $mark?.prop("hidden", weight === null).css("left", percent((weight ?? 0) / end));
}

function percent(share) {
  return `${(100 * share).toFixed(2)}%`;
}

function inWords(sum, label) {
  const weight = anEvent(sum);
  if (weight === null) return `No event to weigh; the axis ends at ${label}`;
  const [heads, data] = [sum.head, sum.body].map((bytes) => inline(size(bytes / sum.events)));
  return `${inline(size(weight))} an event: heads ${heads}, data ${data}; the axis ends at ${label}`;
}
