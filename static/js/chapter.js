// Boots a chapter: how it is read, its demos, and what is asked in it.
import $ from "../vendor/jquery/jquery.js";
import { createBar } from "./class/bar.js";
import { addressOf } from "./class/place.js";
import { createBench } from "./book/bench.js";
import { createDemo } from "./book/demo.js";
import { createKeys } from "./book/keys.js";
import { createPage } from "./book/page.js";
import { createPredict, holdDemos } from "./book/predict.js";
import { createQuestion } from "./book/question.js";
import { createQuote } from "./book/quote.js";
import { createReader, offerLastPlace } from "./book/reader.js";
import { watchDemos } from "./book/watch.js";
import { createWidget } from "./book/widgets.js";
import { createWords } from "./book/words.js";
import { createExercises } from "./exercises/live.js";

const TICK = 250; // ms between two looks at what changes by itself

const chapter = JSON.parse(document.body.dataset.chapter);
const page = createPage(JSON.parse(document.body.dataset.start), { know, says, look: () => watch.look() });
const { classroom } = page.meters;
const demos = $(".demo").get().map((root) => createDemo(root, page));
const predicts = $(".predict").get().map((form) => createPredict(form, chapter.slug, demoOf, classroom));
holdDemos(predicts);
const widgets = $(".widget").get().map((root) => createWidget(root, page));
const watch = watchDemos([...demos, ...widgets]);

let knownUntil = performance.now(); // up to when the server was heard

function demoOf(id) {
  return demos.find(({ root }) => root.id === id);
}

/** Go where the class is. */
function goTo(place) {
  if (place.chapter === chapter.slug) reader.go(place.step);
  else location.assign(addressOf(place));
}

/** The server says what is true now. */
function know(now) {
  for (const demo of demos) demo.know(now);
}

function says(text) {
  $(".demo-says").text(text);
}

function tick() {
  if (document.hidden) return;
  if (page.isHeard()) knownUntil = performance.now();
  for (const demo of demos) demo.tick(knownUntil);
}

offerLastPlace(chapter, $(".left-off"));
let bar = null;
const told = { at: (step) => classroom.at({ chapter: chapter.slug, step }), turned: () => bar?.left() };
const reader = createReader(chapter, $("article"), $(".reader"), told);
bar = createBar($(".class-bar"), { classroom, viewer: page.viewer, goTo });
createKeys(reader, $("#keys"), $(".reader-help"));
createWords($("a.word"));
$(".quote").each((_, figure) => createQuote(figure));
$(".bench").each((_, bench) => createBench(bench));
$(".question").each((_, form) => createQuestion(form, chapter.slug, classroom));
if ($(".exercise").length > 0 && page.isAlone) createExercises($(".exercise"), classroom);
$(window).on("beforeprint", () => $("details").prop("open", true));
setInterval(tick, TICK);
