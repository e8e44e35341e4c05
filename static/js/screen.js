// Boots the screen: what the projector shows, one thing at a time, and nothing to press. In the instructor's browser it takes a
// clicker's keys, and measures a prediction once it is revealed. With `?preview` it only shows, and runs nothing.
import $ from "../vendor/jquery/jquery.js";
import { createDemo } from "./book/demo.js";
import { recall } from "./book/memory.js";
import { createPage } from "./book/page.js";
import { createQuote } from "./book/quote.js";
import { watchDemos } from "./book/watch.js";
import { showBoard } from "./class/board.js";
import { listenToClicker } from "./clicker.js";
import { neighbour } from "./console/timing.js";
import { createJoin } from "./screen/join.js";
import { createQuestionScene } from "./screen/question.js";
import { createChatScene } from "./screen/talk.js";

const TICK = 250; // ms
const PATIENCE = 3000; // ms

const start = JSON.parse(document.body.dataset.start);
const asks = JSON.parse(document.body.dataset.asks);
const { chapter } = document.body.dataset;
const isPreview = new URLSearchParams(location.search).has("preview");
const page = createPage(start, { know, says() {}, look: () => watch?.look() }, true);
const { classroom } = page.meters;
const demos = $(".demo").get().map((root) => createDemo(root, page));
const watch = isPreview ? null : watchDemos(demos);
const question = createQuestionScene($('[data-scene="question"]'), { asks, demos, classroom, isPreview, shown: () => show(classroom.state) });
const chat = createChatScene($(".screen-said"), { classroom, changed: () => show(classroom.state) });
let knownUntil = performance.now();
let heardAt = performance.now();
let told = null; // the plans, once they are needed

function know(now) {
  for (const demo of demos) demo.know(now);
}

/** The whole of what is to be seen follows from the state. */
function show(state) {
  if (!state) return;
  const { place, prediction, race } = state;
  if (place && place.chapter !== chapter) {
    const preview = isPreview ? "&preview" : "";
    return location.replace(`/screen?chapter=${place.chapter}${preview}`);
  }
  $(".screen-dark").prop("hidden", !state.blank || isPreview);
  $("body").toggleClass("is-dark", state.blank);
  for (const step of $(".step").get()) step.hidden = step.id !== place?.step;
  const isAsked = question.know(state);
  showBoard($(".board"), race);
  put(sceneOf({ race, prediction, place, isAsked }), question.runs());
}

function sceneOf({ race, place, isAsked }) {
  if (chat.isOn()) return "chat";
  if (race.phase !== "off") return "race";
  if (isAsked) return "question";
  return place ? "step" : "way-in";
}

/** One scene; but a question that is being measured has its demo beside it. */
function put(scene, withDemo) {
  const isBoth = scene === "question" && withDemo;
  $("body").attr("data-shows", scene).toggleClass("measures", isBoth);
  for (const one of $(".scene-of-all").get()) one.hidden = one.dataset.scene !== scene && !(isBoth && one.dataset.scene === "step");
}

function tick() {
  if (classroom.connected) heardAt = performance.now();
  const isLost = performance.now() - heardAt > PATIENCE;
  const isTaught = classroom.state?.instructor ?? true;
  const text = isLost ? "This screen's connection is gone. It comes back by itself." : isTaught ? "" : "The instructor's connection is gone.";
  if ($(".screen-line").text() !== text) $(".screen-line").text(text);
  if (document.hidden) return;
  if (page.isHeard()) knownUntil = performance.now();
  for (const demo of demos) demo.tick(knownUntil);
}

/** Only whoever steers is heard; what the server refuses changes nothing. */
async function steer(name, message) {
  if (!classroom.state?.steers) return;
  try {
    await classroom.send(name, message);
  } catch (error) {
    if (!error.problem) throw error;
  }
}

/** Go on by the plan that the console of this browser goes by. */
async function turn(way) {
  if (!classroom.state?.steers) return;
  told ??= await $.getJSON("/instructor/way");
  const { plan = told.usual, skipped = [] } = recall("console") ?? {};
  const to = neighbour(told.plans[plan].route, told.cues, classroom.state.place, way, new Set(skipped));
  if (to) steer("step", { chapter: to.chapter, step: to.step });
}

$(".quote").each((_, figure) => createQuote(figure));
createJoin($(".join"));
classroom.on("state", show);
if (!isPreview) {
  listenToClicker({
    next: () => turn(1),
    back: () => turn(-1),
    blank: () => steer("blank", { on: !classroom.state.blank }),
    c: chat.toggle,
  });
}
setInterval(tick, TICK);
