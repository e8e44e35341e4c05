// Faults at will: one's own columns are made late, cut, or left without a server, at the wire and all alike. What is on is
// said on the toggle, whoever put it on; the panel has a button for each fault, what is on, and under it the proof: each
// column's state, how often it was cut, and what it missed.
//
//   createFaults({ $toggle, $panel, classroom, viewer, columns });   // parts/faults.html
import { createDials } from "./faults/dials.js";
import { createProof } from "./faults/proof.js";
import { inShort, isOn, lateness, NORMAL, sentences } from "./faults/words.js";
import { reasonOf } from "./problem.js";

const TICK = 250; // ms between two looks at what changes by itself

/**
 * @param {object} page
 * @param {JQuery} page.$toggle opens the panel, and says what is on
 * @param {JQuery} page.$panel
 * @param {{on: Function, send: Function, state: ?{faults: ?object}}} page.classroom
 * @param {string} page.viewer
 * @param {{technique: string, root: Element, figures: () => object, timeAnew: () => void}[]} page.columns
 */
export function createFaults({ $toggle, $panel, classroom, viewer, columns }) {
  const dials = createDials($panel, ask);
  const proof = createProof($panel.find(".faults-proof"), columns);
  const $said = $panel.find(".faults-said");
  const $list = $panel.find(".faults-list");
  const $short = $toggle.find(".faults-short");
  let told = NORMAL;
  let toldAt = 0;
  let isKnown = false;

  /** What the server said, and of an outage what is left of it by now. */
  function standing() {
    return { ...told, outage: Math.max(0, told.outage - (performance.now() - toldAt) / 1000) };
  }

  /** @param {import("./faults/words.js").Standing|null} faults null: there are none here */
  function know(faults) {
    $toggle.prop("disabled", faults === null);
    isKnown = faults !== null;
    if (!isKnown) return write($short, "not here");
    if (lateness(faults) !== lateness(told)) for (const column of columns) column.timeAnew();
    told = faults;
    toldAt = performance.now();
    dials.show(standing());
    return show();
  }

  /** Ask for a change; what is refused is said, and the dials go back to what stands. */
  async function ask(fault) {
    try {
      const { faults } = await classroom.send("fault", { viewer, ...fault });
      say(fault.cut ? "All open connections were cut." : "", false);
      know(faults);
    } catch (error) {
      if (!error.problem) throw error;
      say(reasonOf(error.problem), true);
      dials.show(standing());
    }
  }

  function say(text, isTrouble) {
    $said.text(text).toggleClass("trouble", isTrouble);
  }

  function show() {
    if (!isKnown) return;
    const now = standing();
    write($short, inShort(now));
    $toggle.toggleClass("faults-on", isOn(now));
    if ($panel.prop("hidden")) return;
    write($list, sentences(now).join(" ") || "Nothing is on.");
    $panel.find(".faults-back").prop("disabled", !isOn(now));
    dials.count(now);
    proof.show();
  }

  function open(isOpen) {
    $panel.prop("hidden", !isOpen);
    $toggle.attr("aria-expanded", String(isOpen));
    say("", false);
    show();
    (isOpen ? $panel.find("button").first() : $toggle).trigger("focus");
  }

  $toggle.on("click", () => open($panel.prop("hidden")));
  $panel.find(".faults-close").on("click", () => open(false));
  $panel.find(".faults-back").on("click", () => ask(NORMAL));
  $panel.on("keydown", ({ key }) => {
    if (key === "Escape") open(false);
  });
  classroom.on("state", ({ faults }) => know(faults));
  if (classroom.state) know(classroom.state.faults);
  classroom.on("meters", proof.take);
  setInterval(show, TICK);
}

/** Write what has changed, and only that. */
function write($place, text) {
  if ($place.text() !== text) $place.text(text);
}
