// What stands around a column's figures in words: its state, that it is behind the server, what went wrong and the way out.
import { count } from "./format.js";

const PATIENCE = 400; // ms for which a column may be behind before it is marked so: an answer needs its way

/**
 * @param {JQuery} $root the column
 * @param {{lastId: number}} judge
 */
export function createMarks($root, judge) {
  const $toggle = $root.find(".toggle");
  const $behind = $root.find(".behind");
  let known = null;
  let behindSince = null;

  function howFarBehind(t) {
    const behind = known === null ? 0 : known.last - judge.lastId;
    if (behind <= 0) behindSince = null;
    else behindSince ??= t;
    return behind > 0 && t - behindSince >= PATIENCE ? behind : 0;
  }

  return {
    /** The server says what is true now. */
    compare(now) {
      known = now;
    },
    /** Show the state, and whether the column is behind. */
    show(state) {
      const behind = howFarBehind(performance.now());
      $behind.text(behind > 0 ? `${count(behind).number} behind` : "").prop("hidden", behind === 0);
      if ($root.attr("data-state") === state) return;
      $root.attr("data-state", state);
      $toggle.text(state === "stopped" ? "Start" : "Stop");
    },
  };
}

/** @param {JQuery} $note a line of text and a button, hidden while there is nothing to say */
export function createNote($note) {
  const $text = $note.find(".note-text");
  const $way = $note.find(".way-out");
  let failed = false;

  function say(text) {
    $text.text(text);
    $way.prop("hidden", true);
    $note.prop("hidden", text === "");
  }

  const on = {
    failed({ problem }) {
      failed = true;
      say(`${problem.title}. ${problem.status === 0 ? "" : `${problem.detail}. `}It asks again by itself.`);
    },
    started: () => say(""),
    stopped({ why }, drive) {
      if (why) offer(why, "Start it anyway", drive.startAnyway);
    },
    refused() {
      failed = false;
      say("The server did not know this column's cursor, so it starts over from now.");
    },
    answered: recover,
    pushed: recover,
  };

  function recover({ batch }) {
    if (failed && batch) say("");
    failed = failed && !batch;
  }

  /** Say why, and offer one way out. */
  function offer(text, way, act) {
    say(text);
    $way.text(way).prop("hidden", false).off("click").on("click", act);
  }

  return {
    /** Take one notice; `drive` is the column's, for the way out. */
    notice: (one, drive) => on[one.kind]?.(one, drive),
  };
}
