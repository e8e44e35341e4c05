// Whether any other machine has come in yet. Until one has, the page says what it can be; afterwards it is silent for good.
import $ from "../../vendor/jquery/jquery.js";

const EVERY = 3000; // ms

/**
 * @param {JQuery} $unreached
 * @param {{isClass: boolean}} page
 */
export function createReach($unreached, { isClass }) {
  let isKnown = !isClass;
  let isRehearsed = false;
  let machines = 0;

  const show = () => $unreached.prop("hidden", isKnown || isRehearsed || machines > 0);

  async function look() {
    const told = await $.getJSON("/instructor/reach").catch(() => null);
    if (told) {
      machines = told.machines;
      $(".join-address").text(told.urls[0] ?? `no address (${told.why_none})`);
      show();
    }
    setTimeout(look, EVERY);
  }

  $unreached.find(".unreached-known").on("click", () => {
    isKnown = true;
    show();
  });
  look();

  return {
    /** Simulated students reach nobody's network: the question waits meanwhile. */
    rehearse(isOn) {
      if (isOn === isRehearsed) return;
      isRehearsed = isOn;
      show();
    },
  };
}
