// Short polling: ask, show what there is, wait, ask again.
// `show` is the page's: it is handed each answer.

export function start(show) {
  function askForSales() {
    $.getJSON("/demos/short-poll/sales", function (batch) {
      show(batch);
      setTimeout(askForSales, 5000);
    });
  }

  askForSales();
}
