// Has an exercise checked in a frame. The frame is on this machine's other name, so that browsers give it a process of its
// own: a loop without end stops there, and not in the page around it.
import $ from "../../vendor/jquery/jquery.js";
import { message } from "./expect.js";

const OTHER = { "127.0.0.1": "localhost", localhost: "127.0.0.1" };
const BEGINS_WITHIN = 3000; // ms
const ENDS_WITHIN = 8000; // ms

const ENDLESS = {
  called: "your code, in the browser",
  got: `no end after ${ENDS_WITHIN / 1000} s`,
  expected: "an answer, long before that",
  because: "a loop that nothing ends stops everything after it",
};
const UNREACHED = {
  called: "the bench, a frame in this page",
  got: "it does not load",
  expected: "that it begins to check",
  because: "the server has gone, or the browser does not allow frames here",
};

/**
 * @param {string} name the exercise's
 * @returns {Promise<{passed: boolean, message: string, said: string[], printed: string}>}
 */
export async function checkInFrame(name) {
  const other = OTHER[location.hostname];
  const bases = other ? [`${location.protocol}//${other}:${location.port}`, location.origin] : [location.origin];
  for (const base of bases) {
    const verdict = await tryFrame(`${base}/exercises/bench/${name}`, base);
    if (verdict) return verdict;
  }
  return failed(UNREACHED);
}

/** Resolves to null where the frame does not even begin. */
function tryFrame(src, origin) {
  return new Promise((resolve) => {
    const $frame = $("<iframe>").attr({ src, title: "The bench", "aria-hidden": "true", tabindex: "-1" }).addClass("bench-frame");
    let timer = setTimeout(() => end(null), BEGINS_WITHIN);

    function end(verdict) {
      clearTimeout(timer);
      $(window).off("message", hear);
      $frame.remove();
      resolve(verdict);
    }

    function hear({ originalEvent: { source, origin: from, data } }) {
      if (source !== $frame[0].contentWindow || from !== origin) return;
      if (data.verdict) return end(data.verdict);
      clearTimeout(timer);
      timer = setTimeout(() => end(failed(ENDLESS)), ENDS_WITHIN);
    }

    $(window).on("message", hear);
    $frame.appendTo("body");
  });
}

function failed(facts) {
  return { passed: false, message: message(facts), said: [], printed: "" };
}
