// One who runs in the class's race for the returned ticket: listens by the technique that was drawn, and claims what comes back,
// by itself or at the press of a button. What it leaves out: who won elsewhere; the screen shows the board.
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
    $race.prop("hidden", !round);
  }

  function start(round, race, technique, { interval }) {
    const line = createLine({ viewer, technique });
    const settings = { ...USUAL, ...(interval !== null && { interval: interval * 1000 }) };
    const cursor = { ...race.from };
    const mine = (running = { round, technique, line, way: race.way, ticket: null });
    const report = (batch) => running === mine && hear(batch);
    mine.transport = TRANSPORTS[technique]({ channel: "sales", cursor, settings, report, line });
    $race.attr("data-technique", technique);
    $race.find(".mark").each((_, mark) => void $(mark).attr("hidden", mark.dataset.technique === technique ? null : ""));
    say(`You are in the race, by ${NAMES[technique]}. A ticket comes back soon.`, false);
    mine.transport.start();
  }

  function stop() {
    running.transport.stop();
    running = null;
  }

  /** The first ticket that comes back is the round's. */
  function hear({ events }) {
    const back = events.find(({ kind }) => kind === "return");
    if (!back || running.ticket) return;
    running.ticket = back.id;
    if (running.way === "page") grab();
    else say(`Seat ${back.data.seat} came back.`, true);
  }

  async function grab() {
    const mine = running;
    const { line, technique, ticket } = mine;
    say("Claiming it.", false);
    const text = await claim(line, { ticket, technique, viewer }).then(
      (won) => (won ? `You got it, by ${NAMES[technique]}.` : `Somebody was quicker than you, by ${NAMES[technique]}.`),
      (error) => {
        if (!error.problem) throw error;
        return `Not claimed: ${error.problem.detail ?? error.problem.title}.`;
      },
    );
    if (running === mine) say(text, false);
  }

  function say(text, canPress) {
    $says.text(text);
    $press.prop("hidden", !canPress);
    if (canPress) $press.trigger("focus");
  }

  $press.on("click", grab);
  classroom.on("state", know);
  if (classroom.state) know(classroom.state);
}
