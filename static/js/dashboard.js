// Boots /dashboard: three columns that start from the one cursor the page carried, the sale's line above them, and
// what ties them together: the scenes, the address, the files. All that is shared is made here and handed on.
import $ from "../vendor/jquery/jquery.js";
import { readSetup, writeSetup } from "./address.js";
import { sleep } from "./backoff.js";
import { createBytes } from "./bytes.js";
import { joinClass } from "./classroom.js";
import { createClock } from "./clock.js";
import { createColumn } from "./column.js";
import { saveFigures } from "./export.js";
import { createFaults } from "./faults.js";
import { createFrames } from "./frames.js";
import { createMine } from "./mine.js";
import { createSale, INTERRUPTED } from "./sale.js";
import { createSays } from "./says.js";
import { createScenes } from "./scene-buttons.js";
import { SCENES, sceneOf } from "./scenes.js";
import { readStudent } from "./student.js";
import { createTabs } from "./tabs.js";
import { createTimeline } from "./timeline.js";
import { TRANSPORTS } from "./transports/index.js";
import { createViewer } from "./viewer.js";
import { createYours } from "./yours.js";

const TICK = 250; // ms between two looks at what changes by itself
const PATIENCE = 2000; // ms that a scene in the address waits for the server
const LONG_HIDDEN = 10_000; // ms
const UNHEARD = "The server is not answering; the sale's figures are the last known. It is called again by itself.";
const HIDDEN = "This page was out of sight, where browsers slow its timers down. What happened meanwhile is shown, and not timed.";

const start = JSON.parse(document.body.dataset.start);
const techniques = $(".column").get().map((root) => root.dataset.technique);
const setup = readSetup(location.search, techniques);
const settings = { interval: setup.interval, hold: setup.hold };
const viewer = createViewer();

const classroom = joinClass({ viewer, student: start.steers && start.mode !== "run" ? undefined : readStudent() });
const clock = createClock(classroom);
const request = createFrames();
const says = createSays($(".says"));
const timeline = createTimeline($("#who-waits")[0], { techniques, clock, pinnedTo });
const page = { start, clock, settings, viewer, request, timeline, tabs: createTabs(), transports: { ...TRANSPORTS } };
const $yours = $('.column[data-technique="yours"]');
const yours = $yours.length ? createYours({ $column: $yours, $says: $(".yours-says"), classroom, settings, viewer }) : null;
if (yours) page.transports.yours = yours.transport;
const columns = $(".column").get().map((root) => createColumn(root, page));
yours?.attach(columns.find(({ technique }) => technique === "yours"));
const bytes = createBytes({ columns, classroom, measured: start.measured });
createFaults({ $toggle: $(".faults-toggle"), $panel: $(".faults"), classroom, viewer, columns });
const sale = createSale($(".sale"), steer);
const mine = createMine($(".columns"), settings, change);
const scenes = createScenes($(".scenes"), play);

let now = start.now;
let knownUntil = performance.now(); // up to when the server was heard
let isHeard = true;
let isInterrupted = false;
let hiddenAt = 0;
let inspector = null; // loaded when it is first asked for

/**
 * Tell the server something; what it refuses is said on the page.
 * @returns {Promise<boolean>} whether it was done
 */
async function send(name, message) {
  try {
    await classroom.send(name, message);
    says.fine();
    return true;
  } catch (error) {
    if (!error.problem) throw error;
    says.trouble(error.problem);
    return false;
  }
}

function steer(message) {
  return send("sale", message);
}

/** The server says what is true now. */
function know(next) {
  now = next;
  if (isInterrupted !== Boolean(now.interrupted)) showHeard(isHeard, Boolean(now.interrupted));
  sale.show(now);
  for (const column of columns) column.compare(now);
  yours?.know(now);
  showSetup();
}

/** Light the scene that is on, and keep the address right. */
function showSetup() {
  scenes.show(sceneOf({ rate: now.rate, interval: settings.interval }));
  const running = columns.filter((column) => column.isWanted()).map(({ technique }) => technique);
  writeSetup({ rate: now.rate, ...settings, columns: running }, techniques);
}

/** In a class some settings may be the same for all. */
function obey(state) {
  if (state && !start.steers) mine.obey(state.settings);
}

/** A setting was changed by hand: the column that it belongs to begins anew with it. */
function change(name) {
  const technique = name === "interval" ? "short-poll" : "long-poll";
  columns.find((column) => column.technique === technique).restart();
  showSetup();
}

/** Set the stage: the interval, which is one's own, and the sale. */
async function set({ rate, interval, look }) {
  says.look(look);
  settings.interval = interval;
  mine.show("interval");
  obey(classroom.state);
  await steer({ rate });
  if (now.paused) await steer({ paused: false });
}

/** Play a scene, with all columns anew, so that their figures belong to nothing else. */
async function play(name) {
  await set(SCENES[name]);
  await reset();
  for (const column of columns) column.restart();
  showSetup();
}

/** Begin all figures anew in one moment, here and where the bytes are counted; not at all if that cannot be told. */
async function reset() {
  if (!(await send("zero", {}))) return;
  for (const column of columns) column.reset();
  bytes.reset();
}

function toggle(column) {
  if (column.isRunning()) column.stop();
  else column.start();
  showSetup();
}

/** Save what the columns show, and under which settings. */
function saveAs(kind) {
  const { uncertainty } = clock;
  saveFigures(kind, columns, { saved: new Date().toISOString(), settings, sale: now, clock: { uncertainty } });
}

function showInspector(isOpen) {
  $(".inspector-toggle").attr("aria-expanded", String(isOpen));
}

/** Something was chosen in the picture of who waits: an open inspector shows what crossed for it. */
function pinnedTo({ technique, kind, event, count, last, ended, asked }) {
  if (kind === "sighting") inspector?.look(technique, { event: event.id });
  else if (count) inspector?.look(technique, { event: last });
  else if (ended ?? asked) inspector?.look(technique, { at: clock.at(ended ?? asked) });
}

/** Something in a column was clicked: an event, or the word itself. */
function inspect(event) {
  const technique = $(event.target).closest(".column").attr("data-technique");
  const id = $(event.target).closest("li").attr("data-id");
  openInspector(technique, id && Number(id));
}

async function openInspector(...at) {
  const module = await import("./inspector.js").catch(() => null);
  if (!module) return says.trouble({ status: 0 });
  inspector ??= module.createInspector({ $root: $("#inspector"), classroom, columns, changed: showInspector });
  return inspector.open(...at);
}

function showHeard(connected, interrupted) {
  isHeard = connected;
  isInterrupted = interrupted;
  sale.heard(isHeard && !isInterrupted);
  $(".unheard").text(isHeard ? (isInterrupted ? INTERRUPTED : "") : UNHEARD);
}

function tick() {
  if (document.hidden) return;
  if (isHeard !== classroom.connected) showHeard(classroom.connected, isInterrupted);
  if (isHeard) knownUntil = performance.now();
  for (const column of columns) column.tick(knownUntil);
}

/** After a while out of sight: say what that did. */
function showHidden() {
  if (document.hidden) hiddenAt = performance.now();
  else if (performance.now() - hiddenAt > LONG_HIDDEN) says.look(HIDDEN);
}

$(document).on("visibilitychange", showHidden);
$(".reset").on("click", reset);
$(".inspector-toggle").on("click", () => (inspector?.isOpen() ? inspector.close() : openInspector()));
$(".inspector-toggle").prop("disabled", !start.measured);
if (start.measured) $(".columns").on("click", ".inspect, .events li", inspect).find(".inspect").prop("hidden", false);
$(".bytes-span").on("change", "input", (event) => bytes.show(event.target.value));
$(".save").on("click", (event) => saveAs(event.target.dataset.as));
$(".columns").on("click", ".toggle", (event) => toggle(columns[$(".toggle").index(event.target)]));
classroom.on("now", know);
classroom.on("state", obey);
const heard = new Promise((resolve) => classroom.on("now", resolve));

/** Begin as the address says. A scene that is sent to a page that steers is set before the columns begin. */
async function begin() {
  const scene = sceneOf({ rate: now.rate, interval: settings.interval });
  says.look(SCENES[scene]?.look ?? "");
  if (start.steers && setup.scene && setup.scene !== scene) {
    await Promise.race([heard, sleep(PATIENCE)]);
    await set(SCENES[setup.scene]);
  }
  for (const column of columns) if (setup.columns.includes(column.technique)) column.start();
  know(now);
  setInterval(tick, TICK);
}

clock.start();
begin();
