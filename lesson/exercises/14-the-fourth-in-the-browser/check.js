// The contract's tests for the browser's half, on an EventSource that does what the standard says
// (https://html.spec.whatwg.org/multipage/server-sent-events.html), on the handed-in clock.

const PATH = "/demos/server-sent-events/sales";
const WAY = 20; // ms
const RETRY = 3000; // ms after which a browser calls again, unless told otherwise
const CODES = { CONNECTING: 0, OPEN: 1, CLOSED: 2 };

/** The server's end: a stream of the feed, as exercise 13 makes it. */
function createStreams(feed) {
  const streams = { answers: "well", asked: [], sources: new Set() };

  streams.ask = (source, { url, lastId }) => {
    const { searchParams: query, pathname } = new URL(url, location.href);
    const [epoch, after] = lastId ? lastId.split(":") : [query.get("epoch"), query.get("after")];
    streams.asked.push({ pathname, query: Object.fromEntries(query), lastId, t: performance.now() });
    return feed.batch(after, epoch);
  };
  streams.open = () => [...streams.sources].filter((source) => source.readyState === EventSource.OPEN);
  streams.push = (n) => {
    feed.sell(n);
    for (const source of streams.open()) source.receive(feed.batch(feed.last - n));
  };
  streams.cut = () => streams.open().forEach((source) => source.fail());
  return streams;
}

/** A browser's EventSource, as far as a transport can see it. */
function createEventSource(streams) {
  class EventSource extends EventTarget {
    constructor(url) {
      super();
      Object.assign(this, CODES, { url: new URL(url, location.href).href, readyState: CODES.CONNECTING, lastId: "" });
      Object.assign(this, { onmessage: null, onerror: null, onopen: null });
      streams.sources.add(this);
      this.timer = setTimeout(() => this.connect(), WAY);
    }

    connect() {
      if (streams.answers === "not at all") return this.fail();
      const batch = streams.ask(this, this);
      if (streams.answers === "500") return this.end();
      this.readyState = CODES.OPEN;
      this.tell(new Event("open"));
      this.receive(batch);
    }

    receive(batch) {
      if (this.readyState !== CODES.OPEN) return;
      this.lastId = `${batch.epoch}:${batch.events.at(-1)?.id ?? batch.last}`;
      const facts = { data: JSON.stringify(batch), lastEventId: this.lastId, origin: location.origin };
      this.tell(new MessageEvent("message", facts));
    }

    /** The line broke: it calls again by itself. */
    fail() {
      this.readyState = CODES.CONNECTING;
      this.timer = setTimeout(() => this.connect(), RETRY);
      this.tell(new Event("error"));
    }

    /** The answer was no stream: that was it. */
    end() {
      this.readyState = CODES.CLOSED;
      this.tell(new Event("error"));
    }

    close() {
      clearTimeout(this.timer);
      this.readyState = CODES.CLOSED;
    }

    tell(event) {
      this[`on${event.type}`]?.call(this, event);
      this.dispatchEvent(event);
    }
  }
  return Object.assign(EventSource, CODES);
}

/** Start the student's transport on a feed that holds five events. */
async function begin({ load, feed, clock, wiring }, after = null) {
  feed.sell(5);
  const streams = createStreams(feed);
  window.EventSource = createEventSource(streams);
  const { transport } = await load("event-stream.js");
  const cursor = { epoch: after === null ? null : feed.epoch, after };
  const { given, reported } = wiring({ path: PATH, cursor });
  const own = transport(given);
  own.start();
  await clock.pass(100);
  return { own, reported, streams };
}

function ids(reported) {
  return reported.flatMap(({ events }) => events.map(({ id }) => id));
}

function expectEach(expect, reported, [from, to], called, because) {
  const got = ids(reported);
  const wanted = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  expect(got.join() === wanted.join(), {
    called,
    got: got.length ? `reported the events ${got.join(", ")}` : "reported no events",
    expected: `reported the events ${wanted.join(", ")}`,
    because,
  });
}

function expectOpen(expect, streams, called, because) {
  const n = streams.open().length;
  const why = n > 0 ? because : "an answer that is closed after each message is polling; leave it open";
  expect(n === 1, { called, got: `${n} open streams`, expected: "1 open stream", because: why });
}

export const checks = {
  "hears what comes": async (given) => {
    const { expect, clock } = given;
    const { reported, streams } = await begin(given, 2);
    const [first] = streams.asked;
    expectEach(expect, reported, [3, 5], "start(), with the cursor at 2 and 5 events in the feed", "each message's data is a batch, as JSON text: parse it, and hear it");
    expect(first.pathname === PATH && first.query.after === "2", {
      called: "start(), with the cursor at 2",
      got: `asked ${first.pathname} with after=${first.query.after}`,
      expected: `asked ${PATH} with after=2`,
      because: "the address says where to listen, and from where on",
    });
    streams.push(1);
    await clock.pass(1000);
    streams.push(2);
    await clock.pass(1000);
    expectEach(expect, reported, [3, 8], "three more are sold, and come on the same stream", "each message is heard, not the first only");
  },

  "leaves it alone where it calls by itself": async (given) => {
    const { expect, clock } = given;
    const { reported, streams } = await begin(given);
    for (const sold of [2, 1]) {
      streams.cut();
      streams.push(sold);
      await clock.pass(10_000);
    }
    streams.push(1);
    await clock.pass(100);
    const called = "the line breaks twice, and tickets are sold meanwhile";
    expectOpen(expect, streams, called, "readyState is CONNECTING: it calls again by itself, and who opens another one hears all twice");
    expectEach(expect, reported, [6, 9], called, "it sends the newest id when it comes back, so nothing is lost");
  },

  "comes back where the browser gives up": async (given) => {
    const { expect, clock } = given;
    const { reported, streams } = await begin(given);
    streams.push(2);
    streams.answers = "500";
    streams.cut();
    await clock.pass(30_000);
    const called = "the line breaks, the server answers 500 for 30 s, and then is well again";
    const asked = streams.asked.length;
    expect(asked > 3, {
      called,
      got: `asked ${asked - 1} ${asked === 2 ? "time" : "times"} in these 30 s`,
      expected: "asked now and then: a browser that was refused once never asks again by itself",
      because: "readyState is CLOSED: now it is for you to listen anew",
    });
    expect(asked < 20, {
      called,
      got: `asked ${asked - 1} ${asked === 2 ? "time" : "times"} in these 30 s`,
      expected: "about 7 times: after 0.5 s, then 1, 2, 4 and 6.4 s",
      because: "a server in trouble is left in peace: wait backoff.next() ms before each",
    });
    streams.answers = "well";
    streams.push(3);
    await clock.pass(10_000);
    expectEach(expect, reported, [6, 10], called, "a new EventSource remembers no id: its address must have the cursor of this moment");
    expectOpen(expect, streams, called, "one page listens once");
  },

  "is there again after a night without a server": async (given) => {
    const { expect, clock } = given;
    const { reported, streams } = await begin(given);
    streams.answers = "not at all";
    streams.cut();
    await clock.pass(60_000);
    streams.answers = "well";
    streams.push(2);
    await clock.pass(10_000);
    streams.push(1);
    const called = "nobody answers for a minute, and then somebody does";
    expectEach(expect, reported, [6, 8], called, "the browser calls every three seconds by itself; leave it alone");
    expectOpen(expect, streams, called, "one page listens once");
  },

  "stops, and goes on": async (given) => {
    const { expect, clock, say } = given;
    const { own, reported, streams } = await begin(given);
    streams.push(1);
    own.stop();
    await clock.pass(100);
    expect(streams.open().length === 0, {
      called: "stop()",
      got: "the stream is still open",
      expected: "it is closed",
      because: "a browser has six connections to a server; one that nobody hears is taken from the others",
    });
    streams.push(2);
    own.start();
    await clock.pass(100);
    expectEach(expect, reported, [6, 8], "stop(), two are sold, start()", "it goes on from its own cursor, and nothing is reported meanwhile");
    streams.answers = "500";
    streams.cut();
    await clock.pass(3100);
    own.stop();
    const asked = streams.asked.length;
    await clock.pass(30_000);
    expect(streams.asked.length === asked, {
      called: "stop(), while it waits to listen anew",
      got: `asked ${streams.asked.length - asked} times after it`,
      expected: "never asked again",
      because: "look at signal.aborted after each wait",
    });
    say("One request, and a stream that comes back. That is the fourth technique, on both sides.");
  },
};
