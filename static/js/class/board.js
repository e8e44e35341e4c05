// The race's board: for each technique how many run, what it won, what its share would be by chance, how long it took to hear.
import $ from "../../vendor/jquery/jquery.js";
import { count, duration, inline } from "../format.js";

const NAMES = { "short-poll": "Short polling", "long-poll": "Long polling", "web-socket": "WebSocket (Socket.IO)" };
const HEADS = ["", "run", "won", "by chance", "claimed after"];
const WAYS = {
  page: "Pages claim the moment they hear.",
  hand: "Students press. Their reaction times swallow what lies between long polling and the WebSocket.",
};
const PHASES = {
  ready: "Lots are drawn. A ticket comes back soon.",
  running: "It is back. Who hears first?",
};

/**
 * @param {JQuery} $board
 * @param {object} race as lesson/classroom has it
 */
export function showBoard($board, race) {
  const shown = JSON.stringify(race);
  if ($board.data("shown") === shown) return;
  $board.data("shown", shown).empty();
  $board.append($("<p>").addClass("board-says").attr("role", "status").text(inWords(race)));
  for (const way of Object.keys(WAYS)) {
    if (race.way !== way && race.board[way].rounds === 0) continue;
    $board.append($("<p>").addClass("board-way quiet").text(`${WAYS[way]} ${rounds(race.board[way].rounds)}`), table(race, way));
  }
}

/** @returns {string} how the round stands */
export function inWords({ phase, round, winner }) {
  if (phase === "off") return "No race is on.";
  return `Round ${round}. ${phase === "won" ? `${NAMES[winner]} got the ticket.` : PHASES[phase]}`;
}

function rounds(n) {
  return `${n} ${n === 1 ? "round" : "rounds"} decided.`;
}

function table(race, way) {
  const $head = $("<tr>").append(HEADS.map((text) => $("<th>").attr("scope", "col").append(text || $("<span>").addClass("aside").text("Technique"))));
  const rows = Object.entries(race.board[way].techniques).map(([technique, lane]) => {
    const lots = race.way === way && race.lots ? race.lots[technique] : null;
    const cells = [count(lots), count(lane.wins), { number: lane.expected.toFixed(1), unit: "" }, duration(lane.mean)];
    return $("<tr>").attr("data-technique", technique).append(
      $("<th>").attr("scope", "row").append($(".marks-to-copy").find(`.mark[data-technique="${technique}"]`).clone(), ` ${NAMES[technique]}`),
      cells.map((cell) => $("<td>").addClass("number").text(inline(cell))),
    );
  });
  return $("<table>").addClass("board-table").append($("<thead>").append($head), $("<tbody>").append(rows));
}
