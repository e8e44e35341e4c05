// Keeps exercises on a page up to date, and checks those that are checked in a browser when the terminal, or a click, asks.
import $ from "../../vendor/jquery/jquery.js";
import { checkInFrame } from "./frame.js";
import { offerSolution, openSolution } from "./solution.js";

/** @typedef {{state: string, done: boolean, message?: string, printed?: string, said?: string[], solution?: boolean}} Standing */

/**
 * @param {JQuery} $exercises the exercises' cards on this page
 * @param {ReturnType<typeof import("../classroom.js").joinClass>} classroom
 * @param {(standing: {exercises: Record<string, Standing>}) => void} [told]
 */
export function createExercises($exercises, classroom, told = () => {}) {
  function show(standing) {
    for (const card of $exercises.get()) {
      const one = standing.exercises[card.dataset.exercise];
      if (one) showOne($(card), one, standing.now === card.dataset.exercise);
    }
    told(standing);
  }

  async function ask() {
    const answer = await fetch("/exercises/state");
    if (answer.ok) show(await answer.json());
  }

  /** Tell the server; if it has gone, the terminal says so. */
  async function tell(message) {
    try {
      await classroom.send("progress", message);
    } catch (error) {
      if (!error.problem) throw error;
    }
  }

  async function check({ exercise, run }) {
    await tell({ exercise, run, state: "checking" });
    const verdict = await checkInFrame(exercise);
    await tell({ exercise, run, ...verdict });
  }

  // `toggle` does not bubble
  $exercises.find(".exercise-solution").on("toggle", ({ target }) => openSolution(target, $(target).closest(".exercise")[0].dataset.exercise));
  classroom.on("joined", ask);
  classroom.on("exercises", show);
  classroom.on("check", check);
  $exercises.on("click", ".exercise-check", ({ target }) => check({ exercise: $(target).closest(".exercise")[0].dataset.exercise, run: 0 }));
}

/** @param {JQuery} $card @param {Standing} one */
function showOne($card, one, isNow) {
  $card.attr("data-state", one.state).attr("data-now", isNow ? "" : null);
  $card.find(".exercise-state").text(inWords(one));
  $card.find(".exercise-said").empty().append((one.said ?? []).map((line) => $("<p>").text(line)));
  const lines = (one.message ?? "").split("\n").map((line) => $("<span>").text(`${line}\n`));
  $card.find(".exercise-message").empty().append(lines).prop("hidden", !one.message);
  $card.find(".exercise-printed").text(`Your code printed:\n${one.printed}`).prop("hidden", !one.printed);
  offerSolution($card, Boolean(one.solution));
}

const WORDS = { "to do": "to do", checking: "checking…", waiting: "waits for a page", passed: "passes", failed: "not yet", done: "done" };

function inWords({ state, done }) {
  return state === "failed" && done ? "passed before, not now" : WORDS[state];
}
