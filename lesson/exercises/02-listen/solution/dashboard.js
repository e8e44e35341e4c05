// One dashboard, and two ways to feed it: a socket and a short poll. Both hand their batches to the same `report`.
// On the page are <button id="buy">, <strong id="left"> and <ol id="events">.

export function listen(socket, report) {
  $("#buy").on("click", () => socket.emit("buy", { tickets: 1 }));
  socket.on("batch", report);
}

export function poll(report, after = 0) {
  $.getJSON("/demos/short-poll/sales", { after }, (batch) => {
    report(batch);
    setTimeout(() => poll(report, batch.last), 5000);
  });
}

export function createReport(salesGauge) {
  return function report(batch) {
    const newest = batch.events.at(-1);
    if (!newest) return;
    $("#left").text(newest.data.left);
    salesGauge.setValue(newest.data.per_minute);
    for (const event of batch.events) {
      $("#events").prepend($("<li>").text(event.data.buyer));
    }
    $("#events li").slice(5).remove();
  };
}
