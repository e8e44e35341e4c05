// Boots the console: one connection to the class, without a viewer of its own, and a part for each thing that is steered.
import $ from "../vendor/jquery/jquery.js";
import { showBoard } from "./class/board.js";
import { joinClass } from "./classroom.js";
import { listenToClicker } from "./clicker.js";
import { createAsking } from "./console/asking.js";
import { createClassFaults } from "./console/class-faults.js";
import { createCrowd } from "./console/crowd.js";
import { showExercises } from "./console/exercises.js";
import { showHere } from "./console/here.js";
import { createInstead } from "./console/instead.js";
import { createModeration } from "./console/moderation.js";
import { createReach } from "./console/reach.js";
import { createTotals } from "./console/totals.js";
import { createWay } from "./console/way.js";
import { NORMAL, isOn } from "./faults/words.js";
import { reasonOf } from "./problem.js";
import { createSale, guard } from "./sale.js";
import { createScenes } from "./scene-buttons.js";
import { SCENES, sceneOf } from "./scenes.js";

const WIDTH = 1280; // px of the screen that is shown small
const PATIENCE = 1000; // ms: a page that is loaded anew is away for a moment

const told = JSON.parse(document.body.dataset.told);
const start = JSON.parse(document.body.dataset.start);
const classroom = joinClass({});
let now = start.now;

/**
 * Tell the server something; what it refuses is said.
 * @returns {Promise<boolean>} whether it was done
 */
async function send(name, message) {
  try {
    await classroom.send(name, message);
    say("");
    return true;
  } catch (error) {
    if (!error.problem) throw error;
    say(reasonOf(error.problem));
    return false;
  }
}

function say(text) {
  $("main > .says").text(text).toggleClass("trouble", text !== "");
}

const steer = (message) => send("sale", message);
const way = createWay(told, { send });
const sale = createSale($(".selling .sale"), steer);
const scenes = createScenes($(".selling .scenes"), play);
const instead = createInstead($(".instead"), told.cues, { send });
const asking = createAsking($(".asking"), told.cues, { send });
const totals = createTotals($(".totals"));
const moderation = createModeration($(".talking"), { send });
const crowd = createCrowd($(".crowding"), { classroom });
createClassFaults({ $toggle: $(".faults-toggle"), $panel: $(".faults"), classroom });
const reach = createReach($(".unreached"), { isClass: start.mode === "class" });

/** Set the stage for everybody. */
async function play(name) {
  const { rate, interval } = SCENES[name];
  await send("setting", { interval: interval / 1000 });
  await steer({ rate });
  if (now.paused) await steer({ paused: false });
}

const acts = {
  back: () => way.turn(-1),
  next: () => way.turn(1),
  blank: () => send("blank", { on: !classroom.state.blank }),
  lead: () => send("lead", { on: !classroom.state.lead }),
  sale: () => steer({ paused: !now.paused }),
  burst: () => steer({ burst: 10 }),
  return: () => steer({ return: true }),
  cut: () => send("fault", { viewer: "all", cut: true }),
  normal: () => send("fault", { viewer: "all", ...NORMAL }),
  undo: () => send("undo", {}),
  help: () => showKeys($("#keys").prop("hidden")),
};

/** Until the class has told how it stands, there is nothing that could be steered. */
function open() {
  if (!$(".console").prop("inert")) return;
  $("[inert]").prop("inert", false);
  say("");
}

function know(state) {
  const { room } = state;
  open();
  way.know(state);
  asking.know(state);
  instead.know(state);
  moderation.know(state);
  showBoard($(".racing .board"), state.race);
  press("blank", state.blank);
  $(".preview").toggleClass("is-blank", state.blank);
  press("lead", state.lead);
  $(".rehearse").attr("aria-pressed", String(state.rehearsal));
  $(".rehearsing").prop("hidden", !state.rehearsal);
  reach.rehearse(state.rehearsal);
  for (const name of ["interval", "hold"]) $(`[data-setting="${name}"]`).val(state.settings[name] ?? "");
  showFaulty(state.all_faults);
  if (!room) return;
  showHere($(".here"), room, told.cues);
  showExercises($(".working"), room.exercises);
  crowd.show(room.crowd);
  $('[data-do="undo"]').prop("disabled", room.undo === null).text(room.undo === null ? "Nothing to take back" : `Take back: ${room.undo}`);
}

function press(name, isPressed) {
  $(`[data-do="${name}"]`).attr("aria-pressed", String(isPressed));
}

/** While anything is broken on purpose, the way back is the loudest thing here. */
function showFaulty(faults) {
  $('[data-do="cut"]').prop("disabled", faults === null);
  $('[data-do="normal"]').prop("disabled", faults === null).toggleClass("needed", faults !== null && isOn(faults));
}

function knowSale(next) {
  now = next;
  sale.show(now);
  const interval = classroom.state?.settings.interval;
  scenes.show(interval ? sceneOf({ rate: now.rate, interval: interval * 1000 }) : null);
  $('[data-do="sale"]').text(now.paused ? "Start the sale" : "Pause the sale").attr("aria-pressed", String(!now.paused));
}

function showKeys(isShown) {
  $("#keys").prop("hidden", !isShown);
  if (isShown) $(".keys-close").trigger("focus");
}

/** The screen, as small as there is room for. */
function fit() {
  const $preview = $(".preview");
  $preview.find("iframe").css("transform", `scale(${$preview.width() / WIDTH})`);
}

let lostAt = null;

/** Say when this page is not heard. */
function look() {
  lostAt = classroom.connected ? null : (lostAt ?? performance.now());
  const isLost = lostAt !== null && performance.now() - lostAt > PATIENCE;
  if (isLost) say("This console's connection is gone. It comes back by itself; the class stays where it is.");
  else if ($("body").hasClass("unheard")) say("");
  $("body").toggleClass("unheard", isLost);
}

$(".strip").on("click", "button", (event) => acts[event.currentTarget.dataset.do]());
$(".racing").on("click", "button", (event) => send("race", JSON.parse(event.currentTarget.dataset.race)));
$(".ruling").on("change", "select", ({ target }) => send("setting", { [target.dataset.setting]: target.value === "" ? null : Number(target.value) }));
$(".rehearse").on("click", () => send("rehearse", { on: !classroom.state.rehearsal }));
guard($(".new-class"), () => send("reset", {}));
$(".keys-close").on("click", () => showKeys(false));
listenToClicker(Object.fromEntries(Object.entries(acts).map(([name, act]) => [name, () => classroom.state && act()])));
classroom.on("state", know);
classroom.on("now", knowSale);
classroom.on("meters", (meters) => meters.class && totals.take(meters.class));
new ResizeObserver(fit).observe($(".preview")[0]);
setInterval(look, 500);
