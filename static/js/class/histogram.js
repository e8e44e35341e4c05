// How a class answered: a bar for each answer, in their order.
import $ from "../../vendor/jquery/jquery.js";
import { count } from "../format.js";

/**
 * @param {JQuery} $root an ol.histogram
 * @param {{answer: string|number, votes: number}[]} counts
 * @param {(answer: string|number) => string} textOf
 * @param {string|number|null} measured the answer that came out, or null
 */
export function showHistogram($root, counts, textOf, measured) {
  const most = Math.max(1, ...counts.map(({ votes }) => votes));
  $root.empty().append(counts.map(({ answer, votes }) => {
    const $bar = $("<span>").css("width", `${(100 * votes) / most}%`);
    return $("<li>").toggleClass("came-out", answer === measured).append(
      $("<span>").addClass("what").text(textOf(answer)),
      $("<span>").addClass("bar").attr("aria-hidden", "true").append($bar),
      $("<span>").addClass("n number").text(count(votes).number),
    );
  }));
}
