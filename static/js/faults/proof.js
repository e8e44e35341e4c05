// What the faults did to each column: how often it was cut, and that it has missed and doubled nothing all the same.
import $ from "../../vendor/jquery/jquery.js";
import { count } from "../format.js";

/**
 * @param {JQuery} $proof
 * @param {{technique: string, root: Element, figures: () => object}[]} columns
 */
export function createProof($proof, columns) {
  const lines = columns.map(createLine);
  let cuts = {};
  $proof.append(lines.map(({ $line }) => $line));

  return {
    /** @param {Object<string, {cut: number}>} meters by technique */
    take(meters) {
      cuts = meters;
    },
    show() {
      for (const line of lines) line.show(cuts[line.technique]?.cut ?? 0);
    },
  };
}

function times(cut) {
  return ["never cut", "cut once"][cut] ?? `cut ${count(cut).number} times`;
}

function createLine({ technique, root, figures }) {
  const $mark = $(root).find(".mark").first().clone();
  const $state = $("<b>");
  const $rest = $("<span>");
  const $line = $("<li>").attr("data-of", technique).append($mark, " ", $state, $rest);

  return {
    technique,
    $line,
    show(cut) {
      const { state, missed, doubled } = figures();
      $state.text(state);
      $rest.text(` · ${times(cut)} · missed ${count(missed).number} · doubled ${count(doubled).number}`);
      $line.attr("data-state", state).toggleClass("trouble", missed > 0 || doubled > 0);
    },
  };
}
