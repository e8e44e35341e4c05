// The sales gauge: a half circle that fills. Its scale is logarithmic, because a calm sale (6 a minute) and a rush
// (1,200) must both be seen on it. For a screen reader it is a meter.
import $ from "../vendor/jquery/jquery.js";
import { count } from "./format.js";

const SVG = "http://www.w3.org/2000/svg";
const ARC = "M10 58 A50 50 0 0 1 110 58";

/** @returns {JQuery} a new SVG element */
function svg(name, attributes) {
  return $(document.createElementNS(SVG, name)).attr(attributes);
}

/**
 * @param {Element} element where it is drawn
 * @param {{max: number, label: string, unit: string}} options `max` is the scale's end
 * @returns {{setValue(v: number): void}}
 */
export function createGauge(element, { max, label, unit }) {
  const share = (v) => Math.log1p(Math.min(v, max)) / Math.log1p(max);
  const $fill = svg("path", { d: ARC, class: "gauge-fill", pathLength: 100, "stroke-dasharray": "0 200" });
  const $number = svg("text", { x: 60, y: 57, class: "gauge-number number" }).text("–");
  const $picture = svg("svg", { viewBox: "0 0 120 76", "aria-hidden": true, focusable: false }).append(
    svg("path", { d: ARC, class: "gauge-track" }),
    $fill,
    ...decades(max).map((v) => tick(share(v))),
    $number,
    svg("text", { x: 60, y: 73, class: "gauge-unit" }).text(unit),
  );
  const $meter = $(element)
    .attr({ role: "meter", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": max, "aria-valuenow": 0 })
    .empty()
    .append($picture);
  let shown = null;

  return {
    /** Show `v`, at least 0; what is over the scale's end fills it. */
    setValue(v) {
      if (v === shown) return;
      shown = v;
      const text = count(v).number;
      $meter.attr({ "aria-valuenow": Math.min(v, max), "aria-valuetext": `${text} ${unit}` });
      $fill.attr("stroke-dasharray", `${(100 * share(v)).toFixed(1)} 200`);
      $number.text(text);
    },
  };
}

/** @returns {number[]} 10, 100, 1,000 … below `max` */
function decades(max) {
  return Array.from({ length: 9 }, (_, i) => 10 ** (i + 1)).filter((v) => v < max);
}

/** A notch in the arc at a share of the scale. */
function tick(share) {
  const angle = Math.PI * (1 - share);
  const at = (radius) => ({ x: 60 + radius * Math.cos(angle), y: 58 - radius * Math.sin(angle) });
  const [from, to] = [at(45.5), at(54.5)];
  return svg("line", { x1: from.x, y1: from.y, x2: to.x, y2: to.y, class: "gauge-tick" });
}
