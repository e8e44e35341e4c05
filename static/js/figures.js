// The figures of a column on the page. Each is an element with data-figure; once measured it has data-value, a plain
// number (ms, bytes, a count), so that a script can read what a student reads. Text is written only where it changes.
import $ from "../vendor/jquery/jquery.js";
import { NOTHING } from "./format.js";

/** @param {JQuery} $root the column */
export function createFigures($root) {
  const places = new Map();
  $root.find("[data-figure]").each((_, element) => places.set(element.dataset.figure, createPlace($(element))));

  return {
    /**
     * Show a number, or that there is none.
     * @param {string} name as in the contract
     * @param {number|null} value
     * @param {(value: number) => import("./format.js").Shown} format
     */
    set(name, value, format) {
      const shown = value === null ? NOTHING : format(value);
      places.get(name).show(value, shown);
    },
    /** Show a word. */
    say(name, word) {
      places.get(name).show(word, { number: word ?? NOTHING.number, unit: "" });
    },
    /** @returns {Object<string, number|string|null>} every figure by name, null where it is not measured */
    values() {
      return Object.fromEntries([...places].map(([name, place]) => [name, place.value()]));
    },
  };
}

/** One figure: its number is written in `.n`, its unit in `.unit`, where the element has them. */
function createPlace($figure) {
  const $number = $figure.find(".n").length ? $figure.find(".n") : $figure;
  const $unit = $figure.find(".unit");
  let value = null;
  let text = null;

  return {
    value: () => value,
    show(next, shown) {
      if (next !== value) mark($figure, (value = next));
      const nextText = `${shown.number} ${shown.unit}`;
      if (nextText === text) return;
      text = nextText;
      $number.text(shown.number);
      $unit.text(shown.unit && ` ${shown.unit}`);
    },
  };
}

/** Write data-value, or take it away where nothing is measured. */
function mark($figure, value) {
  if (value === null) $figure.removeAttr("data-value");
  else $figure.attr("data-value", value);
}
