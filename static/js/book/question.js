// An objective's question, asked before the lesson and after it. Before, the answer is only kept; after, both stand together.
// In a class the answer is told to it, too, unasked: nobody's name is with it.
import $ from "../../vendor/jquery/jquery.js";
import { isStudent } from "../class/place.js";
import { keep, recall } from "./memory.js";

/**
 * @param {HTMLFormElement} form
 * @param {string} chapter its slug
 * @param {ReturnType<typeof import("../classroom.js").joinClass>} classroom
 */
export function createQuestion(form, chapter, classroom) {
  const { objective, when, right } = JSON.parse(form.dataset.question);
  const $form = $(form);
  const key = (time) => `question/${objective}/${time}`;

  function textOf(answer) {
    return $form.find(`[value="${answer}"]`).next().text();
  }

  function show(answer) {
    const before = recall(key("before"));
    const lines = when === "before"
      ? ["Kept. The same question comes at the end."]
      : [before ? `Before, you said: ${textOf(before)}.` : "", `Right is: ${textOf(right)}.`];
    $form.find(".result").empty().append(lines.filter(Boolean).map((line) => $("<p>").text(line)));
    $form.find(".reveal").prop("hidden", when === "before");
    $form.find("[type=radio]").val([answer]);
  }

  /** What the class cannot take, because it is closed or not there, is kept here all the same. */
  async function tell(answer) {
    if (!classroom.state || !isStudent(classroom.state)) return;
    try {
      await classroom.send("vote", { chapter, prediction: `${objective}-${when}`, answer });
    } catch (error) {
      if (!error.problem) throw error;
    }
  }

  $form.on("submit", (event) => {
    event.preventDefault();
    const answer = $form.find(":checked").val();
    keep(key(when), answer);
    show(answer);
    tell(answer);
  });
  const kept = recall(key(when));
  if (kept) show(kept);
}
