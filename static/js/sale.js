// The sale's line above the columns: what the server knows to be true now, and the controls of whoever steers. Where
// the page does not steer, the controls are not on it, and the same things are read-outs.
import { count, rate } from "./format.js";

/** What is said while the servers of a cluster do not reach what they share. */
export const INTERRUPTED = "The feed is interrupted: the server does not reach its store. What you see is the last known; it goes on by itself.";

const SURE = 5000; // ms for which the second press counts

/**
 * @typedef {{last: number, left: number, sold: number, night: number, seats: number, rate: number, paused: boolean,
 *   interrupted: (boolean|undefined)}} Now
 * @param {JQuery} $sale the line
 * @param {(message: object) => Promise<void>} steer sends one thing to the sale, and never rejects
 */
export function createSale($sale, steer) {
  const place = (name) => $sale.find(`[data-sale="${name}"]`);
  const $pause = $sale.find(".pause");
  const $rate = $sale.find(".rate");
  let paused = false;
  let choices = 0; // that the server has not answered yet

  $pause.on("click", () => steer({ paused: !paused }));
  $rate.on("change", "input", (event) => choose(Number(event.target.value)));
  $sale.find(".burst").on("click", () => steer({ burst: 10 }));
  $sale.find(".return").on("click", () => steer({ return: true }));
  guard($sale.find(".sell-out"), () => steer({ "sell-out": true }));

  /** Until the server has answered, what it says of the rate is older than what was chosen. */
  async function choose(perSecond) {
    choices += 1;
    await steer({ rate: perSecond });
    choices -= 1;
  }

  function showRate(perSecond) {
    const $match = $rate.find("input").filter((_, input) => Number(input.value) === perSecond);
    $rate.find("input").prop("checked", false);
    $match.prop("checked", true);
    $rate.find(".other").text($match.length ? "" : rate(perSecond));
    place("rate").text(rate(perSecond));
  }

  return {
    /** @param {Now} now */
    show(now) {
      for (const name of ["sold", "seats", "left", "night"]) place(name).text(count(now[name]).number);
      place("hall").attr({ max: now.seats, value: now.sold });
      place("paused").text(now.paused ? "paused" : "on sale");
      paused = now.paused;
      $pause.text(paused ? "Go on" : "Pause");
      $sale.attr({ "data-paused": paused, "data-last": now.last });
      if (choices === 0) showRate(now.rate);
    },
    /** Mark the figures as old while the server is not heard. */
    heard: (isHeard) => void $sale.toggleClass("lost", !isHeard),
  };
}

/** What cannot be undone wants a second press. */
export function guard($button, act) {
  const text = $button.text();
  let timer = null;

  function rest() {
    clearTimeout(timer);
    timer = null;
    $button.text(text).removeClass("guarded");
  }

  $button.on("click", () => {
    if (timer !== null) {
      rest();
      return act();
    }
    timer = setTimeout(rest, SURE);
    $button.text("Press again").addClass("guarded");
  });
}
