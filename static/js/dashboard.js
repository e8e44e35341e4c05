// Boots /dashboard: three columns that start from the one cursor the page carried, the sale's line above them, and
// what ties them together: the scenes, the address, the files. All that is shared is made here and handed on.
import $ from "../vendor/jquery/jquery.js";
import { readSetup, writeSetup } from "./address.js";
import { joinClass } from "./classroom.js";
import { createClock } from "./clock.js";
import { createColumn } from "./column.js";
import { fileName, save, toCsv } from "./export.js";
import { createFrames } from "./frames.js";
import { createMine } from "./mine.js";
import { createSale } from "./sale.js";
import { createSays } from "./says.js";
import { SCENES, sceneOf } from "./scenes.js";
import { createTabs } from "./tabs.js";
import { createTimeline } from "./timeline.js";

const TICK = 250; // ms between two looks at what changes by itself
const LONG_HIDDEN = 10_000; // ms
const HIDDEN = "This page was out of sight, where browsers slow its timers down. What happened meanwhile is shown, and not timed.";

const start = JSON.parse(document.body.dataset.start);
const techniques = $(".column").get().map((root) => root.dataset.technique);
const setup = readSetup(location.search, techniques);
const settings = { interval: setup.interval, hold: setup.hold };
const viewer = createViewer();

const classroom = joinClass({ viewer });
const clock = createClock(classroom);
const request = createFrames();
const says = createSays($(".says"));
const timeline = createTimeline($("#who-waits")[0], { techniques, clock });
const page = { start, clock, settings, viewer, request, timeline, tabs: createTabs() };
const columns = $(".column").get().map((root) => createColumn(root, page));
const sale = createSale($(".sale"), steer);
const mine = createMine($(".columns"), settings, change);

let now = start.now;
let knownUntil = performance.now(); // up to when the server was heard
let isHeard = true;
let hiddenAt = 0;

/** A name for this page's traffic, for as long as the page is open. */
function createViewer() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join("");
}

/** Tell the server something; what it refuses is said on the page. */
async function send(name, message) {
  try {
    await classroom.send(name, message);
    says.fine();
  } catch (error) {
    if (!error.problem) throw error;
    says.trouble(error.problem);
  }
}

function steer(message) {
  return send("sale", message);
}

/** The server says what is true now. */
function know(next) {
  now = next;
  sale.show(now);
  for (const column of columns) column.compare(now);
  showSetup();
}

/** Light the scene that is on, and keep the address right. */
function showSetup() {
  const scene = sceneOf({ rate: now.rate, interval: settings.interval });
  $("button.scene").each((_, button) => void $(button).attr("aria-pressed", String(button.dataset.scene === scene)));
  $("span.scene").each((_, text) => void $(text).attr("aria-current", text.dataset.scene === scene ? "true" : null));
  const running = columns.filter((column) => column.isWanted()).map(({ technique }) => technique);
  writeSetup({ rate: now.rate, ...settings, columns: running }, techniques);
}

/** A setting was changed by hand: the column that it belongs to begins anew with it. */
function change(name) {
  const technique = name === "interval" ? "short-poll" : "long-poll";
  columns.find((column) => column.technique === technique).restart();
  showSetup();
}

/** Play a scene: the sale's rate, the interval, and all columns anew, so that their figures belong to nothing else. */
async function play(name) {
  const { rate, interval, look } = SCENES[name];
  says.look(look);
  settings.interval = interval;
  mine.show("interval");
  await steer({ rate });
  if (now.paused) await steer({ paused: false });
  reset();
  for (const column of columns) column.restart();
  showSetup();
}

/** Begin all figures anew, here and where the bytes are counted. */
function reset() {
  for (const column of columns) column.reset();
  return send("zero", {});
}

function toggle(column) {
  if (column.isRunning()) column.stop();
  else column.start();
  showSetup();
}

/** Save what the columns show. */
function saveAs(kind) {
  const figures = Object.fromEntries(columns.map((column) => [column.technique, column.figures()]));
  if (kind === "csv") return save(fileName("csv"), "text/csv", toCsv(figures));
  const delays = Object.fromEntries(columns.map((column) => [column.technique, column.delays()]));
  const all = { saved: new Date().toISOString(), settings, sale: now, clock: { uncertainty: clock.uncertainty }, figures, delays };
  return save(fileName("json"), "application/json", JSON.stringify(all, null, 2));
}

function showHeard(connected) {
  isHeard = connected;
  sale.heard(isHeard);
  $(".unheard").text(isHeard ? "" : "The server is not answering; the sale's figures are the last known. It is called again by itself.");
}

function tick() {
  if (document.hidden) return;
  if (isHeard !== classroom.connected) showHeard(classroom.connected);
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
$(".save").on("click", (event) => saveAs(event.target.dataset.as));
$("button.scene").on("click", (event) => play(event.currentTarget.dataset.scene));
$(".columns").on("click", ".toggle", (event) => toggle(columns[$(".toggle").index(event.target)]));
classroom.on("now", know);

clock.start();
for (const column of columns) if (setup.columns.includes(column.technique)) column.start();
know(now);
says.look(SCENES[sceneOf({ rate: now.rate, interval: settings.interval })]?.look ?? "");
if (setup.scene && start.steers) play(setup.scene);
setInterval(tick, TICK);
