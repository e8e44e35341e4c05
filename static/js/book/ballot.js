// A prediction's card while the class is asked: the guess goes to the class, the histogram comes once it is revealed. Whether it
// was right is then measured in front of the class; the card's own demo can be measured afterwards, as always.
import $ from "../../vendor/jquery/jquery.js";
import { showHistogram } from "../class/histogram.js";
import { isStudent } from "../class/place.js";
import { reasonOf } from "../problem.js";

/**
 * @param {JQuery} $form the card
 * @param {object} page
 * @param {ReturnType<typeof import("../classroom.js").joinClass>} page.classroom
 * @param {string} page.chapter
 * @param {string} page.id the prediction's
 * @param {string} [page.unit] of a number
 * @param {() => void} page.changed told when the class's question begins, goes on, or ends
 */
export function createBallot($form, { classroom, chapter, id, unit = "", changed }) {
  const key = `${chapter}/${id}`;
  const $says = $("<div>").addClass("ballot").attr("role", "status").insertBefore($form.find(".result"));
  let on = null; // the class's question, if it is this one
  let mine = null;
  let shown = "";

  function know(state) {
    const { prediction, own } = state;
    const isThis = prediction?.chapter === chapter && prediction?.prediction === id && isStudent(state);
    on = isThis ? prediction : null;
    mine = own.votes[key] ?? null;
    const now = JSON.stringify([on, mine]);
    if (now === shown) return;
    shown = now;
    show();
    changed();
  }

  function show() {
    $form.toggleClass("class-asks", on !== null);
    $form.find("fieldset").prop("disabled", on?.phase === "closed");
    $says.empty();
    if (!on) return;
    if (mine !== null && $form.find(":checked").length === 0) $form.find("[type=radio]").val([mine]);
    $says.append($("<p>").text(line()));
    if (on.counts) showHistogram($("<ol>").addClass("histogram").appendTo($says), on.counts, textOf, on.measured);
  }

  function line() {
    const said = mine === null ? "" : ` You said: ${textOf(mine)}.`;
    if (on.phase === "open") return mine === null ? "The class is asked. Answer." : `Sent.${said} You can change it until it is closed.`;
    if (on.phase === "closed") return `Closed, with ${on.votes} answers.${said}`;
    return `This is what ${on.votes} said.${said}`;
  }

  function textOf(answer) {
    const radio = $form.find("[type=radio]").get().find(({ value }) => value === answer);
    return radio ? $(radio).next().text() : `${answer} ${unit}`.trim();
  }

  async function vote(guess) {
    const answer = $form.find("[type=number]").length > 0 ? Number(guess) : guess;
    try {
      await classroom.send("vote", { chapter, prediction: id, answer });
      classroom.own({ votes: { ...classroom.state.own.votes, [key]: answer } });
    } catch (error) {
      if (!error.problem) throw error;
      $says.text(reasonOf(error.problem));
    }
  }

  classroom.on("state", know);

  return {
    vote,
    /** @returns {"open"|"closed"|"revealed"|null} */
    phase: () => on?.phase ?? null,
    hasVoted: () => mine !== null,
  };
}
