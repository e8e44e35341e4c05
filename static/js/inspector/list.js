// The list: a line for each entry, newest on top. The lines are made once and written again. It is one stop for the
// keyboard; arrows go from line to line.
import $ from "../../vendor/jquery/jquery.js";
import { count } from "../format.js";
import { moment } from "../timeline/words.js";
import { beganAt, waste, weigh } from "./entry.js";
import { make } from "./make.js";
import { KEPT } from "./record.js";
import { percent, titleOf } from "./words.js";

const STEPS = { ArrowUp: -1, ArrowDown: 1, PageUp: -8, PageDown: 8, Home: -KEPT, End: KEPT };

let lists = 0; // on this page: their lines' ids differ

/**
 * @param {JQuery} $list
 * @param {(entry: object) => void} choose told what was clicked, or gone to
 */
export function createList($list, choose) {
  lists += 1;
  const rows = Array.from({ length: KEPT }, (_, i) => createRow(`wire-${lists}-${i}`));
  let shown = [];
  let chosen = null;

  function go(event) {
    const step = STEPS[event.key];
    if (!step || shown.length === 0) return;
    event.preventDefault();
    const next = Math.min(shown.length - 1, Math.max(0, shown.indexOf(chosen) + step));
    choose(shown[next]);
    rows[next].row.scrollIntoView({ block: "nearest" });
  }

  $list.append(rows.map(({ row }) => row));
  $list.on("keydown", go);
  $list.on("click", "li", ({ currentTarget }) => choose(shown[$(currentTarget).index()]));

  return {
    /** @param {object[]} entries newest first @param {object|null} one which of them is chosen */
    show(entries, one) {
      [shown, chosen] = [entries, one];
      rows.forEach((row, i) => row.show(entries[i], one));
      const at = entries.indexOf(one);
      $list.attr("aria-activedescendant", at < 0 ? null : rows[at].row.id);
    },
    focus: () => $list.trigger("focus"),
  };
}

function createRow(id) {
  const cells = ["time", "what", "up", "down", "waste"].map((name) => make("span", name === "what" ? name : `${name} number`));
  const row = make("li", "", ...cells);
  Object.assign(row, { id, hidden: true });
  row.setAttribute("role", "option");
  let written = null;

  /** What an entry is does not change. */
  function write(entry) {
    written = entry;
    const weight = weigh(entry);
    const texts = [timeOf(entry), titleOf(entry), bytes(weight.up), bytes(weight.down), percent(waste(weight))];
    cells.forEach((cell, i) => (cell.textContent = texts[i]));
    row.classList.toggle("cut", entry.cut);
  }

  return {
    row,
    show(entry, chosen) {
      row.hidden = !entry;
      if (!entry) return;
      if (entry !== written) write(entry);
      row.setAttribute("aria-selected", String(entry === chosen));
    },
  };
}

function timeOf(entry) {
  const at = beganAt(entry);
  return at === null ? "–" : moment(at);
}

function bytes(n) {
  return n === 0 ? "–" : count(n).number;
}
