import assert from "node:assert/strict";
import { test } from "node:test";
import { NORMAL, inShort, isOn, lateness, sentences } from "../../static/js/faults/words.js";

const on = (faults) => ({ ...NORMAL, ...faults });

test("where nothing is on, that is said", () => {
  assert.equal(inShort(NORMAL), "none");
  assert.deepEqual(sentences(NORMAL), []);
  assert.equal(isOn(NORMAL), false);
});

test("a delay is said as it is; a jitter only ever adds to it", () => {
  assert.equal(lateness(on({ delay: 300 })), "300 ms");
  assert.equal(lateness(on({ delay: 300, jitter: 50 })), "300 to 350 ms");
  assert.equal(lateness(on({ jitter: 50 })), "0 to 50 ms");
  assert.equal(inShort(on({ delay: 1500 })), "1,500 ms");
});

test("all that is on is said, shortly and in sentences", () => {
  const all = on({ delay: 300, jitter: 50, loss: 5, outage: 2.2 });
  assert.equal(inShort(all), "300–350 ms, one in 5 lost, no server for 3 s");
  assert.deepEqual(sentences(all), ["300 to 350 ms later, each way.", "One connection in 5 is lost.", "No server for 3 s more."]);
});

test("each fault alone is on", () => {
  for (const fault of [{ delay: 10 }, { jitter: 10 }, { loss: 2 }, { outage: 0.1 }]) assert.equal(isOn(on(fault)), true);
});
