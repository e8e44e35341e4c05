// A demo in a chapter: some of the dashboard's columns, fed by the same transports. It is built when it is first looked at,
// runs while it is looked at, and starts with the values that the chapter gives it.
import $ from "../../vendor/jquery/jquery.js";
import { USUAL } from "../address.js";
import { createBytes } from "../bytes.js";
import { isStudent } from "../class/place.js";
import { createColumn } from "../column.js";
import { createFaults } from "../faults.js";
import { createInspector } from "../inspector.js";
import { createMine } from "../mine.js";
import { createSale } from "../sale.js";
import { createScenes } from "../scene-buttons.js";
import { SCENES, sceneOf } from "../scenes.js";
import { createTimeline } from "../timeline.js";
import { createChat } from "./chat.js";

const NO_TIMELINE = { notice() {}, painted() {} };
const NO_BYTES = { reset() {} };
const NO_INSPECTOR = { close() {} };

/**
 * @param {HTMLElement} root
 * @param {ReturnType<typeof import("./page.js").createPage>} page what all demos of the page share
 */
export function createDemo(root, page) {
  const $root = $(root);
  const $cover = $root.find(".demo-cover");
  const $columns = $root.find(".columns");
  const start = JSON.parse(root.dataset.demo);
  const settings = settingsOf(start);
  const mine = createMine($columns, settings, change);
  const scenes = createScenes($root.find(".scenes"), (name) => play({ scene: name }));
  const $sale = $root.find(".sale");
  const sale = $sale.length ? createSale($sale, page.steer) : null;
  const stopped = new Set(); // techniques that the reader has stopped
  let columns = null; // built when first looked at
  let timeline = NO_TIMELINE;
  let bytes = NO_BYTES;
  let inspector = NO_INSPECTOR;
  let running = false;
  let waits = false; // for a guess

  function build() {
    const place = $root.find(".who-waits")[0];
    const roots = $root.find(".column").get();
    const techniques = roots.map(({ dataset }) => dataset.technique);
    if (place) timeline = createTimeline(place, { techniques, clock: page.clock });
    const parts = { ...page.parts(), settings, timeline, nameOf, classroom: page.meters.classroom };
    const create = start.channel === "chat" ? createChat : createColumn;
    columns = roots.map((column) => create(column, parts));
    if (start.channel !== "chat") bytes = createBytes({ columns, ...page.meters, isOn: () => running });
    buildInstruments();
    know(page.now());
  }

  /** What a demo may have beside its columns: the wire inspector, and faults. */
  function buildInstruments() {
    const { classroom, measured } = page.meters;
    const $inspector = $root.find(".inspector");
    const $toggle = $root.find(".inspector-toggle").prop("disabled", !measured);
    const changed = (isOpen) => $toggle.attr("aria-expanded", String(isOpen));
    if ($inspector.length) inspector = createInspector({ $root: $inspector, classroom, columns, changed });
    $toggle.on("click", () => (inspector.isOpen() ? inspector.close() : inspector.open()));
    const $faults = $root.find(".faults-toggle");
    if ($faults.length) createFaults({ $toggle: $faults, $panel: $root.find(".faults"), classroom, viewer: page.viewer, columns });
  }

  /** Who speaks in the chat. */
  function nameOf() {
    return $root.find(".speaker-name").val();
  }

  /** The sale's rate belongs to all who watch: a page that is read sets it only where it is the only one. */
  function setSale({ scene, rate = SCENES[scene]?.rate }) {
    const now = page.now();
    if (rate === undefined || !page.isAlone) return;
    if (now.rate !== rate) page.steer({ rate });
    if (now.paused) page.steer({ paused: false });
  }

  async function run() {
    if (running || waits) return;
    running = true;
    if (!columns) build();
    setSale(start);
    await reset();
    if (!running) return;
    for (const column of columns) if (!stopped.has(column.technique)) column.start();
  }

  function rest() {
    if (!running) return;
    running = false;
    inspector.close();
    for (const column of columns) column.stop();
  }

  /** Begin all figures anew in one moment, here and where the bytes are counted; not at all if that cannot be told. */
  async function reset() {
    if (!(await page.zero())) return;
    for (const column of columns) column.reset();
    bytes.reset();
  }

  /** A setting was changed by hand: its column begins anew with it. */
  function change(name) {
    const technique = name === "interval" ? "short-poll" : "long-poll";
    columns?.find((column) => column.technique === technique)?.restart();
    showScene();
  }

  /** Take over values, and begin all figures anew with them, in all columns. */
  async function play(values) {
    Object.assign(settings, settingsOf({ ...here(), ...values }));
    for (const name of ["interval", "hold"]) mine.show(name);
    obey(page.meters.classroom.state);
    stopped.clear();
    uncover();
    running = true;
    if (!columns) build();
    setSale({ ...start, ...values });
    await reset();
    if (!running) return;
    for (const column of columns) begin(column);
    showScene();
  }

  function begin(column) {
    if (column.isWanted()) column.restart();
    else column.start();
  }

  /** What is set for all of a class holds here, whatever the chapter or the reader says. */
  function obey(state) {
    if (state && isStudent(state)) mine.obey(state.settings);
  }

  /** The settings as they are, in the units of a chapter. */
  function here() {
    return { interval: settings.interval / 1000, hold: settings.hold };
  }

  function showScene() {
    scenes.show(sceneOf({ rate: page.now().rate, interval: settings.interval }));
  }

  function know(now) {
    sale?.show(now);
    showScene();
    for (const column of columns ?? []) column.compare(now);
  }

  function toggle(event) {
    const column = columns?.[$root.find(".toggle").index(event.target)];
    if (!column) return;
    if (column.isRunning()) {
      stopped.add(column.technique);
      column.stop();
    } else {
      stopped.delete(column.technique);
      column.start();
    }
  }

  page.meters.classroom.on("state", obey);
  $columns.on("click", ".toggle", toggle);
  $root.find(".demo-sale").on("submit", (event) => event.preventDefault());
  $cover.on("click", ".demo-go", release);

  /** Wait until somebody has guessed, or asks to be shown. */
  function wait() {
    waits = true;
    $cover.prop("hidden", false);
    $columns.attr("inert", true);
  }

  function uncover() {
    waits = false;
    $cover.prop("hidden", true);
    $columns.attr("inert", false);
  }

  function release() {
    uncover();
    page.look();
  }

  return {
    root,
    run,
    rest,
    play,
    know,
    wait,
    release,
    isWaiting: () => waits,
    rate: () => page.now().rate,
    isRunning: () => running,
    /** Show what changes by itself. */
    tick: (knownUntil) => running && columns.forEach((column) => column.tick(knownUntil)),
    /** @returns {{technique: string, figures: Object<string, number|null>}[]} what the columns show */
    figures: () => (columns ?? []).map(({ technique, figures }) => ({ technique, figures: figures() })),
  };
}

/** @returns {{interval: number, hold: number}} as the transports want them, in ms and s */
function settingsOf({ scene, interval, hold }) {
  return {
    interval: interval ? interval * 1000 : (SCENES[scene]?.interval ?? USUAL.interval),
    hold: hold ?? USUAL.hold,
  };
}
