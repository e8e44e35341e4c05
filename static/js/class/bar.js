// A student's line to the class, at the foot of the page: where it goes, whose connection is gone, and what one can say without
// speaking: that one is lost, and that one asks for the word.
import $ from "../../vendor/jquery/jquery.js";
import { reasonOf } from "../problem.js";
import { goAlone, inWords, isFollowing, isStudent } from "./place.js";
import { createRunner } from "./runner.js";

const TICK = 500; // ms between two looks at what changes by itself
const PATIENCE = 3000; // ms for which a connection may be away before it is said: a page that is loaded anew is

/**
 * @param {JQuery} $bar parts/class.html
 * @param {object} page
 * @param {ReturnType<typeof import("../classroom.js").joinClass>} page.classroom
 * @param {string} page.viewer
 * @param {(place: {chapter: string, step: string}) => void} page.goTo
 * @returns {{left: () => void}} call it when the reader goes somewhere by hand
 */
export function createBar($bar, { classroom, viewer, goTo }) {
  const $says = $bar.find(".class-says");
  const $alone = $bar.find(".class-alone");
  const $along = $bar.find(".class-along");
  const $lost = $bar.find(".class-lost");
  const $hand = $bar.find(".class-hand");
  const $name = $bar.find(".class-name");
  const $blank = $(".class-blank");
  const since = { heard: performance.now(), taught: performance.now() }; // when each was well the last time
  let led = null; // where the page was led to
  let met = false;
  createRunner($bar.find(".class-race"), { classroom, viewer });

  function show() {
    const { state } = classroom;
    if (!state) return;
    const isIn = isStudent(state);
    $bar.prop("hidden", !isIn);
    $("body").toggleClass("in-class", isIn);
    if (!isIn) return showBlank(false);
    const follows = isFollowing(state);
    const elsewhere = state.place !== null && !follows;
    write($says, inWords(state, lines(state)));
    $alone.prop("hidden", !follows || !state.place);
    $along.prop("hidden", !elsewhere).text(state.lead ? "Return to the class" : "Go where the class is");
    $lost.attr("aria-pressed", String(state.own.lost));
    $hand.attr("aria-pressed", String(state.own.hand !== null)).text(state.own.hand === null ? "Raise a hand" : "Lower your hand");
    showBlank(state.blank && follows);
  }

  /** Who is heard, and was a moment ago. */
  function lines(state) {
    const now = performance.now();
    if (classroom.connected) since.heard = now;
    if (state.instructor || !classroom.connected) since.taught = now;
    met ||= state.instructor;
    return { heard: now - since.heard < PATIENCE, taught: state.instructor || (met && now - since.taught < PATIENCE), met };
  }

  function showBlank(isDark) {
    if ($blank.prop("hidden") === !isDark) return;
    $blank.prop("hidden", !isDark);
    $("main > :not(.class-blank, .class-bar), .masthead").attr("inert", isDark);
  }

  /** What else lies at the foot of a page lies above the line. */
  function giveWay() {
    document.documentElement.style.setProperty("--class-bar", `${$bar.outerHeight()}px`);
  }

  function know(state) {
    show();
    if (!isStudent(state)) return;
    const follows = isFollowing(state);
    classroom.at({ following: follows });
    const place = JSON.stringify(state.place);
    if (follows && state.place && place !== led) goTo(state.place);
    led = follows ? place : null;
  }

  function goAlong() {
    const { state } = classroom;
    if (state.lead) goAlone(state, false);
    else goTo(state.place);
    know(state);
  }

  function left() {
    const { state } = classroom;
    if (!state || !isStudent(state) || !state.place || !isFollowing(state)) return;
    goAlone(state, true);
    know(state);
  }

  async function tell(name, message, own) {
    try {
      await classroom.send(name, message);
      classroom.own(own);
      return true;
    } catch (error) {
      if (!error.problem) throw error;
      write($says, reasonOf(error.problem));
      return false;
    }
  }

  const name = () => $name.find("input").val().trim();

  function askForName(isAsking) {
    $name.prop("hidden", !isAsking);
    $hand.attr("aria-expanded", String(isAsking));
    (isAsking ? $name.find("input") : $hand).trigger("focus");
  }

  async function raise(event) {
    event.preventDefault();
    if (await tell("hand", { on: true, name: name() }, { hand: name() })) askForName(false);
  }

  $alone.on("click", left);
  $along.on("click", goAlong);
  $blank.find("button").on("click", left);
  $lost.on("click", () => tell("lost", { on: !classroom.state.own.lost }, { lost: !classroom.state.own.lost }));
  $hand.on("click", () => (classroom.state.own.hand === null ? askForName($name.prop("hidden")) : tell("hand", { on: false }, { hand: null })));
  $name.on("submit", raise);
  $name.find(".class-name-not").on("click", () => askForName(false));
  // Whoever opens another page of the lesson goes there alone.
  $(document).on("click", "a[href]", ({ currentTarget: { origin, pathname, target } }) => {
    if (origin === location.origin && pathname !== location.pathname && !target) left();
  });
  classroom.on("state", know);
  if (classroom.state) know(classroom.state);
  setInterval(show, TICK);
  new ResizeObserver(giveWay).observe($bar[0]);

  return { left };
}

function write($place, text) {
  if ($place.text() !== text) $place.text(text);
}
