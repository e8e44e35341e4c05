// The line is cut, tickets are sold meanwhile, batches come late or not at all: is each event reported, once, in order?

/** Connect the student's transport to a server that answers as the real one does. */
async function begin({ load, socket, feed, clock, wiring }, cursor) {
  const { transport } = await load("come-back.js");
  const { given, reported } = wiring({ path: "/yours/web-socket", ...(cursor && { cursor }) });
  socket.on("follow", ({ after, epoch }) => feed.batch(after, epoch));
  const own = transport(given);
  own.start();
  const page = { own, reported, follows: () => socket.heard.filter(({ name }) => name === "follow") };
  page.connect = async () => (socket.connect(), await clock.pass(100));
  page.sell = async (n, sent = n) => {
    feed.sell(n);
    if (sent) socket.push("batch", feed.batch(feed.last - sent));
    await clock.pass(100);
  };
  page.silence = async () => (socket.push("batch", feed.batch()), await clock.pass(100));
  return page;
}

function ids(reported) {
  return reported.flatMap(({ events }) => events.map(({ id }) => id));
}

/** "1 to 4, 7": ids in few words. */
function told(numbers) {
  const runs = [];
  for (const id of numbers) {
    const run = runs.at(-1);
    if (run && id === run[1] + 1) run[1] = id;
    else runs.push([id, id]);
  }
  return runs.map(([a, b]) => (a === b ? `${a}` : `${a} to ${b}`)).join(", ") || "none";
}

function times(n) {
  return `${n} ${n === 1 ? "time" : "times"}`;
}

/** Each event from one id to another, once, in order. */
function expectEach(expect, reported, [from, to], called, because) {
  const wanted = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const got = ids(reported);
  expect(got.join() === wanted.join(), {
    called,
    got: `reported the events ${told(got)}`,
    expected: `the events ${told(wanted)}, each once, in order`,
    because,
  });
}

function expectFollows(expect, page, n, called, because) {
  const got = page.follows().length;
  expect(got === n, { called, got: `followed ${times(got)}`, expected: `followed ${times(n)}`, because });
}

export const checks = {
  "follows, and reports what comes": async (given) => {
    const { expect, feed } = given;
    feed.sell(5);
    const page = await begin(given);
    await page.connect();
    expectFollows(expect, page, 1, "start(), and the first connect", "a server sends nothing to a socket that follows nothing");
    const { channel } = page.follows()[0].data ?? {};
    expect(channel === "sales", {
      called: "start(), and the first connect",
      got: `followed the channel ${channel}`,
      expected: "followed the channel sales",
      because: "the server has more than one",
    });
    await page.sell(1);
    await page.sell(2);
    expectEach(expect, page.reported, [6, 8], "5 tickets were sold before, 3 come live", "who has no cursor begins with what comes now");
  },

  "goes on where it was": async (given) => {
    const { expect, feed, socket } = given;
    feed.sell(5);
    const page = await begin(given);
    await page.connect();
    await page.sell(3);
    for (const away of [4, 1]) {
      const [known, before] = [feed.last, page.follows().length];
      socket.disconnect();
      await page.sell(away, 0);
      await page.connect();
      const called = `the line breaks after event ${known}, ${away} more are sold, and it connects again`;
      expectFollows(expect, page, before + 1, called, "a new connection is a new socket, and the server knows nothing of the old one's wishes");
      const { after, epoch } = page.follows().at(-1).data;
      expect(after === known && epoch === feed.epoch, {
        called,
        got: `followed with ${JSON.stringify(page.follows().at(-1).data)}`,
        expected: `followed with ${JSON.stringify({ channel: "sales", epoch: feed.epoch, after: known })}`,
        because: "the cursor says from where to go on, and it is the one of this moment, not of the beginning",
      });
      expectEach(expect, page.reported, [6, feed.last], called, "the answer to follow brings what was missed");
    }
  },

  "asks again where an answer could not hold it all": async (given) => {
    const { expect, feed, socket } = given;
    feed.sell(2);
    const page = await begin(given, { epoch: feed.epoch, after: 0 });
    await page.connect();
    socket.disconnect();
    await page.sell(1100, 0);
    await page.connect();
    const called = "the line breaks, 1,100 tickets are sold, and it connects again";
    expectEach(expect, page.reported, [1, 1102], called, "an answer holds at most 500 events; `last` says whether there are more");
    expectFollows(expect, page, 4, called, "three answers bring 1,100 events, 500 at most in each");
  },

  "drops what it knows": async (given) => {
    const { expect, feed } = given;
    feed.sell(2);
    const page = await begin(given, { epoch: feed.epoch, after: 0 });
    await page.connect();
    await page.sell(2, 4);
    await page.sell(0, 3);
    await page.sell(1, 2);
    const called = "batches come that begin with events known already";
    expectEach(expect, page.reported, [1, 5], called, "an id at or below the cursor was reported before: drop it");
    expectFollows(expect, page, 1, called, "what is new here begins right after the cursor, so nothing is missing and there is nothing to ask");
  },

  "finds the gap": async (given) => {
    const { expect, feed } = given;
    feed.sell(2);
    const page = await begin(given, { epoch: feed.epoch, after: 0 });
    await page.connect();
    await page.sell(3, 1);
    const called = "events 3 and 4 get lost, and a batch brings event 5";
    expectEach(expect, page.reported, [1, 5], called, "the next id is the cursor's + 1; where it is not, follow again from the cursor");
    await page.sell(2, 0);
    await page.silence();
    const silent = "events 6 and 7 get lost, and after 5 s an empty batch says that last is 7";
    expectEach(expect, page.reported, [1, 7], silent, "a last beyond the cursor says that something is missing");
    await page.silence();
    await page.silence();
    expectFollows(expect, page, 3, "two more empty batches, with nothing missing", "an empty batch whose last is the cursor says that all is well");
  },

  "starts over in a new epoch": async (given) => {
    const { expect, feed, socket } = given;
    feed.sell(4);
    const page = await begin(given, { epoch: feed.epoch, after: 0 });
    await page.connect();
    socket.disconnect();
    feed.epoch = "new123";
    await page.connect();
    const called = "the server starts anew, with another epoch, and it connects again";
    const second = page.reported.filter(({ epoch }) => epoch === "new123");
    expectEach(expect, second, [1, 4], called, "the answer is the new epoch from its beginning: report it as it is");
    feed.epoch = "new456";
    await page.sell(1, 1);
    const third = page.reported.filter(({ epoch }) => epoch === "new456");
    expectEach(expect, third, [1, 5], "a live batch brings event 5 of another epoch", "its ids mean nothing to this cursor: follow, and the answer brings all");
  },

  "does not trip over an answer that never came": async (given) => {
    const { expect, feed, socket, clock } = given;
    feed.sell(3);
    const page = await begin(given, { epoch: feed.epoch, after: 0 });
    socket.connect();
    socket.disconnect();
    await clock.pass(1000);
    await page.connect();
    await clock.pass(15_000);
    await page.sell(1);
    expectEach(expect, page.reported, [1, 4], "the line breaks before `follow` is answered, and it connects again", "each connection follows anew, and an answer that an old one never got changes nothing");
  },

  "says nothing after stop": async (given) => {
    const { expect, feed, say } = given;
    feed.sell(1);
    const page = await begin(given, { epoch: feed.epoch, after: 0 });
    await page.connect();
    await page.sell(1);
    page.own.stop();
    await page.sell(2);
    expectEach(expect, page.reported, [1, 2], "stop(), and two more are sold", "after stop nothing is reported");
    page.own.start();
    await page.connect();
    expectEach(expect, page.reported, [1, 4], "stop(), two are sold, start()", "it goes on from its own cursor");
    say("Cut, late, doubled, another epoch: each event came once, in order.");
  },
};
