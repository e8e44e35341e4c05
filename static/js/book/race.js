// The race for the returned ticket. Three columns without a dashboard hear of the sale, each in its own way; as soon as
// one hears that a ticket came back, it claims it, the way its technique speaks. The server gives it to the first. What
// it leaves out: who wins on other pages is only known as "another page". While a class races by lot, this one rests.
import $ from "../../vendor/jquery/jquery.js";
import { createAlert } from "./alert.js";
import { claim } from "../claim.js";
import { count, duration, inline } from "../format.js";
import { createLine } from "../line.js";
import { TRANSPORTS } from "../transports/index.js";

const SHOWN = 8; // tickets in the list
const LONGEST_GAP = 4000; // ms between two of the ten

/**
 * @param {Element} root
 * @param {object} page
 * @param {{epoch: string, last: number}} page.start
 * @param {{at: (t: number) => number, now: () => number}} page.clock the server's
 * @param {{interval: number, hold: number}} page.settings
 * @param {string} page.viewer
 * @param {{classroom: object}} page.meters
 * @param {(message: object) => Promise<boolean>} page.steer
 */
export function createRace(root, { start, clock, settings, viewer, steer, meters: { classroom } }) {
  const $root = $(root);
  const alert = createAlert($root.find(".race-alert"));
  const rounds = new Map(); // ticket -> its round
  const runners = $root.find(".runner").get().map(createRunner);
  let joinedAt = Infinity; // the server's ms: what came back before nobody here waited for
  let toCome = 0; // of the ten

  /** One technique: it listens, and claims what it hears of. */
  function createRunner(lane) {
    const technique = lane.dataset.runner;
    const $lane = $(lane);
    const line = createLine({ viewer, technique });
    const cursor = { epoch: start.epoch, after: start.last };
    const transport = TRANSPORTS[technique]({ channel: "sales", cursor, settings, report, line });
    const waits = []; // ms from each return to hearing of it
    let wins = 0;

    function report(batch) {
      const back = batch.events.filter((event) => event.kind === "return" && event.at >= joinedAt);
      for (const event of back) grab(event);
    }

    async function grab({ id, at, data }) {
      const round = open(id, data);
      waits.push(Math.max(0, clock.at(performance.now()) - at));
      if (await won(id)) {
        wins += 1;
        round.winner = technique;
      }
      round.answers += 1;
      show();
    }

    /** A claim that gets no answer is lost to this technique, as it would be to a person. */
    async function won(ticket) {
      try {
        return await claim(line, { ticket, technique, viewer });
      } catch (error) {
        if (!error.problem) throw error;
        return false;
      }
    }

    /** The mean, not the median: here each round counts. */
    const mean = () => waits.reduce((sum, wait) => sum + wait, 0) / waits.length;

    return {
      transport,
      show() {
        put($lane, "wins", wins, count);
        put($lane, "mean", waits.length > 0 ? mean() : null, duration);
      },
    };
  }

  /** The round of a ticket, whoever hears of it first. */
  function open(ticket, data) {
    if (!rounds.has(ticket)) {
      rounds.set(ticket, { seat: data.seat, winner: null, answers: 0 });
      alert.raise(`Seat ${data.seat} came back`);
    }
    return rounds.get(ticket);
  }

  function put($lane, name, value, write) {
    if (value === null) return;
    $lane.find(`[data-race="${name}"]`).attr("data-value", value).text(inline(write(value)));
  }

  const isOver = (round) => round.answers === runners.length;

  function show() {
    for (const runner of runners) runner.show();
    const all = [...rounds.values()];
    const decided = all.filter(isOver).length;
    $root.find(".race-rounds").empty().append(all.slice(-SHOWN).reverse().map(row));
    $root.find(".race-count").attr("data-value", decided).text(count(decided).number);
  }

  function row(round) {
    const outcome = isOver(round) ? "went to another page" : "is not decided yet";
    const text = round.winner ? `went to ${nameOf(round.winner)}` : outcome;
    return $("<li>").text(`Seat ${round.seat} ${text}`);
  }

  const nameOf = (technique) => $root.find(`[data-runner="${technique}"] .race-name`).text();

  /** Ten tickets at moments that no interval fits. */
  async function bringBack() {
    if (toCome === 0) return;
    toCome = (await steer({ return: true })) ? toCome - 1 : 0;
    setTimeout(bringBack, LONGEST_GAP * Math.random());
  }

  $root.find(".race-back").on("click", () => steer({ return: true }));
  $root.find(".race-ten").on("click", () => {
    const isIdle = toCome === 0;
    toCome = 10;
    if (isIdle) bringBack();
  });
  let isLookedAt = false;
  let isRunning = false;

  /** It runs while it is looked at, and nobody races for the same tickets by lot. */
  function runOrRest() {
    const may = isLookedAt && (classroom.state?.race.phase ?? "off") === "off";
    if (may === isRunning) return;
    isRunning = may;
    toCome = 0;
    if (may) joinedAt = clock.now();
    for (const { transport } of runners) {
      if (may) transport.start();
      else transport.stop();
    }
  }

  function look(isSeen) {
    isLookedAt = isSeen;
    runOrRest();
  }

  function know({ race }) {
    $root.find(".race-elsewhere").prop("hidden", race.phase === "off");
    runOrRest();
  }

  show();
  classroom.on("state", know);
  if (classroom.state) know(classroom.state);

  return { run: () => look(true), rest: () => look(false) };
}
