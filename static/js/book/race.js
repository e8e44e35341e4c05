// The race for the returned ticket. Three columns without a dashboard hear of the sale, each in its own way; as soon as
// one hears that a ticket came back, it claims it, the way its technique speaks. The server gives it to the first. What
// it leaves out: who wins on other pages is only known as "another page".
import $ from "../../vendor/jquery/jquery.js";
import { createAlert } from "./alert.js";
import { claim } from "../claim.js";
import { count, duration, inline } from "../format.js";
import { createLine } from "../line.js";
import { TRANSPORTS } from "../transports/index.js";

const ROUNDS_KEPT = 8; // in the list

/**
 * @param {Element} root
 * @param {object} page
 * @param {{epoch: string, last: number}} page.start
 * @param {{at: (t: number) => number}} page.clock the server's
 * @param {{interval: number, hold: number}} page.settings
 * @param {string} page.viewer
 * @param {(message: object) => Promise<void>} page.steer
 */
export function createRace(root, { start, clock, settings, viewer, steer }) {
  const $root = $(root);
  const alert = createAlert($root.find(".race-alert"));
  const rounds = new Map(); // ticket -> its round
  const runners = $root.find("[data-technique]").get().map((lane) => createRunner(lane));
  let isRunning = false;

  /** One technique: it listens, and claims what it hears of. */
  function createRunner(lane) {
    const technique = lane.dataset.technique;
    const $lane = $(lane);
    const line = createLine({ viewer, technique });
    const cursor = { epoch: start.epoch, after: start.last };
    const transport = TRANSPORTS[technique]({ channel: "sales", cursor, settings, report, line });
    const waits = []; // ms from each return to hearing of it
    let wins = 0;

    function report(batch) {
      for (const event of batch.events) if (event.kind === "return") grab(event);
    }

    async function grab({ id, at, data }) {
      const round = open(id, data);
      const wait = Math.max(0, clock.at(performance.now()) - at);
      waits.push(wait);
      round.heard[technique] = wait;
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

    /** The mean says more than the median here: each round counts. */
    const mean = () => waits.reduce((sum, wait) => sum + wait, 0) / waits.length;

    return {
      technique,
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
      rounds.set(ticket, { ticket, seat: data.seat, heard: {}, winner: null, answers: 0 });
      alert.raise(`Seat ${data.seat} came back`);
    }
    return rounds.get(ticket);
  }

  function put($lane, name, value, write) {
    const $figure = $lane.find(`[data-race="${name}"]`);
    if (value === null) return;
    $figure.attr("data-value", value).text(inline(write(value)));
  }

  function show() {
    for (const runner of runners) runner.show();
    const last = [...rounds.values()].slice(-ROUNDS_KEPT).reverse();
    $root.find(".race-rounds").empty().append(last.map(row));
    const over = [...rounds.values()].filter((round) => round.answers === runners.length).length;
    $root.find(".race-count").attr("data-value", over).text(over);
  }

  function row(round) {
    const who = round.winner ?? (round.answers === runners.length ? "elsewhere" : "open");
    const text = { elsewhere: "went to another page", open: "not decided yet" }[who] ?? `went to ${nameOf(who)}`;
    return $("<li>").attr("data-winner", who).text(`Seat ${round.seat} ${text}`);
  }

  const nameOf = (technique) => $root.find(`[data-technique="${technique}"] .race-name`).text();

  function toggle(run) {
    isRunning = run;
    for (const { transport } of runners) transport[run ? "start" : "stop"]();
    $root.find(".race-run").text(isRunning ? "Leave the race" : "Join the race");
    $root.find(".race-back").prop("disabled", !isRunning);
  }

  $root.find(".race-run").on("click", () => toggle(!isRunning));
  $root.find(".race-back").on("click", () => steer({ return: true }));
  show();

  return { start: () => toggle(true), stop: () => toggle(false), isRunning: () => isRunning };
}
