// Runs found code in a frame of its own; taking the frame away ends whatever it does.
import $ from "../../vendor/jquery/jquery.js";

/** @param {HTMLElement} bench */
export function createBench(bench) {
  const $bench = $(bench);
  const $button = $bench.find(".run-it");
  let $frame = null;

  function toggle() {
    if ($frame) $frame.remove();
    $frame = $frame ? null : $("<iframe>").attr({ src: $button.attr("data-frame"), title: "What the code does" }).appendTo($bench);
    $button.attr("aria-pressed", String($frame !== null)).text($frame ? "Stop it" : "Run it");
  }

  $button.on("click", toggle);
}
