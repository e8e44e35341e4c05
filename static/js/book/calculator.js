// What many pages cost: what one page was measured to cost, times their number. The estimate for TCP and IP is the one
// figure that is not counted, so it is off at first, and named. What one page costs by technique comes from a crowd.
import $ from "../../vendor/jquery/jquery.js";
import { count, inline, size } from "../format.js";

const PACKET = 1_460; // B of data in a packet on Ethernet: 1,500 less 20 for IP and 20 for TCP
const PACKET_HEADS = 40; // B, the least (RFC 791, RFC 9293)

/**
 * @typedef {{events: number, requests: number, answers: number, head: number, body: number}} Point one page, in a second
 * @typedef {{cpu: number, memory: number, points: Point[]}} Costs µs an answer, B a page, and what it does by the rate
 */

/**
 * What so many pages cost by one technique, at one of the rates that were measured.
 * @param {Costs} costs
 * @param {number} pages
 * @param {number} at which of the rates
 */
export function costOf(costs, pages, at) {
  const one = costs.points[Math.min(at, costs.points.length - 1)];
  return {
    requests: pages * one.requests,
    head: pages * one.head,
    body: pages * one.body,
    cores: (pages * one.answers * costs.cpu) / 1e6,
    memory: pages * costs.memory,
  };
}

const few = (n) => (n < 10 ? Number(n.toPrecision(2)) : Math.round(n));
const SHOWN = {
  requests: (n) => inline(count(few(n))),
  head: (n) => inline(size(n)),
  body: (n) => inline(size(n)),
  cores: (n) => inline(count(few(n))),
  memory: (n) => inline(size(n)),
};

/** @param {Element} root has a form with `clients`, `rate` (questions a second each), `size` (B of one, both ways), `packets` */
export function createCalculator(root) {
  const $root = $(root).find(".calculator");
  const field = (name) => Number($root.find(`[name="${name}"]`).val());

  /** One packet each way at least, and one acknowledgement for each of them. */
  function beneath(one) {
    const packets = Math.max(2, Math.ceil(one / PACKET));
    return 2 * packets * PACKET_HEADS;
  }

  const costs = Object.entries($root.data("costs"));

  function showCosts() {
    for (const [technique, found] of costs) {
      const $row = $root.find(`tr[data-technique="${technique}"]`);
      for (const [name, value] of Object.entries(costOf(found, field("clients"), field("events")))) {
        $row.find(`[data-cost="${name}"]`).attr("data-value", value).text(SHOWN[name](value));
      }
    }
  }

  function show() {
    showCosts();
    const one = field("size");
    if (!one) return;
    const each = one + ($root.find('[name="packets"]').prop("checked") ? beneath(one) : 0);
    const total = field("clients") * field("rate") * each;
    $root.find(".total").attr("data-value", total).text(inline(size(total)));
    $root.find(".bits").text(`${((8 * total) / 1e6).toLocaleString("en", { maximumFractionDigits: 1 })} Mbit/s`);
  }

  /** What one question and its answer cost in the column of this page that has asked most. */
  function measured() {
    const value = (column, name) => Number($(column).find(`[data-figure="${name}"]`).attr("data-value"));
    const asked = $(".column").get().filter((column) => value(column, "requests") > 0 && value(column, "bytes-up") > 0);
    asked.sort((a, b) => value(b, "requests") - value(a, "requests"));
    return asked.map((column) => (value(column, "bytes-up") + value(column, "bytes-down")) / value(column, "requests"))[0];
  }

  function take() {
    const one = measured();
    if (one) $root.find('[name="size"]').val(Math.round(one));
    $root.find(".taken").text(one ? "" : "Nothing has been measured on this page yet: let a demo run.");
    show();
  }

  $root.on("submit", (event) => event.preventDefault());
  $root.on("input", show);
  $root.find(".take").on("click", take);
  showCosts();
}
