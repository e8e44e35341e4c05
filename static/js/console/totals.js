// What the class costs by technique, as small curves of the last minute. One scale for each figure, so that the three compare.
import { count, inline, size } from "../format.js";

const SPAN = 60; // s
const HEIGHT = 20;
const FIGURES = {
  requests: [({ requests }) => requests, (n) => ({ number: n.toFixed(1), unit: "" })],
  bytes: [({ up, down }) => (up === null ? null : up + down), size],
  open: [({ open }) => open, count],
  empty: [({ empty }) => empty, (n) => ({ number: n.toFixed(1), unit: "" })],
};

/** @param {JQuery} $table */
export function createTotals($table) {
  const history = []; // one entry a second

  function take(techniques) {
    history.push(techniques);
    history.splice(0, history.length - SPAN);
    for (const [figure, [read, write]] of Object.entries(FIGURES)) draw(figure, read, write);
  }

  function draw(figure, read, write) {
    const all = history.flatMap((second) => Object.values(second).map((one) => read(one) ?? 0));
    const most = Math.max(1, ...all);
    for (const technique of Object.keys(history.at(-1))) {
      const values = history.map((second) => read(second[technique]));
      const $cell = $table.find(`[data-technique="${technique}"] [data-total="${figure}"]`);
      const last = values.at(-1);
      $cell.find(".number").attr("data-value", last).text(last === null ? "–" : inline(write(last)));
      $cell.find("polyline").attr("points", points(values, most));
    }
  }

  return { take };
}

function points(values, most) {
  const left = SPAN - values.length;
  return values.map((value, i) => `${left + i},${(HEIGHT - 1 - ((HEIGHT - 2) * (value ?? 0)) / most).toFixed(1)}`).join(" ");
}
