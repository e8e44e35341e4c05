/** What short and long polling have in common: the same tests, twice. Time passes when told to. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { createBackoff } from "../../static/js/backoff.js";
import { TRANSPORTS } from "../../static/js/transports/index.js";
import { batch, createPollLine, createReport, createSleep, nextUnhandled, problem, settle } from "./stage.js";

const AT_5 = { epoch: "e1", after: 5 };

function setUp(technique, { cursor = AT_5, ...more } = {}) {
  const time = createSleep();
  const stage = createPollLine();
  const { report, got } = createReport();
  const settings = { interval: 5000, hold: 25 };
  const backoff = createBackoff({ random: () => 0.5 });
  const wiring = { channel: "sales", cursor, settings, report, backoff, sleep: time.sleep, line: stage.line, ...more };
  return { ...stage, ...TRANSPORTS[technique](wiring), time, got, settings };
}

/** Get the loop to ask its next question: a short poll waits before it. */
async function nextQuestion(poll) {
  if (poll.time.waits().length > 0) await poll.time.pass();
}

for (const technique of ["short-poll", "long-poll"]) {
  describe(technique, () => {
    test("asks for everything after its cursor, as soon as it is started", () => {
      const poll = setUp(technique);
      assert.equal(poll.asked.length, 0);
      poll.start();
      assert.equal(poll.asked.length, 1);
      assert.equal(poll.asked[0].path, `/demos/${technique}/sales`);
      assert.equal(poll.asked[0].query.epoch, "e1");
      assert.equal(poll.asked[0].query.after, 5);
    });

    test("reports each batch and goes on from its newest event", async () => {
      const poll = setUp(technique);
      poll.start();
      await poll.answer(batch({ from: 6, to: 8 }));
      await nextQuestion(poll);
      assert.equal(poll.asked.at(-1).query.after, 8);
      await poll.answer(batch({ from: 9, to: 9 }));
      assert.deepEqual(poll.got, ["6 7 8", "9"]);
    });

    test("reports an empty batch and asks the same again", async () => {
      const poll = setUp(technique);
      poll.start();
      await poll.answer(batch({ last: 5 }));
      await nextQuestion(poll);
      assert.deepEqual(poll.got, ["last 5"]);
      assert.equal(poll.asked.length, 2);
      assert.equal(poll.asked[1].query.after, 5);
    });

    test("without a cursor begins from now on", async () => {
      const poll = setUp(technique, { cursor: { epoch: null, after: null } });
      poll.start();
      assert.equal(poll.asked[0].query.after, null);
      await poll.answer(batch({ last: 42 }));
      await nextQuestion(poll);
      assert.deepEqual([poll.asked[1].query.epoch, poll.asked[1].query.after], ["e1", 42]);
    });

    test("starts over in a new epoch", async () => {
      const poll = setUp(technique);
      poll.start();
      await poll.answer(batch({ from: 1, to: 2, epoch: "e2" }));
      await nextQuestion(poll);
      assert.deepEqual([poll.asked[1].query.epoch, poll.asked[1].query.after], ["e2", 2]);
    });

    test("after a page that is not the whole asks again at once", async () => {
      const poll = setUp(technique);
      poll.start();
      await poll.answer(batch({ from: 6, to: 505, last: 700 }));
      assert.deepEqual(poll.time.waits(), []);
      assert.equal(poll.asked.length, 2);
      assert.equal(poll.asked[1].query.after, 505);
    });

    test("backs off longer and longer while it fails, and from the start again once it was well", async () => {
      const poll = setUp(technique);
      poll.start();
      const waits = [];
      for (let i = 0; i < 6; i++) {
        await poll.fail(problem(500));
        assert.equal(poll.asked.length, i + 1);
        waits.push(...poll.time.waits());
        await poll.time.pass();
      }
      assert.deepEqual(waits, [500, 1000, 2000, 4000, 6400, 6400]);
      await poll.answer(batch({ from: 6, to: 6 }));
      await nextQuestion(poll);
      await poll.fail(problem(0));
      assert.deepEqual(poll.time.waits(), [500]);
    });

    test("loses nothing over a failure: the same cursor is asked for again", async () => {
      const poll = setUp(technique);
      poll.start();
      for (const status of [0, 404, 500]) {
        await poll.fail(problem(status));
        await poll.time.pass();
        assert.equal(poll.asked.at(-1).query.after, 5);
      }
      await poll.answer(batch({ from: 6, to: 7 }));
      assert.deepEqual(poll.got, ["6 7"]);
      assert.deepEqual(poll.told, []);
    });

    test("a refused cursor starts over from now, after a back-off, and says so", async () => {
      const poll = setUp(technique);
      poll.start();
      await poll.fail(problem(400, "Bad cursor"));
      assert.deepEqual(poll.told, [{ kind: "refused", problem: problem(400, "Bad cursor") }]);
      assert.deepEqual(poll.time.waits(), [500]);
      await poll.time.pass();
      assert.deepEqual([poll.asked[1].query.epoch, poll.asked[1].query.after], [null, null]);
    });

    test("stopped during a question withdraws it, asks no more and reports no more", async () => {
      const poll = setUp(technique);
      poll.start();
      poll.stop();
      assert.equal(poll.asked[0].signal.aborted, true);
      await poll.answer(batch({ from: 6, to: 6 }));
      assert.deepEqual([poll.got, poll.asked.length, poll.time.slept], [[], 1, []]);
    });

    test("stopped when the answer is in, but not read yet, reports nothing", async () => {
      const poll = setUp(technique);
      poll.start();
      poll.asked[0].answer(batch({ from: 6, to: 6 }));
      poll.stop();
      await settle();
      assert.deepEqual(poll.got, []);
    });

    test("stopped while it waits after a failure asks no more", async () => {
      const poll = setUp(technique);
      poll.start();
      await poll.fail(problem(503));
      poll.stop();
      await settle();
      assert.equal(poll.asked.length, 1);
      assert.deepEqual(poll.time.waits(), []);
    });

    test("stopped by its own report asks no more", async () => {
      const poll = setUp(technique, { report: () => poll.stop() });
      poll.start();
      await poll.answer(batch({ from: 6, to: 505, last: 700 }));
      assert.equal(poll.asked.length, 1);
    });

    test("started again goes on from where it was", async () => {
      const poll = setUp(technique);
      poll.start();
      await poll.answer(batch({ from: 6, to: 9 }));
      poll.stop();
      poll.start();
      assert.equal(poll.asked.at(-1).query.after, 9);
    });

    test("stopped and started in quick succession runs one loop, and the old answer is dropped", async () => {
      const poll = setUp(technique);
      for (let i = 0; i < 3; i++) {
        poll.start();
        poll.stop();
      }
      poll.start();
      await settle();
      assert.equal(poll.asked.filter(({ signal }) => !signal.aborted).length, 1);
      for (const question of poll.asked) question.answer(batch({ from: 6, to: 6 }));
      await settle();
      assert.deepEqual(poll.got, ["6"]);
      await nextQuestion(poll);
      assert.equal(poll.asked.filter(({ signal }) => !signal.aborted).length, 2);
    });

    test("started twice runs one loop", async () => {
      const poll = setUp(technique);
      poll.start();
      poll.start();
      await settle();
      assert.equal(poll.asked.length, 1);
    });

    test("a mistake in the dashboard is no trouble of the line: it is thrown", async () => {
      const poll = setUp(technique, {
        report: () => {
          throw new Error("oops");
        },
      });
      const thrown = nextUnhandled();
      poll.start();
      await poll.answer(batch({ from: 6, to: 6 }));
      assert.equal((await thrown).message, "oops");
    });

    test("leaves nothing behind on its signal, however long it runs", async () => {
      const poll = setUp(technique);
      poll.start();
      for (let id = 6; id < 60; id++) {
        await poll.answer(batch({ from: id, to: id }));
        await nextQuestion(poll);
      }
      const { signal } = poll.asked[0];
      assert.equal(getEventListeners(signal, "abort").length, poll.asked.length); // the stage's own, one a question
    });
  });
}

describe("only the short poll", () => {
  test("waits for the interval between two questions, and reads it at every turn", async () => {
    const poll = setUp("short-poll");
    poll.start();
    await poll.answer(batch({ from: 6, to: 6 }));
    assert.deepEqual(poll.time.waits(), [5000]);
    poll.settings.interval = 200;
    await poll.time.pass();
    await poll.answer(batch({ last: 6 }));
    assert.deepEqual(poll.time.waits(), [200]);
  });

  test("waits 10 s for an answer", () => {
    const poll = setUp("short-poll");
    poll.start();
    assert.equal(poll.asked[0].timeout, 10_000);
  });

  test("stopped while it waits asks no more", async () => {
    const poll = setUp("short-poll");
    poll.start();
    await poll.answer(batch({ last: 5 }));
    poll.stop();
    await settle();
    assert.deepEqual([poll.asked.length, poll.time.waits()], [1, []]);
  });
});

describe("only the long poll", () => {
  const holds = (poll) => poll.asked.map(({ query }) => query.hold);

  test("does not wait between two questions", async () => {
    const poll = setUp("long-poll");
    poll.start();
    for (let id = 6; id < 10; id++) await poll.answer(batch({ from: id, to: id }));
    assert.equal(poll.asked.length, 5);
    assert.deepEqual(poll.time.slept, []);
  });

  test("its first question is not held, also after a failure and after a start", async () => {
    const poll = setUp("long-poll");
    poll.start();
    await poll.answer(batch({ last: 5 }));
    await poll.fail(problem(0));
    await poll.time.pass();
    await poll.answer(batch({ last: 5 }));
    poll.stop();
    poll.start();
    assert.deepEqual(holds(poll), [0, 25, 0, 25, 0]);
  });

  test("reads the hold at every turn, and is patient for 5 s longer than it", async () => {
    const poll = setUp("long-poll");
    poll.start();
    await poll.answer(batch({ last: 5 }));
    poll.settings.hold = 55;
    await poll.answer(batch({ last: 5 }));
    assert.deepEqual(
      poll.asked.map(({ timeout }) => timeout),
      [5_000, 30_000, 60_000],
    );
  });

  test("never asks unheld questions one after another", async () => {
    const poll = setUp("long-poll");
    poll.settings.hold = 0;
    poll.start();
    await poll.answer(batch({ last: 5 }));
    assert.deepEqual(holds(poll), [0, 1]);
  });
});
