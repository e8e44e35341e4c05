// The faults' buttons and sliders. A button that is on is pressed, and ends its fault when it is pressed again.
import $ from "../../vendor/jquery/jquery.js";
import { toGo } from "./words.js";

const UNITS = { delay: "ms", jitter: "ms", outage: "s", loss: "" };

/**
 * @param {JQuery} $panel
 * @param {(fault: object) => void} ask
 */
export function createDials($panel, ask) {
  const $slider = (name) => $panel.find(`input[name="fault-${name}"]`);
  const value = (name) => Number($slider(name).val());
  const $button = (name) => $panel.find(`button[data-fault="${name}"]`);

  /** Write beside a slider what it stands at; the buttons of the two that have one say so themselves. */
  function label(name) {
    const text = `${value(name)} ${UNITS[name]}`.trim();
    $slider(name).attr("aria-valuetext", text).siblings("output").text(text);
    $panel.find(`[data-value-of="${name}"]`).text(value(name));
  }

  function set(name, number) {
    $slider(name).val(number);
    label(name);
  }

  const press = {
    delay: ($one, isOn) => ask({ delay: isOn ? 0 : Number($one.attr("data-ms")), jitter: 0 }),
    cut: () => ask({ cut: true }),
    outage: ($one, isOn) => ask({ outage: isOn ? 0 : value("outage") }),
    loss: ($one, isOn) => ask({ loss: isOn ? 0 : value("loss") }),
  };

  /** A slider was let go: delays are as it says; what is on goes on with the new number. */
  const turn = {
    delay: () => ask({ delay: value("delay") }),
    jitter: () => ask({ jitter: value("jitter") }),
    outage: () => isPressed($button("outage")) && ask({ outage: value("outage") }),
    loss: () => isPressed($button("loss")) && ask({ loss: value("loss") }),
  };

  for (const name of Object.keys(UNITS)) {
    label(name);
    $slider(name).on("input", () => label(name));
    $slider(name).on("change", () => void turn[name]());
  }
  $panel.on("click", "button[data-fault]", ({ currentTarget }) => {
    press[currentTarget.dataset.fault]($(currentTarget), isPressed($(currentTarget)));
  });

  return {
    /** Stand as the server says. @param {import("./words.js").Standing} standing */
    show({ delay, jitter, loss, outage }) {
      set("delay", delay);
      set("jitter", jitter);
      if (loss > 0) set("loss", loss);
      for (const one of $button("delay").get()) $(one).attr("aria-pressed", String(Number(one.dataset.ms) === delay && jitter === 0));
      $button("loss").attr("aria-pressed", String(loss > 0));
      $button("outage").attr("aria-pressed", String(outage > 0));
    },
    /** An outage ends by itself. */
    count({ outage }) {
      $button("outage").attr("aria-pressed", String(outage > 0));
      $panel.find(".fault-to-go").text(outage > 0 ? `${toGo(outage)} to go` : "");
    },
  };
}

function isPressed($button) {
  return $button.attr("aria-pressed") === "true";
}
