// One who runs in the class's race for the returned ticket: listens by the technique that was drawn, and claims what comes back,
// by itself or at the press of a button. The sale has returns of its own: until the class says which ticket is the race's, it may
// be any of them. What it leaves out: who won elsewhere; the screen shows the board.
import $ from "../../vendor/jquery/jquery.js";
import { USUAL } from "../address.js";
import { claim } from "../claim.js";
import { createLine } from "../line.js";
import { TRANSPORTS } from "../transports/index.js";

const NAMES = { "short-poll": "short polling", "long-poll": "long polling", "web-socket": "WebSocket (Socket.IO)" };
const RUNS = ["ready", "running", "won"];

/**
 * @param {JQuery} $race where it says what it does
 * @param {{classroom: ReturnType<typeof import("../classroom.js").joinClass>, viewer: string}} page
 */
export function createRunner($race, { classroom, viewer }) {
  const $says = $race.find(".class-race-says");
  const $press = $race.find(".class-race-press");
  let running = null; // the round that is run, and how

  function know({ class: name, race, own, settings }) {
    const round = own.lot && RUNS.includes(race.phase) ? `${name}/${race.round}` : null;
    if (running && running.round !== round) stop();
    if (round && !running) start(round, race, own.lot, settings);
    if (running) {
      running.ticket = race.ticket;
      show();
    }
    $race.prop("hidden", !round);
  }

  function start(round, race, technique, { interval }) {
    const line = createLine({ viewer, technique });
    const settings = { ...USUAL, ...(interval !== null && { interval: interval * 1000 }) };
    const cursor = { ...race.from };
    const mine = (running = { round, technique, line, way: race.way, ticket: null, back: [] });
    const report = (batch) => running === mine && hear(batch);
    mine.transport = TRANSPORTS[technique]({ channel: "sales", cursor, settings, report, line });
    $race.attr("data-technique", technique);
    $race.find(".mark").each((_, mark) => void $(mark).attr("hidden", mark.dataset.technique === technique ? null : ""));
    mine.transport.start();
  }

  function stop() {
    running.transport.stop();
    running = null;
  }

  function hear({ events }) {
    const back = events.filter(({ id, kind }) => kind === "return" && !running.back.some((one) => one.id === id));
    if (!back.length) return;
    running.back.push(...back.map(({ id, data }) => ({ id, seat: data.seat, state: "offered" })));
    if (running.way === "page") grab();
    show();
  }

  /** What came back and may be the race's ticket, oldest first. */
  function tickets() {
    return running.back.filter(({ id }) => running.ticket === null || running.ticket === id);
  }

  function grab() {
    for (const one of tickets()) if (one.state === "offered") claimOne(one, running);
    show();
  }

  async function claimOne(one, mine) {
    const { line, technique } = mine;
    one.state = "claimed";
    try {
      one.state = (await claim(line, { ticket: one.id, technique, viewer })) ? "won" : "lost";
    } catch (error) {
      if (!error.problem) throw error;
      one.state = "refused";
      one.why = error.problem.detail ?? error.problem.title;
    }
    if (running === mine) show();
  }

  function show() {
    const newest = tickets().at(-1);
    say(newest ? inWords(newest) : `You are in the race, by ${NAMES[running.technique]}. A ticket comes back soon.`, newest?.state === "offered");
  }

  function inWords({ id, seat, state, why }) {
    if (state === "offered") return `Seat ${seat} came back.`;
    if (state === "claimed") return "Claiming it.";
    if (state === "refused") return `Not claimed: ${why}.`;
    const won = state === "won";
    if (id !== running.ticket) return `Another ticket came back, and ${won ? "you" : "somebody else"} got it. The race's is still to come.`;
    return `${won ? "You got it" : "Somebody was quicker than you"}, by ${NAMES[running.technique]}.`;
  }

  function say(text, canPress) {
    const appears = canPress && $press.prop("hidden");
    if ($says.text() !== text) $says.text(text);
    $press.prop("hidden", !canPress);
    if (appears) $press.trigger("focus");
  }

  $press.on("click", grab);
  classroom.on("state", know);
  if (classroom.state) know(classroom.state);
}
