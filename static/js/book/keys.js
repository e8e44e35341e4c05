// The keyboard: arrows and Page keys turn the steps, where one reads step by step; ? shows the keys. Never while somebody
// types or moves something, and not at all where it is switched off (WCAG 2.2, 2.1.4).
import $ from "../../vendor/jquery/jquery.js";
import { keep, recall } from "./memory.js";

/** Where the arrows mean something else. */
const BUSY = "input, textarea, select, [contenteditable], [role=application], [role=slider], pre, iframe";

const KEYS = { ArrowRight: "next", PageDown: "next", ArrowLeft: "back", PageUp: "back" };

/**
 * @param {ReturnType<typeof import("./reader.js").createReader>} reader
 * @param {JQuery} $help the list of keys
 * @param {JQuery} $button that shows it
 */
export function createKeys(reader, $help, $button) {
  const $on = $help.find(".single-keys").prop("checked", recall("keys") !== false);

  function toggle(shown = $help.prop("hidden")) {
    $help.prop("hidden", !shown);
    $button.attr("aria-expanded", String(shown));
    if (shown) $help.find(".keys-close").trigger("focus");
    else $button.trigger("focus");
  }

  function take(event) {
    if (event.key === "Escape" && !$help.prop("hidden")) return toggle(false);
    if (!$on.prop("checked") || event.ctrlKey || event.altKey || event.metaKey || event.isDefaultPrevented()) return;
    if (event.target.closest(BUSY)) return;
    if (event.key === "?") return toggle();
    const turn = reader.isStepwise() && !event.shiftKey && KEYS[event.key];
    if (!turn) return;
    event.preventDefault();
    reader[turn]();
  }

  $(document).on("keydown", take);
  $on.on("change", () => keep("keys", $on.prop("checked")));
  $button.prop("hidden", false).on("click", () => toggle());
  $help.find(".keys-close").on("click", () => toggle(false));
}
