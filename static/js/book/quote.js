// A quotation's remarks light the lines that they speak of: one at a time, by a press, and while one points at a remark.
import $ from "../../vendor/jquery/jquery.js";

/** @param {HTMLElement} figure */
export function createQuote(figure) {
  const $figure = $(figure);
  const $remarks = $figure.find(".remarks li");
  let pressed = null;

  function light(remark) {
    const numbers = remark ? remark.dataset.lines.split(" ") : [];
    $figure.find(".code").toggleClass("dimmed", numbers.length > 0);
    $figure.find(".line").each((_, line) => void $(line).toggleClass("lit", numbers.includes(line.dataset.line)));
    $remarks.each((_, other) => void $(other).toggleClass("lit", other === remark));
  }

  function press(remark) {
    pressed = pressed === remark ? null : remark;
    $remarks.each((_, other) => void $(other).find(".light").attr("aria-pressed", String(other === pressed)));
    light(pressed);
  }

  $remarks.on("click", ".light", (event) => press(event.delegateTarget));
  $remarks.on("mouseenter", (event) => light(event.delegateTarget));
  $remarks.on("mouseleave", () => light(pressed));
  if ($remarks.length > 0) press($remarks[0]);
}
