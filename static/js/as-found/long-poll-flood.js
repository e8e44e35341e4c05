// The same with its name put right, and with a server that has nothing there: the next question leaves as soon as the
// last one failed. It is quoted and run as it is, so nobody mends it here.
import $ from "../../vendor/jquery/jquery.js";

export function run(show) {
  // region: as-found
  function waitForSales() {
    $.ajax({
      url: "/demos/long-poll/no-such-channel?hold=30",
      dataType: "json",
      success: show,
      complete: waitForSales,
      timeout: 30000,
    });
  }

  waitForSales();
  // endregion
}
