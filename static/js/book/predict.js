// A prediction: a guess, then the same thing measured in the demo beside it, both shown together. Kept in this browser, and
// repeatable. Whoever does not want to guess is shown; whoever scrolls on, too. In a class the guess may be asked for by all.
import $ from "../../vendor/jquery/jquery.js";
import { count, rate } from "../format.js";
import { createBallot } from "./ballot.js";
import { measureIn } from "./measure.js";
import { keep, recall } from "./memory.js";
import { answerAmong, inWords } from "./outcome.js";

/**
 * @param {HTMLFormElement} form
 * @param {string} chapter its slug
 * @param {(id: string) => ReturnType<typeof import("./demo.js").createDemo>} demoOf
 * @param {ReturnType<typeof import("../classroom.js").joinClass>} classroom
 */
export function createPredict(form, chapter, demoOf, classroom) {
  const { id, demo: demoId, measure } = JSON.parse(form.dataset.predict);
  const key = `predict/${chapter}/${id}`;
  const demo = demoOf(demoId);
  const $form = $(form);
  const $result = $form.find(".result");
  const $submit = $form.find("[type=submit]");
  const $buttons = $form.find("button");
  const $showMe = $form.find(".show-me");
  const ballot = createBallot($form, { classroom, chapter, id, unit: measure.unit, changed: label });
  let open = true; // nothing was shown yet
  let measuring = false;

  /** What the buttons do now. */
  function label() {
    const phase = ballot.phase();
    const alone = open ? "That is my guess" : "Measure again";
    const asked = { open: ballot.hasVoted() ? "Change my answer" : "Send my answer", closed: alone, revealed: "Measure it here, too" };
    $submit.text(asked[phase] ?? alone);
    $buttons.prop("disabled", measuring || phase === "closed");
    $showMe.prop("hidden", !open || phase !== null);
  }

  async function run(guess) {
    open = false;
    measuring = true;
    label();
    mark(null);
    $form.removeClass("shown").find(".reveal").prop("hidden", true);
    const measured = await measureIn(demo, measure, (now) => showProgress(now));
    measuring = false;
    if (measured) show(guess, outcome(measured));
    else $result.text("The demo was left before the end. Run it again when you are here.");
    label();
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

  function answerTo({ values }) {
    return answerAmong(measure, $form.find("[type=radio]").get().map(({ value }) => value), values);
  }

  /** What was measured, and under which circumstances: in a class the sale is not one's own. */
  function said({ values, events, seconds, rate: perSecond }) {
    if (values.length === 0) return ["Nothing came that could be measured. Run it once more."];
    return ["Measured here: ", $("<b>").addClass("number").text(inWords(measure, values)), ` (${count(events).number} events in ${seconds} s, tickets at ${rate(perSecond)}).`];
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
    label();
    if (kept.guess !== null) $form.find("[type=radio]").val([kept.guess]);
    if (kept.guess !== null) $form.find("[type=number]").val(kept.guess);
    mark(answerTo(kept.result));
    $form.addClass("shown").find(".reveal").prop("hidden", false);
    $result.append($("<p>").append("Last time. ", ...said(kept.result)));
  }

  $form.on("submit", (event) => {
    event.preventDefault();
    const guess = $form.find("[type=radio]:checked").val() ?? $form.find("[type=number]").val();
    if (ballot.phase() === "open") ballot.vote(guess);
    else run(guess);
  });
  $showMe.on("click", () => run(null));
  remember();

  return { form, demo, isOpen: () => open };
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
