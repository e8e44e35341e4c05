/** Several tabs of one browser: they hear one another's messages, as over a BroadcastChannel, but not their own. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { LIMIT, createTabs } from "../../static/js/tabs.js";
import { createSleep, settle } from "./stage.js";

function createBrowser() {
  const ends = [];
  let opened = 0;
  let moment = 0;

  function openTab({ now = () => (moment += 1), broadcast = connect(ends) } = {}) {
    opened += 1;
    const time = createSleep();
    const page = Object.assign(new EventTarget(), { hidden: false });
    const log = [];
    const transport = { start: () => log.push("start"), stop: () => log.push("stop") };
    const tabs = createTabs({ broadcast, page, sleep: time.sleep, now, id: String(opened) });
    const guarded = tabs.guard(transport, { changed: (state, why) => log.push(why ? `${state}: ${why}` : state) });
    return { ...guarded, lift: tabs.lift, time, page, log };
  }

  return { openTab, ends };
}

function connect(ends) {
  const end = { onmessage: null };
  end.postMessage = (data) => {
    for (const other of ends) if (other !== end) other.onmessage({ data: structuredClone(data) });
  };
  ends.push(end);
  return end;
}

/** Open tabs that hold their poll already. */
async function openRunning(browser, count) {
  const tabs = Array.from({ length: count }, () => browser.openTab());
  for (const tab of tabs) await start(tab);
  return tabs;
}

async function start(tab) {
  tab.start();
  await tab.time.pass();
}

async function turn({ page }, hidden) {
  page.hidden = hidden;
  page.dispatchEvent(new Event("visibilitychange"));
  await settle();
}

test("a tab alone starts once it has asked", async () => {
  const tab = createBrowser().openTab();
  tab.start();
  await settle();
  assert.deepEqual([tab.log, tab.time.waits()], [[], [250]]);
  await tab.time.pass();
  assert.deepEqual(tab.log, ["running", "start"]);
});

test("up to four tabs start, the fifth does not and says why", async () => {
  const browser = createBrowser();
  const tabs = await openRunning(browser, 5);
  assert.deepEqual(
    tabs.map(({ log }) => log[1] === "start"),
    [true, true, true, true, false],
  );
  assert.match(tabs[4].log[0], /^refused: 4 other tabs .* six connections/);
  assert.equal(LIMIT, 4);
});

test("a tab that was refused holds nothing and is not counted", async () => {
  const tabs = await openRunning(createBrowser(), 6);
  assert.match(tabs[5].log[0], /^refused: 4 other tabs/);
});

test("of tabs that open in one stroke the same four start", async () => {
  const browser = createBrowser();
  const tabs = Array.from({ length: 7 }, () => browser.openTab({ now: () => 0 }));
  for (const tab of tabs) tab.start();
  for (const tab of tabs) await tab.time.pass();
  assert.equal(tabs.filter(({ log }) => log[1] === "start").length, 4);
});

test("a fifth whose others answer late stops again, says why, and is not counted", async () => {
  const browser = createBrowser();
  await openRunning(browser, 4);
  const busy = browser.ends.map((end) => end.onmessage);
  const asked = [];
  for (const end of browser.ends) end.onmessage = (message) => asked.push([end, message]);
  const [fifth] = await openRunning(browser, 1);
  assert.deepEqual(fifth.log, ["running", "start"]);
  for (const [i, end] of browser.ends.slice(0, 4).entries()) end.onmessage = busy[i];
  for (const [end, message] of asked) end.onmessage(message);
  assert.deepEqual(fifth.log.slice(2, 3), ["stop"]);
  assert.match(fifth.log[3], /^refused: 4 other tabs/);
  await settle();
  assert.equal(getEventListeners(fifth.page, "visibilitychange").length, 0);
  const [sixth] = await openRunning(browser, 1);
  assert.match(sixth.log[0], /^refused: 4 other tabs/);
});

test("late answers stop no tab that was told to start anyway", async () => {
  const browser = createBrowser();
  const tabs = await openRunning(browser, 5);
  tabs[4].lift();
  await start(tabs[4]);
  await openRunning(browser, 1);
  assert.deepEqual(tabs[4].log.slice(1), ["running", "start"]);
});

test("a tab that was refused may start when another has stopped", async () => {
  const browser = createBrowser();
  const tabs = await openRunning(browser, 5);
  tabs[0].stop();
  await start(tabs[4]);
  assert.deepEqual(tabs[4].log.slice(1), ["running", "start"]);
});

test("the limit can be lifted, for the tab that asks for it", async () => {
  const browser = createBrowser();
  const tabs = await openRunning(browser, 5);
  tabs[4].lift();
  await start(tabs[4]);
  assert.deepEqual(tabs[4].log.slice(1), ["running", "start"]);
  const [sixth] = await openRunning(browser, 1);
  assert.match(sixth.log[0], /^refused: 5 other tabs/);
});

test("where there is no BroadcastChannel, each tab starts", async () => {
  const tab = createBrowser().openTab({ broadcast: null });
  await start(tab);
  assert.deepEqual(tab.log, ["running", "start"]);
});

test("hidden for 10 s it lets go, and shown it takes up again", async () => {
  const [tab] = await openRunning(createBrowser(), 1);
  await turn(tab, true);
  assert.deepEqual(tab.time.waits(), [10_000]);
  await tab.time.pass();
  assert.deepEqual(tab.log.slice(2), ["stop", "let go"]);
  await turn(tab, false);
  await tab.time.pass();
  assert.deepEqual(tab.log.slice(4), ["running", "start"]);
});

test("hidden for less than 10 s at a time it goes on", async () => {
  const [tab] = await openRunning(createBrowser(), 1);
  for (let i = 0; i < 3; i++) {
    await turn(tab, true);
    await turn(tab, false);
  }
  assert.deepEqual([tab.log, tab.time.waits()], [["running", "start"], []]);
});

test("shown and hidden again at once, the 10 s count from the second time", async () => {
  const [tab] = await openRunning(createBrowser(), 1);
  await turn(tab, true);
  tab.page.hidden = false;
  tab.page.dispatchEvent(new Event("visibilitychange"));
  await turn(tab, true);
  assert.deepEqual([tab.log, tab.time.waits()], [["running", "start"], [10_000]]);
});

test("a tab that let go is not counted", async () => {
  const browser = createBrowser();
  const [first] = await openRunning(browser, 4);
  await turn(first, true);
  await first.time.pass();
  const [fifth] = await openRunning(browser, 1);
  assert.deepEqual(fifth.log, ["running", "start"]);
});

test("a tab that comes back to four others is refused", async () => {
  const browser = createBrowser();
  const [first] = await openRunning(browser, 4);
  await turn(first, true);
  await first.time.pass();
  await openRunning(browser, 1);
  await turn(first, false);
  await first.time.pass();
  assert.match(first.log.at(-1), /^refused: 4 other tabs/);
});

test("stopped while hidden it does not come back when shown", async () => {
  const [tab] = await openRunning(createBrowser(), 1);
  await turn(tab, true);
  await tab.time.pass();
  tab.stop();
  await turn(tab, false);
  assert.deepEqual([tab.log.slice(-1), tab.time.waits()], [["stop"], []]);
});

test("stopped while it asks it does not start, and started again it starts once", async () => {
  const tab = createBrowser().openTab();
  tab.start();
  tab.stop();
  tab.start();
  await tab.time.pass();
  await tab.time.pass();
  assert.deepEqual(tab.log.filter((entry) => entry === "start").length, 1);
});

test("stopped it stops its transport, and keeps no place and no listener", async () => {
  const browser = createBrowser();
  const tabs = await openRunning(browser, 4);
  for (const tab of tabs) tab.stop();
  await settle();
  assert.deepEqual(tabs[0].log, ["running", "start", "stop"]);
  assert.equal(getEventListeners(tabs[0].page, "visibilitychange").length, 0);
  const [next] = await openRunning(browser, 1);
  assert.equal(next.log[1], "start");
});
