// A solution on a card, to compare with: the server gives it away after a pass, or when the terminal was asked for it twice.
import $ from "../../vendor/jquery/jquery.js";

/** Let a card's solution be opened, or take it away again. @param {JQuery} $card @param {boolean} isOffered */
export function offerSolution($card, isOffered) {
  const $solution = $card.find(".exercise-solution").prop("hidden", !isOffered);
  if (!isOffered) $solution.prop("open", false).find(".solution-files").empty();
}

/** Fetch it when it is opened. @param {HTMLDetailsElement} details */
export async function openSolution(details, name) {
  const $files = $(details).find(".solution-files");
  if (!details.open || $files.children().length > 0) return;
  const answer = await fetch(`/exercises/solution/${name}`).catch(() => null);
  if (!answer?.ok) return $files.empty().append($("<p>").text("The lesson's server does not give it away just now."));
  const { files } = await answer.json();
  $files.empty().append(files.flatMap(drawn));
}

function drawn({ file, lines, changed }) {
  const rows = lines.map((text, i) => {
    const isNew = changed.includes(i + 1);
    return $("<span>").addClass(isNew ? "line lit" : "line").attr("data-line", i + 1).text(`${text}\n`);
  });
  const $code = $("<pre>").addClass("code").attr({ tabindex: 0, "aria-label": file }).append($("<code>").append(rows));
  return [$("<p>").addClass("quiet").append($("<code>").text(file), `: ${inWords(changed)}`), $code];
}

/** @param {number[]} numbers in order @returns {string} which lines are new, neighbours taken together */
export function inWords(numbers) {
  if (numbers.length === 0) return "as it was.";
  const runs = [];
  for (const number of numbers) {
    if (runs.at(-1)?.at(-1) === number - 1) runs.at(-1)[1] = number;
    else runs.push([number, number]);
  }
  const named = runs.map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`));
  const last = named.pop();
  const listed = named.length > 0 ? `${named.join(", ")} and ${last}` : last;
  return numbers.length === 1 ? `line ${listed} is new.` : `lines ${listed} are new.`;
}
