// Short polling as it stands in many tutorials. It does not work; the chapter on short polling shows why. It is quoted
// and run as it is, so nobody mends it here.
/* eslint no-undef: off */
import $ from "../../vendor/jquery/jquery.js";

export function run(show) {
  // region: as-found
  function askForSales() {
    $.getJSON("/demos/short-poll/sales", function (batch) {
      show(batch);
      setTimeout(poll, 5000);
    });
  }

  askForSales();
  // endregion
}
