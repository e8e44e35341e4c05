// The address by which a class comes in, as text and as a code, always in the same corner. It is looked at again, since a machine
// may change its network in the middle of a class.
import $ from "../../vendor/jquery/jquery.js";

const EVERY = 5000; // ms

/** @param {JQuery} $join */
export function createJoin($join) {
  const $address = $join.find(".join-address");

  async function look() {
    const told = await $.getJSON("/screen/join").catch(() => null);
    if (told && (told.urls[0] ?? "") !== shown()) show(told.urls[0], told.why_none);
    setTimeout(look, EVERY);
  }

  const shown = () => ($join.find(".join-code").prop("hidden") ? "" : $address.text());

  function show(url, whyNone) {
    $address.text(url ?? whyNone);
    $join.find(".join-code").prop("hidden", !url).attr("src", url ? `/join.svg?${$.param({ of: url })}` : "");
  }

  setTimeout(look, EVERY);
}
