// Who is here: how many, where, whose connection is down, who is lost, whose hand is up.
import $ from "../../vendor/jquery/jquery.js";

const SHOWN = 8; // of each list; the rest is a number

/**
 * @param {JQuery} $here
 * @param {object} room as lesson/classroom has it
 * @param {{chapter: string, of: string}[]} cues
 */
export function showHere($here, room, cues) {
  $here.find('[data-here="here"]').attr("data-value", room.here).text(room.here);
  $here.find(".here-how").text(`${room.following} go along, ${room.browsing} go alone${room.simulated ? `; ${room.simulated} are simulated` : ""}`);
  $here.find(".here-lost").text(room.lost ? `${room.lost} ${room.lost === 1 ? "is" : "are"} lost` : "Nobody is lost").toggleClass("trouble", room.lost > 0);
  list($here.find(".here-hands"), room.hands.map(({ name, at }) => `${name}, ${since(at)}`));
  const title = (slug) => cues.find(({ chapter }) => chapter === slug)?.of ?? "other pages";
  const chapters = Object.entries(room.chapters).sort(([, a], [, b]) => b - a);
  list($here.find(".here-chapters"), chapters.map(([slug, n]) => `${n} in ${title(slug)}`));
  list($here.find(".here-down"), room.down.map((one) => `${one.name ?? "one student"}, ${since(one.since)}`), room.gone);
}

function list($list, lines, all = lines.length) {
  const more = all - Math.min(lines.length, SHOWN);
  const texts = [...lines.slice(0, SHOWN), ...(more > 0 ? [`and ${more} more`] : [])];
  const shown = texts.join("\n");
  if ($list.data("shown") === shown) return;
  $list.data("shown", shown).empty().append((texts.length ? texts : ["none"]).map((text) => $("<li>").text(text)));
}

/** The server's clock and this one may disagree by a little; whole minutes are enough. */
function since(at) {
  const minutes = Math.floor((Date.now() - at) / 60_000);
  return minutes < 1 ? "just now" : `${minutes} min ago`;
}
