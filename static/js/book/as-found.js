// Runs one module of js/as-found, and tells what it does: what it asks, what it is answered, how it fails. The frame that
// it is shut in is all it has, so that removing the frame ends whatever it does.
import $ from "../../vendor/jquery/jquery.js";
import { count } from "../format.js";

const KEPT = 30; // lines of the log; a flood would be thousands

const began = performance.now();
const tally = { asked: 0, answered: 0, failed: 0 };

/** Write one line on top of the log. */
function log(kind, text) {
  const after = `${((performance.now() - began) / 1000).toFixed(1)} s`;
  const $line = $("<li>").addClass(kind).append($("<span>").addClass("number quiet").text(after), " ", $("<span>").text(text));
  $(".log").prepend($line).children().slice(KEPT).remove();
}

function tell(kind, text) {
  tally[kind] += 1;
  $(`.${kind}`).first().text(count(tally[kind]).number);
  log(kind, text);
}

/** The dashboard that the module is given. */
function show(batch) {
  const newest = batch.events.at(-1);
  if (newest) $(".left").text(count(newest.data.left).number);
}

function answered(batch) {
  const news = batch?.events?.length ?? 0;
  tell("answered", news > 0 ? `${count(news).number} new` : "nothing new");
}

// Before the code's own callbacks, because these may throw.
$.ajaxPrefilter(({ type, url }, _original, xhr) => {
  tell("asked", `${type.toUpperCase()} ${url}`);
  xhr.done(answered).fail(() => tell("failed", xhr.status ? `HTTP ${xhr.status}` : "no answer"));
});
$(window).on("error", ({ originalEvent: { message, filename, lineno } }) => {
  log("thrown", `${message} (${filename.split("/").pop()}, line ${lineno})`);
});

const { run } = await import(document.body.dataset.module);
run(show);
