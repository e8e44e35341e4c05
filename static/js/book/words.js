// A word of the glossary opens where it stands, instead of leading away to the chapter's end.
import $ from "../../vendor/jquery/jquery.js";

/** @param {JQuery} $links to the glossary */
export function createWords($links) {
  $links.attr({ role: "button", "aria-expanded": "false" });

  function toggle(link) {
    const $open = $(link).next(".gloss");
    if ($open.length) $open.remove();
    else $(link).after($("<span>").addClass("gloss").text(` ${meaningOf(link)} `));
    $(link).attr("aria-expanded", String(!$open.length));
  }

  $links.on("click", (event) => {
    event.preventDefault();
    toggle(event.currentTarget);
  });
  $links.on("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    toggle(event.currentTarget);
  });
}

function meaningOf(link) {
  return $(document.getElementById(link.hash.slice(1))).find("dd").text();
}
