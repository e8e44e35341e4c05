// The way through the lesson: where the class is, what comes next, the notes, and how the time stands. The clock is this
// browser's; it is kept here with the plan and with what is skipped, so that a page that is loaded anew goes on. Each class has a
// clock of its own, so that one that is brought back has the time that it had.
import $ from "../../vendor/jquery/jquery.js";
import { keep, recall } from "../book/memory.js";
import { nameOf, neighbour, offer, standing } from "./timing.js";

const TICK = 1000; // ms
const MINUTE = 60_000; // ms
const KEPT = "console";
const MOST = 20; // classes that can be brought back

/**
 * @param {{plans: object, usual: string, cues: object[]}} told
 * @param {{send: (name: string, message: object) => Promise<boolean>}} how
 */
export function createWay({ plans, usual, cues }, { send }) {
  const byName = new Map(cues.map((cue) => [nameOf(cue), cue]));
  const $plan = $(".plan");
  let mine = { plan: usual, name: null, began: null, skipped: [], before: [], ...recall(KEPT) };
  let place = null;
  let heading = null; // where the class is being sent

  const route = () => (plans[mine.plan] ?? plans[usual]).route;
  const skipped = () => new Set(mine.skipped);
  const minute = () => (mine.began === null ? null : (Date.now() - mine.began) / MINUTE);

  function put(changes) {
    mine = { ...mine, ...changes };
    keep(KEPT, mine);
    show();
  }

  /** Another class has its own clock, which has not started where it is new. */
  function change(name) {
    const { name: last, began, skipped, before } = mine;
    if (last === null) return put({ name });
    const others = before.filter((one) => one.name !== name);
    const again = before.find((one) => one.name === name) ?? { name, began: null, skipped: [] };
    return put({ ...again, before: [...others, { name: last, began, skipped }].slice(-MOST) });
  }

  function show() {
    const cue = place && byName.get(nameOf(place));
    const line = place && route().find((one) => nameOf(one) === nameOf(place));
    $("#sees-title").text(cue?.title ?? "Nothing yet");
    $(".sees-of").text(cue ? `${cue.of}, ${size(cue, line)}` : "the way in");
    const next = neighbour(route(), cues, place, 1, skipped());
    const nextCue = next && byName.get(nameOf(next));
    $("#comes-title").text(nextCue?.title ?? "The end");
    $(".comes-minutes").text(nextCue ? `${nextCue.of}, ${size(nextCue, next)}` : "");
    $('[data-do="next"]').prop("disabled", !next);
    $('[data-do="back"]').prop("disabled", !neighbour(route(), cues, place, -1, skipped()));
    const at = place ? nameOf(place) : "";
    for (const notes of $(".notes").get()) notes.hidden = notes.dataset.at !== at;
    $plan.val(mine.plan);
    showTime();
  }

  function showTime() {
    const at = minute();
    $(".clock").text(at === null ? "00:00" : written(at));
    $(".clock-start").text(at === null ? "Start the clock" : "Start anew");
    const stands = at === null ? null : standing(route(), place, at);
    write($(".stands"), stands ? inWords(stands) : "", stands?.word);
    showSkips(stands);
  }

  /** Behind: which steps bring the class back on time. Skipped ones can be put back. */
  function showSkips(stands) {
    const found = stands?.word === "behind" ? offer(route(), place, stands.behind, skipped()) : { steps: [] };
    const text = JSON.stringify([found.steps.map(nameOf), mine.skipped]);
    const $skips = $(".skips").prop("hidden", found.steps.length === 0 && mine.skipped.length === 0);
    if ($skips.attr("data-shown") === text) return;
    $skips.attr("data-shown", text).empty();
    const button = (name, label) => $("<button>").attr({ type: "button", "data-skip": name }).text(label);
    const title = (name) => byName.get(name)?.title ?? name;
    $skips.append(found.steps.map((line) => [button(nameOf(line), `Skip “${title(nameOf(line))}”, ${line.minutes} min`), " "]).flat());
    $skips.append(mine.skipped.map((name) => [button(name, `Do not skip “${title(name)}”`).addClass("plain"), " "]).flat());
  }

  function toggleSkip(name) {
    const rest = mine.skipped.filter((other) => other !== name);
    put({ skipped: rest.length < mine.skipped.length ? rest : [...rest, name] });
  }

  function go({ chapter, step }) {
    if (mine.began === null) put({ began: Date.now() });
    return send("step", { chapter, step });
  }

  /** A clicker that is pressed twice goes two steps, however long the first takes. */
  async function turn(way) {
    const to = neighbour(route(), cues, heading ?? place, way, skipped());
    if (!to) return;
    heading = to;
    await go(to);
    if (heading === to) heading = null;
  }

  $plan.on("change", () => put({ plan: $plan.val() }));
  $(".clock-start").on("click", () => put({ began: Date.now() }));
  $(".skips").on("click", "button", ({ currentTarget }) => toggleSkip(currentTarget.dataset.skip));
  $(".go-to").on("submit", (event) => {
    event.preventDefault();
    go(byName.get($(event.target).find("select").val()));
  });
  setInterval(showTime, TICK);
  show();

  return {
    turn,
    know(state) {
      if (state.class !== mine.name) change(state.class);
      if (JSON.stringify(state.place) === JSON.stringify(place) && state.place) return;
      place = state.place;
      show();
    },
  };
}

function size({ minutes, must }, line) {
  return [`${Number((line?.minutes ?? minutes).toFixed(1))} min`, must ? "" : "may be skipped"].filter(Boolean).join(", ");
}

function inWords({ behind, word }) {
  const minutes = Math.round(Math.abs(behind));
  return word === "on time" ? word : `${minutes} min ${word}`;
}

function written(minutes) {
  const seconds = Math.floor(minutes * 60);
  return [Math.floor(seconds / 60), seconds % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

function write($place, text, word) {
  if ($place.text() !== text) $place.text(text).toggleClass("trouble", word === "behind");
}
