// Is report called when a batch comes, and does the page then show what the batch says, however it came?

const PAGE = ["<button id=buy>Buy</button>", "<strong id=left></strong>", "<ol id=events></ol>"];

/** The student's report on a fresh page, and what can be seen of it. */
async function dashboard({ load, page, $, feed, expect }) {
  page.append(PAGE.map((markup) => $(markup)));
  const { poll, createReport } = await load("dashboard.js");
  const values = [];
  const report = createReport({ setValue: (v) => values.push(v) });
  expect(typeof report === "function", {
    called: "createReport(salesGauge)",
    got: String(report),
    expected: "report, a function",
    because: "others call it with each batch: createReport must return it",
  });
  return {
    poll,
    report,
    values,
    left: () => page.find("#left").text(),
    rows: () => page.find("#events li").toArray().map((row) => $(row).text()),
    sell: (...buyers) => {
      const before = feed.last;
      for (const buyer of buyers) feed.add("sale", { buyer, per_minute: 50 + feed.last });
      return feed.batch(before);
    },
  };
}

const times = (n) => (n === 1 ? "1 time" : `${n} times`);

export const checks = {
  "listens for batch": async ({ load, expect, clock, socket, feed }) => {
    const { listen } = await load("dashboard.js");
    const heard = [];
    const report = (batch) => heard.push(batch);
    listen(socket.client, report);
    socket.connect();
    await clock.pass(100);
    expect(heard.length === 0, {
      called: "listen(socket, report), and nothing is sent",
      got: `report was called ${times(heard.length)}`,
      expected: "0 times",
      because: "report is handed over, to be called later: `report` is the function, `report(…)` calls it now",
    });
    for (let sent = 1; sent <= 2; sent += 1) {
      feed.sell(1);
      socket.push("batch", feed.batch(feed.last - 1));
      await clock.pass(100);
    }
    expect(heard.length === 2 && heard.every((batch, i) => batch?.last === i + 1), {
      called: 'listen(socket, report), then the server sends "batch" twice',
      got: `report was called ${times(heard.length)}`,
      expected: "2 times, with what was sent",
      because: "emit says something to the server; to hear something of it is on, with the name under which it is sent",
    });
    socket.disconnect();
    socket.connect();
    socket.push("batch", feed.batch(1));
    await clock.pass(100);
    expect(heard.length === 3, {
      called: 'the line breaks and is back, and the server sends "batch" once',
      got: `report was called ${times(heard.length - 2)}`,
      expected: "1 time",
      because: "listeners outlive a broken line: who listens anew on each connect hears all twice",
    });
  },

  "shows what is left": async (given) => {
    const { sell, report, left } = await dashboard(given);
    const batch = sell("Ada", "Bob", "Cleo");
    report(batch);
    given.expect(left() === "1997", {
      called: "report(batch), with three events: 1999, 1998, 1997 left",
      got: `#left is "${left()}"`,
      expected: '"1997"',
      because: left() ? "the newest event, which is the last, says how things stand now" : "what an event says of the sale stands in its data: event.data.left",
    });
    report(sell("Dora"));
    given.expect(left() === "1996", {
      called: "report(batch) again, with one event: 1996 left",
      got: `#left is "${left()}"`,
      expected: '"1996"',
      because: "each batch says something new",
    });
  },

  "turns the gauge": async (given) => {
    const { sell, report, values } = await dashboard(given);
    report(sell("Ada", "Bob", "Cleo"));
    given.expect(values.at(-1) === 52, {
      called: "report(batch), with three events: 50, 51, 52 sold per minute",
      got: values.length > 0 ? `salesGauge.setValue(${values.at(-1)})` : "salesGauge.setValue was not called",
      expected: "salesGauge.setValue(52)",
      because: "the newest event says how quick the sale is now",
    });
  },

  "lists the newest five, newest on top": async (given) => {
    const { sell, report, rows } = await dashboard(given);
    report(sell("Ada", "Bob", "Cleo"));
    given.expect(rows().join() === "Cleo,Bob,Ada", {
      called: "report(batch), with sales to Ada, Bob and Cleo, in this order",
      got: `#events lists ${rows().join(", ") || "nothing"}`,
      expected: "Cleo, Bob, Ada",
      because: "the last event is the newest: prepend puts it above what is there already",
    });
    report(sell("Dora", "Emil", "Fay", "Gus"));
    given.expect(rows().join() === "Gus,Fay,Emil,Dora,Cleo", {
      called: "report(batch) again, with sales to Dora, Emil, Fay and Gus",
      got: `#events lists ${rows().join(", ")}`,
      expected: "Gus, Fay, Emil, Dora, Cleo",
      because: "five stay, whichever batch brought them, and older ones go: a page that only grows is slow by evening",
    });
  },

  "leaves text what is text": async (given) => {
    const { sell, report, rows } = await dashboard(given);
    report(sell("<b>", "<i>Eve</i>"));
    given.expect(rows().join() === "<i>Eve</i>,<b>" && given.page.find("b, i").length === 0, {
      called: "report(batch), with sales to <b> and to <i>Eve</i>",
      got: `#events lists "${rows().join('", "')}"`,
      expected: '"<i>Eve</i>", "<b>"',
      because: ".text(…) puts characters on the page; .html(…), or markup put together by hand, would run a stranger's script",
    });
  },

  "is left alone by an empty batch": async (given) => {
    const { sell, report, left, rows } = await dashboard(given);
    report(sell("Ada"));
    const before = `${left()} left, and ${rows()}`;
    report(given.feed.batch());
    given.expect(`${left()} left, and ${rows()}` === before, {
      called: "report(batch), with no event",
      got: `${left() || "nothing"} left, and ${rows()}`,
      expected: before,
      because: "an empty batch says that nothing happened",
    });
  },

  "runs as it is under short polling": async (given) => {
    const { poll, sell, report, left, rows } = await dashboard(given);
    given.server.answer(({ query }) => given.feed.batch(query.after));
    sell("Ada", "Bob");
    poll(report);
    await given.clock.pass(6_000);
    sell("Cleo");
    await given.clock.pass(12_000);
    const seen = `${left()} left, and ${rows()}`;
    given.expect(seen === "1997 left, and Cleo,Bob,Ada", {
      called: "poll(report), with sales to Ada, Bob and, between two answers, Cleo",
      got: seen,
      expected: "1997 left, and Cleo,Bob,Ada",
      because: "a dashboard does not know how a batch came; the same report serves both",
    });
    given.say("The same report was fed by a socket and by a short poll.");
  },
};
