// The address by which a class comes in, as text and as a code, always in the same corner. It is looked at again, since a machine
// may change its network in the middle of a class.
import $ from "../../vendor/jquery/jquery.js";

const EVERY = 5000; // ms

/** @param {JQuery} $join */
export function createJoin($join) {
  const $address = $join.find(".join-address");

  async function look() {
    const { urls } = await $.getJSON("/screen/join").catch(() => ({ urls: null }));
    if (urls && (urls[0] ?? "") !== shown()) show(urls[0]);
    setTimeout(look, EVERY);
  }

  const shown = () => ($join.find(".join-code").prop("hidden") ? "" : $address.text());

  function show(url) {
    $address.text(url ?? "This machine is on no network");
    $join.find(".join-code").prop("hidden", !url).attr("src", url ? `/join.svg?${$.param({ of: url })}` : "");
  }

  setTimeout(look, EVERY);
}
