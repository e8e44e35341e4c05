// Does it go on after a failure, wait longer after each one, and hide nothing that is not the line's fault?

const PATH = "/yours/short-poll/sales";

/** The student's poll over a line that fails while `out` is true; `more` replaces what a transport is given. */
async function poll({ load, wiring, server, feed }, more = {}) {
  const { given, reported } = wiring({ path: PATH, cursor: { epoch: feed.epoch, after: 0 } });
  const world = { out: false, reported };
  server.answer(({ query }) => {
    return world.out ? server.problem(503, "the server is away") : feed.batch(query.after, query.epoch);
  });
  const { transport } = await load("short-poll.js");
  return Object.assign(world, transport({ ...given, ...more }));
}

const times = (n) => (n === 1 ? "1 time" : `${n} times`);

/** How long it waited before each request, in s; an answer is there after 20 ms. */
function waits(requests) {
  return requests.slice(1).map(({ t }, i) => (t - requests[i].t - 20) / 1000);
}

const listed = (seconds) => seconds.slice(0, 6).map((s) => `${s.toFixed(1)} s`).join(", ");

export const checks = {
  "goes on after a failure": async (given) => {
    const { clock, server, feed, expect } = given;
    const yours = await poll(given);
    yours.start();
    await clock.pass(1_000);
    yours.out = true;
    await clock.pass(5_000); // one question meets it
    yours.out = false;
    feed.sell(1);
    await clock.pass(12_000);
    expect(server.requests.length > 3, {
      called: "start(), one good answer, one failure, and 12 s more",
      got: `asked ${times(server.requests.length)}`,
      expected: "asked 4 times or more",
      because: "the line is well again, and nobody asks: what the catch ends is over for good",
    });
    expect(yours.reported.some(({ events }) => events.length > 0), {
      called: "start(), one good answer, one failure, a ticket is sold, and 12 s more",
      got: "the ticket was never reported",
      expected: "reported, once",
      because: "after a failure it asks with the cursor that it had",
    });
  },

  "waits before it asks again": async (given) => {
    const { clock, server, expect } = given;
    const yours = await poll(given);
    yours.out = true;
    yours.start();
    await clock.pass(30_000);
    const [first] = waits(server.requests);
    expect(server.requests.length < 100, {
      called: "start(), and the server is away for 30 s",
      got: `asked ${times(server.requests.length)}`,
      expected: "asked about 8 times",
      because: "a server that is in trouble gets more of it from those who ask again at once",
    });
    expect(server.requests.length > 1 && first < 1, {
      called: "start(), and the first question fails",
      got: server.requests.length > 1 ? `the next one came after ${listed([first])}` : "no other question",
      expected: "after about 0.5 s",
      because: "most failures are short: backoff.next() begins with half a second",
    });
  },

  "waits longer each time": async (given) => {
    const { clock, server, expect } = given;
    const yours = await poll(given);
    yours.out = true;
    yours.start();
    await clock.pass(60_000);
    const waited = waits(server.requests);
    const grows = waited.slice(1, 4).every((wait, i) => wait > 1.5 * waited[i]);
    expect(grows && Math.max(...waited) <= 8.1, {
      called: "start(), and the server is away for a minute",
      got: `waited ${listed(waited)}`,
      expected: "0.5 s, 1.0 s, 2.0 s, 4.0 s, and then about 6.4 s each time",
      because: "backoff.next() doubles, and must be asked anew after each failure",
    });
  },

  "begins anew once all is well": async (given) => {
    const { clock, server, expect } = given;
    const settings = { interval: 5_000 };
    const yours = await poll(given, { settings });
    yours.out = true;
    yours.start();
    await clock.pass(20_000);
    yours.out = false;
    await clock.pass(14_000);
    yours.out = true;
    await clock.pass(10_000);
    const waited = waits(server.requests);
    const again = waited.slice(waited.findLastIndex((wait) => wait === settings.interval / 1000) + 1);
    expect(again[0] < 1, {
      called: "start(), away for 20 s, well for 14 s, away again",
      got: `after that failure it waited ${listed(again) || "for ever"}`,
      expected: "0.5 s first, as after any first failure",
      because: "backoff.reset() is for the moment in which an answer has come",
    });
  },

  "asks at its own pace while all is well": async (given) => {
    const { clock, server, expect } = given;
    const yours = await poll(given);
    yours.start();
    await clock.pass(21_000);
    const waited = waits(server.requests);
    expect(waited.length === 4 && waited.every((wait) => wait >= 5), {
      called: "start(), with settings.interval 5000, and 21 s without a failure",
      got: `waited ${listed(waited)}`,
      expected: "5.0 s after each answer",
      because: "to back off is for failures only",
    });
    yours.stop();
    await clock.pass(20_000);
    expect(server.requests.length === 5, {
      called: "stop(), and 20 s more",
      got: `asked ${times(server.requests.length - 5)} more`,
      expected: "asked no more",
      because: "a poll that was stopped has not failed",
    });
  },

  "does not swallow what is not the line's": async (given) => {
    const { clock, expect, say } = given;
    let calls = 0;
    function report() {
      calls += 1;
      throw new TypeError("a mistake in the page");
    }
    const yours = await poll(given, { report });
    let heard = null;
    Promise.resolve(yours.start()).catch((error) => (heard = error));
    await clock.pass(12_000);
    expect(heard instanceof TypeError, {
      called: "start(), with a report that throws a TypeError",
      got: `it was swallowed ${times(calls)}`,
      expected: "thrown on",
      because: "what has no `problem` is no failure of the line: a mistake that nobody hears of is never mended",
    });
    say("It outlives a server that is away, and leaves it in peace meanwhile.");
  },
};
