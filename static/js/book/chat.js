// A chat window: a column that shows what was said, instead of how the sale stands, and speaks the way its technique does.
// To a demo it is a column like any other. What the instructor hides is left out; in the log it stays.
import $ from "../../vendor/jquery/jquery.js";
import { FROM_NOW } from "../cursor.js";
import { createDelays } from "../delays.js";
import { createDrive } from "../drive.js";
import { createFigures } from "../figures.js";
import { count, duration } from "../format.js";
import { createJudge } from "../judge.js";
import { createMarks, createNote } from "../marks.js";

const SHOWN = 50; // lines

/**
 * @param {HTMLElement} root
 * @param {object} page what all columns of the demo share, and `nameOf`, which says who speaks
 */
export function createChat(root, { clock, settings, viewer, request, tabs, timeline, nameOf, classroom }) {
  const technique = root.dataset.technique;
  const $root = $(root);
  const $said = $root.find(".said");
  const $text = $root.find('[name="text"]');
  const $unsaid = $root.find(".unsaid");
  const figures = createFigures($root);
  const note = createNote($root.find(".note"));
  const delays = createDelays(clock);
  const judge = createJudge(FROM_NOW);
  const marks = createMarks($root, judge);
  const drive = createDrive(technique, { channel: "chat", cursor: FROM_NOW, settings, viewer, tabs, report, notice });
  let arrived = []; // events that no frame has shown yet
  let seen = 0;

  function report(batch) {
    arrived.push(...judge.accept(batch));
    request(show);
  }

  function show(t) {
    const events = arrived;
    arrived = [];
    delays.take(events, document.hidden ? null : t);
    seen += events.length;
    for (const event of events) {
      addLine(event);
      timeline.painted(technique, event, t);
    }
    if (events.length > 0 && classroom.state) moderate(classroom.state);
    showFigures();
  }

  /** Put on the page what somebody said: as text, whatever it is. */
  // region: said
  function addLine({ id, data: { name, text } }) {
    const $line = $("<li>").attr("data-id", id).append($("<b>").text(name), " ", $("<span>").text(text));
    $said.find("ol").append($line).children().slice(0, -SHOWN).remove();
    $said.scrollTop($said[0].scrollHeight);
  }
  // endregion

  /** Leave out what was hidden or cleared, and say while nobody is heard. */
  function moderate({ chat }) {
    for (const line of $said.find("li").get()) {
      const id = Number(line.dataset.id);
      line.hidden = id <= chat.cleared || chat.hidden.includes(id);
    }
    $text.prop("disabled", chat.paused).attr("placeholder", chat.paused ? "The chat is paused" : "");
  }

  function showFigures() {
    const { tally } = drive;
    figures.say("state", tally.state);
    figures.say("transport", tally.transport);
    figures.set("requests", tally.requests, count);
    figures.set("empty", tally.empty, count);
    figures.set("events", seen, count);
    figures.set("delay-median", delays.median(), duration);
    marks.show(tally.state);
  }

  function notice(one) {
    if (one.kind === "started") delays.fromNow();
    else timeline.notice(technique, one);
    if (one.kind === "refused") judge.forget();
    note.notice(one, drive);
    request(show);
  }

  /** Say it, and clear the line only once it was heard by the server. */
  async function say(event) {
    event.preventDefault();
    const text = $text.val();
    try {
      await drive.say({ name: nameOf(), text });
      $text.val("");
      $unsaid.text("");
    } catch (error) {
      if (!error.problem) throw error;
      $unsaid.text(`It was not said: ${error.problem.detail ?? error.problem.title}.`);
    }
  }

  function timeAnew() {
    delays.clear();
    delays.fromNow();
  }

  $root.find(".say").on("submit", say);
  classroom.on("state", moderate);
  if (classroom.state) moderate(classroom.state);

  return {
    technique,
    root,
    start: drive.start,
    stop: drive.stop,
    isRunning: () => drive.tally.state !== "stopped",
    isWanted: drive.isWanted,
    timeAnew,
    restart() {
      timeAnew();
      drive.restart();
    },
    reset() {
      seen = 0;
      judge.reset();
      drive.tally.reset();
      timeAnew();
      request(show);
    },
    compare() {}, // the sale is not its subject
    tick: () => request(show),
    figures: figures.values,
    events: () => seen,
    set() {}, // no bytes are shown here
  };
}
