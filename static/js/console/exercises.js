// How the class stands in the exercises: who works, who has passed, who has had the same failure for long, and what it says.
import $ from "../../vendor/jquery/jquery.js";

/**
 * @param {JQuery} $root
 * @param {Object<string, {working: number, passed: number, stuck: number, failure: string|null, failing: number}>} exercises
 */
export function showExercises($root, exercises) {
  const shown = JSON.stringify(exercises);
  if ($root.data("shown") === shown) return;
  const all = Object.entries(exercises);
  $root.data("shown", shown).find(".working-none").prop("hidden", all.length > 0);
  $root.find(".working-list").empty().append(all.map(([name, one]) => $("<li>").append(
    $("<b>").text(name),
    ` ${one.passed} passed, ${one.working} at it`,
    one.stuck ? $("<span>").addClass("trouble").text(`, ${one.stuck} stuck for over 4 min`) : "",
    one.failure ? $("<p>").addClass("quiet").text(`${one.failing} of them: ${one.failure}`) : "",
  )));
}
