// Long polling as it stands in many tutorials. It does not work; the chapter on long polling shows why. It is quoted
// and run as it is, so nobody mends it here.
/* eslint no-undef: off */
import $ from "../../vendor/jquery/jquery.js";

export function run(show) {
  // region: as-found
  function waitForSales() {
    $.ajax({
      url: "/demos/long-poll/sales?hold=30",
      dataType: "json",
      success: show,
      complete: poll,
      timeout: 30000,
    });
  }

  waitForSales();
  // endregion
}
