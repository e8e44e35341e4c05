// The widgets of the book: what stands in `::: widget NAME` is made by a template of that name and, where it does something,
// by the function that is named here. A widget with `run` and `rest` runs only while it is looked at, as demos do.
import { USUAL } from "../address.js";
import { createCalculator } from "./calculator.js";
import { createRace } from "./race.js";

/** @type {Object<string, (root: HTMLElement, page: object) => ({run?: () => void, rest?: () => void} | void)>} */
const WIDGETS = { calculator: createCalculator, race: createRace };

/**
 * @param {HTMLElement} root
 * @param {ReturnType<typeof import("./page.js").createPage>} page
 * @returns {{root: HTMLElement, run: () => void, rest: () => void, know: (now: object) => void}}
 */
export function createWidget(root, page) {
  const values = JSON.parse(root.dataset.values);
  const create = WIDGETS[root.dataset.widget] ?? (() => {});
  const idle = { run() {}, rest() {}, know() {} };
  return { ...idle, ...create(root, { ...page.parts(), ...page, settings: { ...USUAL }, values }), root };
}
