// The diagram's elements: head with signs and buttons, a lane for each technique, the axis, the table.

import { CAPTIONS, NAMES } from "./words.js";

/** What the keys do while a lane has the focus. */
export const KEYS = "← → from thing to thing, ↑ ↓ to the next lane, Space freezes, Page Up and Page Down go back and forward, + − zoom, End is live again.";

const BUTTONS = {
  back: ["◀", "Half a window back (Page Up)"],
  freeze: ["Freeze", "Hold the picture still, or go on (Space)"],
  forward: ["▶", "Half a window forward (Page Down)"],
  farther: ["−", "More time, smaller (minus)"],
  closer: ["+", "Less time, larger (plus)"],
  table: ["As text", "The last 30 things as a table"],
};

const LEGEND = [
  ["event", "an event, till you see it (measured)"],
  ["asks", "asks"],
  ["question", "question, answer (at the server: estimated)"],
  ["nothing", "nothing new"],
  ["waits", "waits"],
  ["lost", "lost"],
];

const LEGEND_SHAPES = {
  event: () => [svg("path", { d: "M6 3L22 13", class: "strong" }), svg("circle", { cx: 6, cy: 3, r: 3, class: "happened" }), svg("circle", { cx: 22, cy: 12.5, r: 3, class: "painted" })],
  asks: () => [svg("path", { d: "M14 3L18 12H10Z" })],
  question: () => [svg("path", { d: "M5 14L13 2L15 2L23 14" })],
  nothing: () => [svg("path", { d: "M5 14L13 2L15 2L23 14" })],
  waits: () => [svg("path", { d: "M2 8H26" })],
  lost: () => [svg("path", { d: "M9 3L19 13M9 13L19 3" })],
};

/**
 * Build everything inside `root`.
 * @returns {{lanes: {technique: string, canvas: HTMLCanvasElement, probe: HTMLElement}[], axis: HTMLCanvasElement,
 *   buttons: Object<string, HTMLButtonElement>, span: HTMLElement, clock: HTMLElement, legend: HTMLElement,
 *   words: HTMLElement, table: HTMLElement, rows: HTMLElement, probes: HTMLElement[]}}
 */
export function buildPage(root, techniques) {
  root.classList.add("who-waits");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Who waits: a time diagram");
  const head = buildHead();
  const lanes = techniques.map(buildLane);
  const axis = html("canvas", { class: "who-waits-axis", "aria-hidden": "true" });
  const picture = html("div", { class: "who-waits-picture" }, ...lanes.map(({ element }) => element), axis);
  const { table, rows } = buildTable();
  const probes = ["ink", "paper", "quiet", "line", "lost"].map(buildProbe);
  root.replaceChildren(head.element, picture, table, ...probes);
  return { ...head, lanes, axis, table, rows, probes };
}

function buildHead() {
  const { signs, ...said } = buildSigns();
  const { controls, buttons, span } = buildControls();
  const title = html("strong", { class: "who-waits-title" }, "Who waits");
  return { element: html("div", { class: "who-waits-head" }, title, signs, controls), buttons, span, ...said };
}

/** The legend and the line of words share one place: what is pointed at is said where the signs are explained. */
function buildSigns() {
  const clock = html("li", { class: "who-waits-clock" });
  const legend = html("ul", { class: "who-waits-legend" }, ...LEGEND.map(buildSign), clock);
  const words = html("p", { class: "who-waits-words", role: "status" });
  return { signs: html("div", { class: "who-waits-signs" }, legend, words), legend, clock, words };
}

function buildSign([name, text]) {
  const picture = svg("svg", { viewBox: "0 0 28 16", "aria-hidden": "true", class: `who-waits-sign who-waits-sign-${name}` }, ...LEGEND_SHAPES[name]());
  return html("li", {}, picture, text);
}

function buildControls() {
  const buttons = Object.fromEntries(Object.entries(BUTTONS).map(([name, [text, title]]) => [name, buildButton(text, title)]));
  buttons.table.setAttribute("aria-expanded", "false");
  const span = html("span", { class: "who-waits-span" });
  const { back, freeze, forward, farther, closer, table } = buttons;
  return { controls: html("div", { class: "who-waits-controls" }, back, freeze, forward, farther, span, closer, table), buttons, span };
}

/** A button with words is named by them, one with a sign by its title. */
function buildButton(text, title) {
  const name = /\w/.test(text) ? {} : { "aria-label": title };
  return html("button", { type: "button", title, ...name }, text);
}

function buildLane(technique) {
  const name = html("span", { class: "who-waits-name" }, NAMES[technique]);
  const caption = html("span", { class: "who-waits-caption" }, CAPTIONS[technique]);
  const label = html("div", { class: "who-waits-label" }, name, caption);
  const ends = html("div", { class: "who-waits-ends", "aria-hidden": "true" }, html("span", {}, "server"), html("span", {}, "you"));
  const canvas = html("canvas", {
    tabindex: "0", role: "application", "aria-roledescription": "time diagram", "aria-label": `${NAMES[technique]}. ${KEYS}`,
  });
  const probe = buildProbe("technique");
  const element = html("div", { class: "who-waits-lane", "data-lane": technique }, label, ends, canvas, probe);
  return { technique, element, canvas, probe };
}

/** An element whose computed colour is a custom property resolved, whatever it is made of. */
function buildProbe(name) {
  return html("span", { hidden: "", "data-colour": name });
}

function buildTable() {
  const titles = ["When (server's clock)", "Lane", "What happened"].map((text) => html("th", { scope: "col" }, text));
  const rows = html("tbody", {});
  const caption = html("caption", {}, "The last 30 things, newest first. Freeze the picture to read in peace.");
  const inside = html("table", {}, caption, html("thead", {}, html("tr", {}, ...titles)), rows);
  const table = html("div", { class: "who-waits-table", hidden: "", tabindex: "0", role: "region", "aria-label": "Who waits, as text" }, inside);
  return { table, rows };
}

/** Fill the table's body with one row a thing: [when, lane, what]. */
export function fillRows(rows, texts) {
  rows.replaceChildren(...texts.map((cells) => html("tr", {}, ...cells.map((text) => html("td", {}, text)))));
}

function html(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/** Children that are strings become text, never HTML. */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
