// A simulated crowd: how large, how far it is, and what it found, a technique in each column of one table.
import $ from "../../vendor/jquery/jquery.js";
import { count, duration, inline, NOTHING, seconds, size } from "../format.js";
import { reasonOf } from "../problem.js";

const NAMES = { "short-poll": "short polling", "long-poll": "long polling", "web-socket": "the WebSocket" };
const number = (n) => ({ number: n < 10 ? String(Number(n.toFixed(2))) : n.toFixed(0), unit: "" });
const percent = (share) => ({ number: (share * 100).toFixed(share < 0.0995 ? 1 : 0), unit: "%" });
const FIGURES = {
  events_per_second: number,
  delay_median: duration,
  delay_p95: duration,
  requests_per_event: number,
  empty: percent,
  head_per_event: size,
  body_per_event: size,
  lost: count,
  doubled: count,
  cpu_share: percent,
};

/**
 * @param {JQuery} $crowd
 * @param {{classroom: ReturnType<typeof import("../classroom.js").joinClass>}} page
 */
export function createCrowd($crowd, { classroom }) {
  const $size = $crowd.find(".crowd-size");
  const valueOf = (name) => Number($size.find(`[name="${name}"]`).val());
  let shown = "";

  /** What is refused is said here: this stands far below the page's own line for that. */
  async function send(message) {
    const problem = await classroom.send("crowd", message).then(
      () => null,
      (error) => error.problem ?? Promise.reject(error),
    );
    $crowd.find(".crowd-refused").prop("hidden", !problem).text(problem ? reasonOf(problem) : "");
  }

  $size.on("submit", (event) => {
    event.preventDefault();
    send({ clients: valueOf("clients"), seconds: valueOf("seconds") });
  });
  $size.on("click", ".crowd-stop", () => send({ on: false }));

  function tell(crowd) {
    $size.find("input, [type=submit]").prop("disabled", crowd.on);
    $size.find(".crowd-stop").prop("disabled", !crowd.on);
    $crowd.find(".crowd-at").text(crowd.on ? doing(crowd) : asked(crowd));
    $crowd.find(".crowd-bar").prop({ hidden: !crowd.on, value: far(crowd) });
    $crowd.find(".crowd-found").prop("hidden", crowd.rows.length === 0);
    for (const $cell of $crowd.find("[data-crowd]").get().map($)) fill($cell, crowd.rows);
    $crowd.find(".crowd-notes").empty().append(crowd.notes.map((text) => $("<li>").text(sentence(text))));
  }

  return {
    /** @param {object|null} crowd as lesson/classroom has it */
    show(crowd) {
      const next = JSON.stringify(crowd);
      if (crowd === null || next === shown) return;
      shown = next;
      tell(crowd);
    },
  };
}

function fill($cell, rows) {
  const { technique, crowd: figure } = $cell.data();
  const row = rows.find((one) => one.technique === technique);
  const value = row?.[figure] ?? null;
  const mark = row?.bottleneck && figure.startsWith("delay") ? "† " : "";
  $cell.attr("data-value", value).text(mark + inline(value === null ? NOTHING : FIGURES[figure](value)));
}

/** @returns {number} how many of the three techniques are through, with a fraction */
function far({ rows, at }) {
  return rows.length + (at?.measured === undefined ? 0 : at.measured / at.of);
}

function doing({ at }) {
  if (!at) return "The crowd is about to come.";
  if (at.joined !== undefined) return `${inline(count(at.joined))} of ${inline(count(at.of))} have joined, for ${NAMES[at.technique]}.`;
  return `Measuring ${NAMES[at.technique]}: ${at.measured.toFixed(0)} of ${seconds(at.of)}.`;
}

function asked({ clients, seconds: each, interval, hold }) {
  const many = clients === 1 ? "1 browser" : `${inline(count(clients))} browsers`;
  return `${many} of each technique, measured for ${seconds(each)}; a short poll every ${seconds(interval)}, a long poll held up to ${seconds(hold)}.`;
}

function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}
