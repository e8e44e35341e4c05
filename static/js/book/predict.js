// A prediction: a guess, then the same thing measured in the demo beside it, both shown together. Kept in this browser, and
// repeatable. Whoever does not want to guess is shown; whoever scrolls on, too.
import $ from "../../vendor/jquery/jquery.js";
import { count, duration, inline, rate, size } from "../format.js";
import { measureIn } from "./measure.js";
import { keep, recall } from "./memory.js";

const NAMES = { "short-poll": "Short polling", "long-poll": "Long polling", "web-socket": "WebSocket (Socket.IO)" };
const FACTORS = { s: 1000, kB: 1000 }; // a guess is given in the prediction's unit, figures are in ms and bytes

/**
 * @param {HTMLFormElement} form
 * @param {string} chapter its slug
 * @param {(id: string) => ReturnType<typeof import("./demo.js").createDemo>} demoOf
 */
export function createPredict(form, chapter, demoOf) {
  const { id, demo: demoId, measure } = JSON.parse(form.dataset.predict);
  const key = `predict/${chapter}/${id}`;
  const demo = demoOf(demoId);
  const $form = $(form);
  const $result = $form.find(".result");
  const $submit = $form.find("[type=submit]");
  const $buttons = $form.find("button");
  let open = true; // nothing was shown yet

  async function run(guess) {
    open = false;
    $buttons.prop("disabled", true);
    mark(null);
    $form.removeClass("shown").find(".reveal").prop("hidden", true);
    const measured = await measureIn(demo, measure, (now) => showProgress(now));
    $buttons.prop("disabled", false);
    if (measured) show(guess, outcome(measured));
    else $result.text("The demo was left before the end. Run it again when you are here.");
    $submit.text("Measure again");
    $form.find(".show-me").prop("hidden", true);
  }

  function showProgress({ seconds, events }) {
    const left = Math.ceil((measure.after ?? 0) - seconds);
    const missing = measure.events > events ? `${events} of ${measure.events} events` : "until something comes";
    const text = `Measuring: ${left > 0 ? `${left} s left` : missing}`;
    if ($result.text() !== text) $result.text(text);
  }

  /** What came out, in a shape that can be kept. */
  function outcome({ seconds, values, ...rest }) {
    const known = [...values].filter(([, value]) => value !== null);
    return { ...rest, seconds: Math.round(seconds), values: known };
  }

  function show(guess, result) {
    const answer = answerTo(result);
    keep(key, { guess, result });
    $form.addClass("shown").find(".reveal").prop("hidden", false);
    mark(answer);
    $result.empty().append(guess === null ? "" : $("<p>").text(`You said: ${guessText(guess)}.`), $("<p>").append(...said(result)));
  }

  /** The measured answer's key among those offered, or null. */
  function answerTo({ values }) {
    if (values.length === 0) return null;
    if (measure.which) return extreme(values)[0];
    const value = values[0][1] / (FACTORS[measure.unit] ?? 1);
    const radios = $form.find("[type=radio]").get();
    return radios.map((radio) => radio.value).find((range) => holds(range, value)) ?? null;
  }

  function extreme(values) {
    const sign = measure.which === "most" ? 1 : -1;
    return values.reduce((a, b) => (sign * b[1] > sign * a[1] ? b : a));
  }

  /** What was measured, and under which circumstances: in a class the sale is not one's own. */
  function said({ values, events, seconds, rate: perSecond }) {
    if (values.length === 0) return ["Nothing came that could be measured. Run it once more."];
    const shown = measure.which
      ? values.map(([technique, value]) => `${NAMES[technique]} ${written(value)}`).join(", ")
      : written(values[0][1]);
    return ["Measured here: ", $("<b>").addClass("number").text(shown), ` (${count(events).number} events in ${seconds} s, tickets at ${rate(perSecond)}).`];
  }

  function written(value) {
    if (measure.figure[0].startsWith("bytes")) return inline(size(value));
    if (["delay", "delay-median", "delay-p95", "age"].includes(measure.figure[0])) return inline(duration(value));
    if (!measure.per) return count(value).number;
    return measure.per === "requests" ? `${Math.round(100 * value)} %` : String(Number(value.toFixed(1)));
  }

  function guessText(guess) {
    const $radio = $form.find(`[value="${guess}"]`);
    return $radio.length ? $radio.next().text().trim() : `${guess} ${measure.unit ?? ""}`.trim();
  }

  /** Mark the answer that was measured. */
  function mark(answer) {
    $form.find(".answer").each((_, label) => {
      const is = answer !== null && $(label).find("input").val() === answer && $(label).find("[type=radio]").length > 0;
      $(label).toggleClass("measured-answer", is).find(".is-measured").remove();
      if (is) $(label).append($("<span>").addClass("is-measured").text("measured"));
    });
  }

  function remember() {
    const kept = recall(key);
    if (!kept) return;
    open = false;
    $submit.text("Measure again");
    $form.find(".show-me").prop("hidden", true);
    if (kept.guess !== null) $form.find("[type=radio]").val([kept.guess]);
    if (kept.guess !== null) $form.find("[type=number]").val(kept.guess);
    mark(answerTo(kept.result));
    $form.addClass("shown").find(".reveal").prop("hidden", false);
    $result.append($("<p>").append("Last time. ", ...said(kept.result)));
  }

  $form.on("submit", (event) => {
    event.preventDefault();
    run($form.find("[type=radio]:checked").val() ?? $form.find("[type=number]").val());
  });
  $form.find(".show-me").on("click", () => run(null));
  remember();

  return { form, demo, isOpen: () => open };
}

/** Whether a range such as `0.2..1.5`, each end of which may be missing, holds a value. */
function holds(range, value) {
  const [least, most] = range.split("..");
  return value >= Number(least || -Infinity) && value < Number(most || Infinity);
}

/**
 * A demo waits for the guess before it, but not for ever: where the question has been scrolled out of the window at the top, the
 * reader reads on and is shown.
 * @param {ReturnType<typeof createPredict>[]} predicts
 */
export function holdDemos(predicts) {
  const open = new Set(predicts.filter((predict) => predict.isOpen()));
  for (const { demo } of open) demo.wait();

  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting, boundingClientRect } of entries) {
      if (isIntersecting || boundingClientRect.height === 0 || boundingClientRect.bottom > 0) continue;
      observer.unobserve(target);
      const { demo } = predicts.find(({ form }) => form === target);
      if (demo.isWaiting()) demo.release();
    }
  });
  for (const { form } of open) observer.observe(form);
}
