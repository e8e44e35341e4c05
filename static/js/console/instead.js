// What the screen shows when that is not the class's step, said in one line by the preview, with a button that ends it.
import { nameOf } from "./timing.js";

/**
 * @param {JQuery} $instead
 * @param {{chapter: string, step: string, title: string, asks: object[]}[]} cues
 * @param {{send: (name: string, message: object) => Promise<boolean>}} how
 */
export function createInstead($instead, cues, { send }) {
  const $says = $instead.find(".instead-says");
  const $end = $instead.find("button");
  let order = null; // what the button tells the server

  /** As the screen chooses among them; see js/screen.js. */
  function found({ blank, race, prediction, place }) {
    if (blank) return { says: "The screens are blank.", end: "Light them", order: ["blank", { on: false }] };
    if (race.phase !== "off") return { says: "The screen shows the race until it is ended.", end: "End it", order: ["race", { off: true }] };
    const cue = prediction && cues.find(({ asks }) => asks.some((ask) => isSame(ask, prediction)));
    if (!cue || (place && nameOf(cue) === nameOf(place))) return null;
    const off = { chapter: prediction.chapter, prediction: prediction.prediction, phase: "off" };
    return { says: `The screen shows the prediction of “${cue.title}”, not this step.`, end: "Put it away", order: ["prediction", off] };
  }

  $end.on("click", () => send(...order));

  return {
    know(state) {
      const one = found(state);
      $instead.prop("hidden", !one);
      order = one?.order ?? null;
      if (one?.says !== $says.text()) $says.text(one?.says ?? "");
      $end.text(one?.end ?? "");
    },
  };
}

function isSame(one, other) {
  return one.chapter === other.chapter && one.prediction === other.prediction;
}
