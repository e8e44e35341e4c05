// An objective's question, asked before the lesson and after it. Before, the answer is only kept; after, both stand together.
import $ from "../../vendor/jquery/jquery.js";
import { keep, recall } from "./memory.js";

/** @param {HTMLFormElement} form */
export function createQuestion(form) {
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

  $form.on("submit", (event) => {
    event.preventDefault();
    const answer = $form.find(":checked").val();
    keep(key(when), answer);
    show(answer);
  });
  const kept = recall(key(when));
  if (kept) show(kept);
}
