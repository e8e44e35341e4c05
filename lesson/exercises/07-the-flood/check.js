// Does it leave a server in trouble in peace, and wait for an answer longer than the server holds it?

const PATH = "/yours/long-poll/sales";

/** The student's long poll over a server that holds, or fails while `out` is true. */
async function poll({ load, wiring, server, feed }, hold = 25) {
  const { given, reported } = wiring({ path: PATH, cursor: { epoch: feed.epoch, after: 0 }, settings: { hold } });
  const world = { out: false, reported, failures: [] };
  server.answer((request) => {
    const { query } = request;
    if (world.out) {
      world.failures.push(request);
      return server.problem(503, "the server is away");
    }
    const batch = feed.batch(query.after, query.epoch);
    const held = 1_000 * Number(query.hold ?? 25);
    return batch.events.length > 0 ? batch : server.hold(held, () => feed.batch(query.after));
  });
  const { transport } = await load("long-poll.js");
  return Object.assign(world, transport(given));
}

const times = (n) => (n === 1 ? "1 time" : `${n} times`);

/** How long after each request the next one came, in s. */
const gaps = (requests) => requests.slice(1).map(({ t }, i) => (t - requests[i].t) / 1000);

/** When the browser gave up, and how much too early. */
function hungUp({ t, withdrawn }) {
  const patience = withdrawn - t;
  const early = (25_020 - patience) / 1000;
  const waited = patience < 1000 ? `${Math.round(patience)} ms` : `${Number((patience / 1000).toFixed(1))} s`;
  return `it hung up after ${waited}, and the answer came ${Number(early.toFixed(early < 1 ? 2 : 0))} s later`;
}

const listed = (seconds) => seconds.slice(0, 6).map((s) => `${s.toFixed(1)} s`).join(", ");

export const checks = {
  "does not flood a server in trouble": async (given) => {
    const { clock, server, expect } = given;
    const yours = await poll(given);
    yours.out = true;
    yours.start();
    await clock.pass(10_000);
    expect(server.requests.length < 15, {
      called: "start(), and the server answers 503 for 10 s",
      got: `asked ${times(server.requests.length)}`,
      expected: "asked about 5 times",
      because: "that was one page: a thousand of them keep the server down",
    });
    await clock.pass(30_000);
    const waited = gaps(server.requests);
    expect(waited.length > 4 && waited.slice(1, 4).every((wait, i) => wait > 1.4 * waited[i]), {
      called: "start(), and the server answers 503 for 40 s",
      got: `asked again after ${listed(waited) || "nothing: it gave up"}`,
      expected: "after 0.5 s, 1.0 s, 2.0 s, 4.0 s, and then about 6.4 s each time",
      because: "backoff.next() doubles: the longer it lasts, the less often one should ask",
    });
  },

  "outlasts the hold": async (given) => {
    const { clock, server, expect } = given;
    const yours = await poll(given);
    yours.start();
    await clock.pass(26_000);
    expect(!server.requests[0].withdrawn, {
      called: "start(), with a hold of 25 s, and nothing is sold",
      got: hungUp(server.requests[0]),
      expected: "it waits for the answer",
      because: "the answer needs a moment for the way: what it carries would be thrown away",
    });
  },

  "outlasts any hold": async (given) => {
    const { clock, server, expect } = given;
    const yours = await poll(given, 55);
    yours.start();
    await clock.pass(56_000);
    expect(!server.requests[0].withdrawn, {
      called: "start(), with a hold of 55 s, and nothing is sold",
      got: "it hung up before the answer came",
      expected: "it waits for the answer",
      because: "the hold is a setting, in s, and the time-out follows from it, in ms",
    });
  },

  "is not endlessly patient": async (given) => {
    const { clock, server, expect } = given;
    const yours = await poll(given);
    server.answer(() => server.never);
    yours.start();
    await clock.pass(60_000);
    expect(server.requests.length > 1, {
      called: "start(), with a hold of 25 s, and the server goes without a word",
      got: "after 60 s it still waits for the first answer",
      expected: "it asks again, some 5 s after the hold",
      because: "nobody says that a line is dead; one has to notice it by the silence",
    });
  },

  "asks again at once while all is well": async (given) => {
    const { clock, server, feed, expect } = given;
    const yours = await poll(given);
    yours.start();
    await clock.pass(10_000);
    expect(server.requests.length < 5, {
      called: "start(), and nothing is sold for 10 s",
      got: `asked ${times(server.requests.length)}`,
      expected: "one question, held by the server",
      because: "a question without `hold`, or with hold=0, is short polling without a pause",
    });
    await clock.pass(16_000);
    const before = server.requests.length;
    const after = gaps(server.requests).at(-1);
    expect(before === 2 && after < 25.2, {
      called: "start(), and nothing is sold for 26 s",
      got: `asked ${times(before)}`,
      expected: "asked 2 times: at once, and again when the hold was over",
      because: "here the server waits: a browser that waits besides is late by as much",
    });
    feed.sell(3);
    await clock.pass(25_000);
    const ids = yours.reported.flatMap(({ events }) => events.map(({ id }) => id));
    expect(ids.join() === "1,2,3", {
      called: "start(), and tickets 1, 2 and 3 are sold",
      got: `reported ${ids.join(", ") || "nothing"}`,
      expected: "reported 1, 2, 3",
      because: "each answer moves the cursor on, and is handed to report",
    });
  },

  "begins anew once all is well": async (given) => {
    const { clock, feed, expect, say } = given;
    const yours = await poll(given);
    yours.out = true;
    yours.start();
    await clock.pass(20_000);
    yours.out = false;
    feed.sell(1);
    await clock.pass(8_000);
    expect(yours.reported.some(({ events }) => events.length === 1), {
      called: "start(), 503 for 20 s, then all is well, and a ticket was sold meanwhile",
      got: "it was not reported within 8 s",
      expected: "reported",
      because: "it goes on with the cursor that it had, and never waits longer than 8 s",
    });
    yours.out = true;
    yours.failures.length = 0;
    await clock.pass(40_000);
    const waited = gaps(yours.failures);
    expect(waited[0] < 1, {
      called: "start(), 503 for 20 s, one good answer, then 503 again",
      got: `asked again after ${listed(waited) || "nothing"}`,
      expected: "after 0.5 s",
      because: "backoff.reset() is for the moment in which an answer has come",
    });
    say("It asks a server in trouble about five times in ten seconds; before, it was hundreds of times.");
  },
};
