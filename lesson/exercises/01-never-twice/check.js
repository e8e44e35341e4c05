// Asks it again, and when? Does it show what it was answered?

function told(requests) {
  const first = requests.slice(0, 4).map(({ t }) => `${(t / 1000).toFixed(1)} s`);
  const times = `${requests.length} ${requests.length === 1 ? "time" : "times"}`;
  return `asked ${times}${first.length ? `, at ${first.join(", ")}` : ""}${requests.length > 4 ? " and so on" : ""}`;
}

/** What is wrong, as far as the times tell. */
function why(gaps) {
  if (gaps.length > 0 && gaps.every((gap) => gap <= 20)) return "askForSales() calls it now; setTimeout is to be handed askForSales, to be called once the time is over";
  if (gaps[0] < 5000) return "setTimeout wants the function, and then the time in ms: five seconds are 5000";
  if (gaps.some((gap) => gap < 4900)) return "setInterval goes on by itself, and here each answer begins another one; setTimeout calls once";
  return "setTimeout is handed a function, and calls it once, when the time is over; it must be the one that asks";
}

export const checks = {
  "asks again five seconds after each answer": async ({ load, expect, clock, server, feed }) => {
    server.answer(() => feed.batch());
    const { start } = await load("short-poll.js");
    start(() => {});
    await clock.pass(12_000);
    const asked = server.requests;
    const gaps = asked.slice(1).map(({ t }, i) => t - asked[i].t);
    expect(asked.length === 3 && gaps.every((gap) => gap >= 5000 && gap < 5100), {
      called: "start(show), and let 12 seconds pass",
      got: told(asked),
      expected: "asked 3 times: at once, and 5 s after each answer",
      because: why(gaps),
    });
  },

  "shows each answer": async ({ load, expect, clock, server, feed }) => {
    server.answer(() => (feed.sell(1), feed.batch(feed.last - 1)));
    const { start } = await load("short-poll.js");
    const shown = [];
    start((batch) => shown.push(batch?.last));
    await clock.pass(11_000);
    expect(shown.join() === "1,2,3", {
      called: "start(show), with a ticket sold before each answer",
      got: `show was handed batches that end at ${shown.join(", ") || "nothing"}`,
      expected: "batches that end at 1, 2, 3",
      because: "an answer that is not shown was asked for in vain",
    });
  },

  "lets a slow answer come first": async ({ load, expect, clock, server, feed, say }) => {
    server.answer(() => server.hold(7_000, feed.batch()));
    const { start } = await load("short-poll.js");
    start(() => {});
    await clock.pass(20_000);
    const asked = server.requests;
    expect(asked.length === 2, {
      called: "start(show), with a server that takes 7 seconds for each answer",
      got: told(asked),
      expected: "asked 2 times, at 0.0 s, 12.0 s: 5 s after the answer",
      because: "who counts from the question asks again while the server still works on the last one, and it falls behind for good",
    });
    say("It asks again, five seconds after each answer.");
  },
};
