// The wire inspector: what really crossed, the last 50 requests or frames of each technique, and one of them byte for byte.
// While it is open the server keeps them, for this viewer only; what crossed before is gone.
//
//   const inspector = createInspector({ $root, classroom, columns });   // parts/inspector.html, css/instruments.css
//   inspector.open("long-poll");            // at a technique
//   inspector.open("long-poll", 42);        // at what brought that event there
//   inspector.look("long-poll", { at });    // if it is open: at what crossed at that time, in the server's ms; or { event }
//   inspector.close();
import $ from "../vendor/jquery/jquery.js";
import { createDetail } from "./inspector/detail.js";
import { brought, nearest } from "./inspector/entry.js";
import { createList } from "./inspector/list.js";
import { createRecord } from "./inspector/record.js";
import { make } from "./inspector/make.js";
import { reasonOf } from "./problem.js";
import { NAMES } from "./timeline/words.js";

const WAITING = "Waiting for something to cross.";
const GONE = "What brought that event crossed before the inspector was open, or is no longer kept.";

/**
 * @param {object} page
 * @param {JQuery} page.$root
 * @param {{on: Function, send: Function}} page.classroom
 * @param {{technique: string, root: Element}[]} page.columns
 * @param {(isOpen: boolean) => void} [page.changed]
 */
export function createInspector({ $root, classroom, columns, changed = () => {} }) {
  const techniques = columns.map(({ technique }) => technique);
  const record = createRecord(techniques);
  const list = createList($root.find(".inspector-rows"), choose);
  const detail = createDetail($root.find(".inspector-detail")[0]);
  const $freeze = $root.find(".inspector-freeze");
  const $says = $root.find(".inspector-says");
  const $choice = createChoice($root.find(".inspector-techniques"), columns, `${$root.attr("id")}-technique`);
  let technique = techniques[0];
  let chosen = null;
  let still = null; // the lists as they were when they were frozen
  let isPassing = false; // only because the pointer is over them: nobody can hit what moves
  let since = 0; // how many came after that
  let wanted = null; // the event that is looked for
  let isOpen = false;
  let opener = null; // what had the focus before
  let isLost = !classroom.connected; // a connection on /class that has not said hello

  function lists() {
    return (still ?? record.lists())[technique];
  }

  function show() {
    chosen ??= lists()[0] ?? null;
    list.show(lists(), chosen);
    detail.show(chosen);
    $freeze.attr("aria-pressed", String(still !== null)).text(still ? `Go on${since ? ` (${since} more)` : ""}` : "Freeze");
  }

  function say(text) {
    if ($says.text() !== text) $says.text(text);
  }

  /** What crosses may be the other techniques' only. */
  function sayWhetherItWaits() {
    say(lists().length > 0 ? "" : WAITING);
  }

  function take({ entries, dropped }) {
    if (!isOpen) return;
    const fresh = record.take(entries);
    since += fresh.length;
    if (wanted !== null) lookFor(wanted);
    else if (dropped > 0) say(`${dropped} more crossed than can be shown.`);
    else if (fresh.length > 0) sayWhetherItWaits();
    show();
  }

  /** Go to what brought an event; it may still be on its way here. */
  function lookFor(id) {
    const found = record.lists()[technique].find((entry) => brought(entry, id));
    wanted = found ? null : id;
    say(found ? "" : GONE);
    if (found) choose(found);
  }

  /** What is looked at stands still. */
  function choose(entry) {
    chosen = entry;
    wanted = null;
    freeze(true);
  }

  function freeze(isStill) {
    isPassing = false;
    if (isStill && still) return show();
    still = isStill ? record.lists() : null;
    since = 0;
    return show();
  }

  function pass(isOver) {
    if (isOver ? still : !isPassing) return;
    freeze(isOver);
    isPassing = isOver;
  }

  /** Begin with another technique, live. */
  function turn(next) {
    technique = next;
    chosen = null;
    wanted = null;
    $choice.filter(`[value="${technique}"]`).prop("checked", true);
    $root.attr("data-technique", technique);
    freeze(false);
    sayWhetherItWaits();
  }

  /** The numbers of entries begin anew with every opening. */
  async function tell(on) {
    record.clear();
    try {
      await classroom.send("inspect", { on });
      if (on && wanted === null) say(WAITING);
    } catch (error) {
      if (!error.problem) throw error;
      if (on) say(reasonOf(error.problem));
    }
  }

  function open(at = technique, event = null) {
    if (!isOpen) {
      isOpen = true;
      opener = document.activeElement;
      $root.prop("hidden", false);
      changed(true);
      tell(true);
    }
    look(at, { event });
    list.focus();
  }

  function look(at, { event = null, at: moment = null }) {
    if (!isOpen) return;
    turn(at);
    const found = moment === null ? null : nearest(lists(), moment);
    if (found) choose(found);
    if (event !== null) lookFor(event);
  }

  function close() {
    if (!isOpen) return;
    isOpen = false;
    $root.prop("hidden", true);
    tell(false);
    chosen = still = null;
    isPassing = false;
    detail.show(null);
    changed(false);
    opener?.focus();
  }

  $root.find(".inspector-rows").on({ mousemove: ({ originalEvent }) => isMoved(originalEvent) && pass(true), mouseleave: () => pass(false) });
  $choice.on("change", ({ target }) => turn(target.value));
  $freeze.on("click", () => freeze(still === null));
  $root.find(".inspector-close").on("click", close);
  $root.on("keydown", ({ key }) => {
    if (key === "Escape") close();
  });
  classroom.on("wire", take);
  classroom.on("disconnect", () => (isLost = true));
  classroom.on("state", resume);

  /** A new connection has no inspector open. */
  function resume() {
    if (isLost && isOpen) tell(true);
    isLost = false;
  }

  return { open, look, close, isOpen: () => isOpen };
}

/** Browsers say that the pointer moved, too, where only the page did under it. */
function isMoved({ movementX, movementY }) {
  return Math.abs(movementX) + Math.abs(movementY);
}

/** The techniques as radio buttons, each with its mark. */
function createChoice($choice, columns, name) {
  for (const { technique, root } of columns) {
    const radio = Object.assign(document.createElement("input"), { type: "radio", name, value: technique });
    const label = make("label", "", radio, $(root).find(".mark")[0].cloneNode(true), NAMES[technique]);
    $choice.append(label);
  }
  return $choice.find("input");
}
