// What is one's own on the page: how often the short poll asks and how long the long poll is held, as sliders. In a class the
// instructor may set them for all; then they only show it.
import { LIMITS } from "./address.js";
import { seconds } from "./format.js";

/** What a slider's second is in its setting's unit. */
const FACTORS = { interval: 1000, hold: 1 };

/**
 * @param {JQuery} $columns
 * @param {{interval: number, hold: number}} settings shared with the transports; interval in ms, hold in s
 * @param {(name: "interval"|"hold") => void} changed told after a setting was changed by hand
 */
export function createMine($columns, settings, changed) {
  const $slider = (name) => $columns.find(`input[name="${name}"]`);

  /** Write beside a slider what it stands at. */
  function label($input) {
    const text = seconds(Number($input.val()));
    $input.attr("aria-valuetext", text).siblings("output").text(text);
  }

  function show(name) {
    const [least, most] = LIMITS[name].map((limit) => limit / FACTORS[name]);
    label($slider(name).attr({ min: least, max: most }).val(settings[name] / FACTORS[name]));
  }

  function take(name) {
    settings[name] = Math.round(Number($slider(name).val()) * FACTORS[name]);
    changed(name);
  }

  for (const name of Object.keys(FACTORS)) {
    show(name);
    $slider(name).on("input", (event) => label($slider(event.target.name)));
    $slider(name).on("change", () => take(name));
  }

  /**
   * Take what is set for all; where that is null, a setting stays one's own.
   * @param {{interval: number|null, hold: number|null}} forAll both in s
   */
  function obey(forAll) {
    for (const [name, given] of Object.entries(forAll)) {
      $slider(name).prop("disabled", given !== null).attr("title", given === null ? "" : "set for all by your instructor");
      const value = given === null ? settings[name] : Math.round(given * FACTORS[name]);
      if (value === settings[name]) continue;
      settings[name] = value;
      show(name);
      changed(name);
    }
  }

  return { show, obey };
}
