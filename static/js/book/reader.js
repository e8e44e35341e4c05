// Reading: the whole chapter, or one step at a time. It knows which step one is at, keeps that in the browser, and shows it on
// the line of the 90 minutes. Going to a step never depends on how one reads.
import $ from "../../vendor/jquery/jquery.js";
import { keep, recall } from "./memory.js";

const TYPING = "input:not([type=radio], [type=checkbox], [type=range]), textarea";
const LINE = 0.4; // share of the window's height: the step that has passed this line is the one being read

/**
 * @param {{slug: string, title: string, begins: number|null, steps: {id: string, minutes: number}[]}} chapter
 * @param {JQuery} $article
 * @param {JQuery} $bar where the buttons and the line are
 * @param {object} told
 * @param {(step: string) => void} told.at which step is being read
 * @param {() => void} told.turned the reader goes to another step by hand, not by scrolling
 */
export function createReader(chapter, $article, $bar, told) {
  const steps = $article.find(".step").get();
  const $back = $bar.find(".step-back").prop("hidden", false);
  const $next = $bar.find(".step-next").prop("hidden", false);
  const $mode = $bar.find(".reader-mode").prop("hidden", false);
  let stepwise = recall("stepwise") === true;
  let at = 0;

  /** Show only what belongs to the step, or all. */
  function show() {
    $("body").attr("data-reading", stepwise ? "steps" : "whole");
    steps.forEach((step, i) => void (step.hidden = stepwise && i !== at));
    $article.find(".chapter-head").toggleClass("aside", stepwise && at > 0);
    $article.find(".opening").prop("hidden", stepwise && at > 0);
    $article.find(".back-matter").prop("hidden", stepwise && at < steps.length - 1);
    $article.find("nav.onward").prop("hidden", stepwise && at < steps.length - 1);
    $mode.text(stepwise ? "Whole chapter" : "Step by step");
    showNext();
    tell();
  }

  /** Name the next step at the foot of this one; the last step has the next chapter there. */
  function showNext() {
    const $step = $(steps[at + 1]);
    const $foot = $article.find(".onward-step").prop("hidden", !stepwise || $step.length === 0);
    const minutes = Number($step.attr("data-minutes"));
    $foot.find(".quiet").text(minutes ? `Next, ${minutes} min` : "Next");
    $foot.find(".name").text($step.find("h2").first().text());
  }

  /** Say where one is. */
  function tell() {
    const { id } = steps[at] ?? {};
    $bar.find(".step-count").text(`${at + 1} of ${steps.length}`);
    $back.prop("disabled", at === 0 && !follow(".onward-back"));
    $next.prop("disabled", at === steps.length - 1 && !follow(".onward-next"));
    showJourney();
    if (id) told.at(id);
    if (id) keep("where", { slug: chapter.slug, title: chapter.title, step: id, name: $(`#${id} h2`).first().text() });
  }

  function showJourney() {
    const before = chapter.steps.slice(0, at).reduce((sum, { minutes }) => sum + minutes, 0);
    if (chapter.begins === null) return;
    const minute = chapter.begins + before;
    const $line = $bar.find(".journey");
    $line.find(".gone").attr("width", minute);
    $line.attr("aria-label", `Minute ${minute} of ${$line[0].viewBox.baseVal.width}`);
  }

  /** @returns {string|undefined} where a link of the chapter leads */
  function follow(link) {
    return $article.find(link).attr("href");
  }

  function visit(link) {
    const href = follow(link);
    if (href) location.assign(href);
  }

  /** Go to a step by its place. Who types goes on typing. */
  function goTo(index) {
    at = index;
    $article.find(".left-off").remove(); // who goes on has found the place
    show();
    const step = steps[at];
    if (stepwise) history.replaceState(history.state, "", `#${step.id}`);
    if (!document.activeElement?.matches(TYPING)) step.focus({ preventScroll: true });
    if (stepwise) scrollTo(0, 0);
    else step.scrollIntoView();
  }

  function next() {
    told.turned();
    if (at + 1 < steps.length) goTo(at + 1);
    else visit(".onward-next");
  }

  function back() {
    told.turned();
    if (at > 0) goTo(at - 1);
    else visit(".onward-back");
  }

  /** Go to the step that the address names, or that holds what it names. */
  function goToAddress() {
    const target = document.getElementById(named(location.hash));
    const index = steps.findIndex((step) => target && step.contains(target));
    if (index < 0) return;
    if (stepwise && steps[index] !== target) {
      at = index;
      show();
      target.scrollIntoView();
    } else goTo(index);
  }

  /** While the whole chapter is read: the step is the last one whose top has passed the line. */
  function look() {
    if (stepwise) return;
    const passed = steps.findLastIndex((step) => step.getBoundingClientRect().top < innerHeight * LINE);
    const index = Math.max(0, passed);
    if (index === at) return;
    at = index;
    tell();
  }

  function switchMode() {
    stepwise = !stepwise;
    keep("stepwise", stepwise);
    goTo(at);
  }

  $next.on("click", next);
  $article.on("click", ".onward-step button", next);
  $back.on("click", back);
  $mode.on("click", switchMode);
  $(window).on("hashchange", goToAddress);
  let asked = false;
  $(window).on("scroll", () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      look();
    });
  });

  if (steps.length === 0) $bar.find(".reader-steps").prop("hidden", true);
  else if (location.hash) goToAddress();
  if (steps.length > 0) show();

  return {
    next,
    back,
    isStepwise: () => stepwise,
    /** Go where somebody else leads. */
    go(id) {
      const index = steps.findIndex((step) => step.id === id);
      if (index >= 0) goTo(index);
    },
  };
}

/** The id that an address's fragment names; "" where it has none, or is none that can be read. */
function named(hash) {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return "";
  }
}

/** Offer the way back to where one was in this chapter, if that was not its beginning. */
export function offerLastPlace(chapter, $place) {
  const where = recall("where");
  if (location.hash || where?.slug !== chapter.slug || where.step === chapter.steps[0]?.id) return;
  $place.append("You were at ", $("<a>").attr("href", `#${where.step}`).text(where.name), ".").prop("hidden", false);
}
