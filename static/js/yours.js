// The column "Yours": the student's own half, in the browser or on the server, and the lesson's own for the other. It knows
// which exercise is chosen, begins anew when its files are saved, and says what is wrong.
import $ from "../vendor/jquery/jquery.js";
import { createBackoff, sleep } from "./backoff.js";
import { advance } from "./cursor.js";
import { EVENT_STREAM } from "./yours/event-stream.js";
import { TRANSPORTS } from "./transports/index.js";
import { symptomsOf } from "./yours/symptoms.js";
import { watchSources } from "./yours/sources.js";
import { watch } from "./yours/watched.js";

const OWN = { ...TRANSPORTS, ...EVENT_STREAM };
const ASKS_ONCE = ["web-socket", ...Object.keys(EVENT_STREAM)];
const LOOK = 1000; // ms between two looks for symptoms
const WORDS = {
  none: "Choose an exercise whose code is to run here.",
  starting: "Your server is starting.",
  running: "",
  ended: "Your server has ended. Mend it and save: it is started again.",
  hung: "Your server was stopped, because it did not answer any more. Mend it and save: it is started again.",
};

/**
 * @param {object} page
 * @param {JQuery} page.$column
 * @param {JQuery} page.$says where it says what is wrong
 * @param {ReturnType<typeof import("./classroom.js").joinClass>} page.classroom
 * @param {{interval: number, hold: number}} page.settings
 * @param {string} page.viewer
 */
export function createYours({ $column, $says, classroom, settings, viewer }) {
  const $choice = $column.find(".yours-choice");
  let chosen = { state: "none", trouble: "" };
  let column = null;
  let watched = null;
  let rest = () => {};
  let behind = null; // the sale's last event that the column has not heard of, and since when
  let error = ""; // what the student's own module raised here

  /** The transport that the column is given; what it runs inside is made at each start. */
  function transport(wiring) {
    let cursor = wiring.cursor;
    let run = null;

    function report(batch) {
      cursor = advance(cursor, batch);
      wiring.report(batch);
    }

    async function start() {
      const mine = (run = {});
      error = "";
      if (chosen.state !== "running") return;
      try {
        const make = await load();
        if (run !== mine) return;
        watched = watch(wiring.line);
        window.EventSource = watchSources(watched, viewer);
        mine.inner = make({ ...wiring, path: pathOf(wiring), cursor, report, line: watched.line, sleep, backoff: createBackoff() });
        mine.inner.start();
      } catch (problem) {
        error = String(problem);
      }
    }

    function stop() {
      run?.inner?.stop();
      run = watched = null;
    }

    rest = stop;
    return { start, stop };
  }

  /** The browser's half: the student's, or the lesson's. */
  async function load() {
    if (chosen.kind !== "javascript") return OWN[chosen.technique];
    window.$ = $;
    const module = await import(`/exercises/bench/${chosen.exercise}/work/${chosen.version}/${chosen.file}`);
    if (!module.transport) throw new Error(`${chosen.file} exports no \`transport\``);
    return module.transport;
  }

  function pathOf({ channel }) {
    return chosen.technique === "web-socket" ? "/yours/web-socket" : `/yours/${chosen.technique}/${channel}`;
  }

  /** What was heard, missed and doubled before was another code's doing. */
  function beginAnew() {
    column?.forget();
    column?.reset();
  }

  /** The student's server is another one, or is in another state. */
  function take(next) {
    const isOther = chosen.exercise !== next.exercise || chosen.version !== next.version;
    const begins = next.state === "running" && (chosen.state !== "running" || isOther);
    chosen = next;
    if (isOther) beginAnew();
    if (begins) column?.restart();
    else if (next.state !== "running") rest();
    show();
  }

  async function choose() {
    const asked = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ exercise: $choice.val() }) };
    const answer = await fetch("/exercises/yours", asked).catch(() => null);
    if (answer?.ok) take(await answer.json());
  }

  function signs() {
    const { missed, doubled } = column.figures();
    const own = watched?.signs() ?? { asked: [], hasty: [], failed: false, waiting: null };
    const hold = chosen.technique === "long-poll" ? settings.hold * 1000 : 0;
    const interval = chosen.technique === "long-poll" ? 0 : settings.interval;
    const polls = !ASKS_ONCE.includes(chosen.technique);
    const behindSince = watched ? (behind?.t ?? null) : null;
    return { now: performance.now(), ...own, polls, behindSince, hold, interval, missed: missed ?? 0, doubled: doubled ?? 0, hung: chosen.state === "hung" };
  }

  /** The server says how far the sale is. */
  function know({ last }) {
    const heard = column?.isRunning() ? (column.figures()["last-id"] ?? last) : last;
    if (heard >= last) behind = null;
    else behind ??= { id: last, t: performance.now() };
    if (behind && heard >= behind.id) behind = { id: last, t: performance.now() };
  }

  function show() {
    const symptoms = column?.isRunning() ? symptomsOf(signs()) : [];
    const lines = [WORDS[chosen.state], error, ...symptoms].filter(Boolean);
    const $list = $says.find(".yours-words");
    if ($list.text() !== lines.join("")) $list.empty().append(lines.map((line) => $("<p>").text(line)));
    const $trouble = $says.find(".yours-trouble");
    if ($trouble.text() !== chosen.trouble) $trouble.text(chosen.trouble);
    $trouble.prop("hidden", !chosen.trouble);
    $says.prop("hidden", lines.length === 0 && !chosen.trouble);
  }

  function fail({ originalEvent: { filename, message, lineno } }) {
    if (filename?.includes("/exercises/bench/")) error = `${filename.split("/").at(-1)}, line ${lineno}: ${message}`;
  }

  $choice.on("change", choose);
  $(window).on("error", fail);
  $(window).on("unhandledrejection", ({ originalEvent: { reason } }) => {
    if (String(reason?.stack).includes("/exercises/bench/")) error = String(reason);
  });
  classroom.on("yours", take);
  classroom.on("joined", choose); // after each connection: a server that was started anew runs nothing yet
  setInterval(show, LOOK);

  return {
    transport,
    know,
    /** @param {ReturnType<typeof import("./column.js").createColumn>} own */
    attach: (own) => (column = own),
  };
}
