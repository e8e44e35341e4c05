import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { createRunner } from "../../static/js/class/runner.js";
import { requests } from "./fakes/jquery.js";
import { settle } from "./stage.js";

beforeEach(() => (requests.length = 0));

/** As much of a jQuery object as the runner uses. */
function createElement() {
  const clicks = [];
  let text = "";
  let hidden = true;
  const element = {
    focused: 0,
    find: () => element,
    each: () => {},
    attr: () => {},
    on: (_, listener) => clicks.push(listener),
    trigger: () => (element.focused += 1),
    click: () => clicks.forEach((listener) => listener()),
    text: (...given) => (given.length ? (text = given[0]) : text),
    prop: (_, ...given) => (given.length ? (hidden = given[0]) : hidden),
  };
  return element;
}

/** A student who runs by long polling from event 10 on. */
function setUp(way) {
  const says = createElement();
  const press = createElement();
  const $race = { ...createElement(), find: (what) => ({ ".class-race-says": says, ".class-race-press": press })[what] ?? createElement() };
  let tell;
  const classroom = { state: null, on: (_, listener) => (tell = listener) };
  createRunner($race, { classroom, viewer: "viewer01" });

  function know(race = {}, own = { lot: "long-poll" }) {
    const all = { phase: "ready", round: 1, way, from: { epoch: "e1", after: 10 }, ticket: null, ...race };
    tell({ class: "one", race: all, own, settings: { interval: null, hold: null } });
  }

  return { says, press, know };
}

const polls = () => requests.filter(({ options }) => options.method !== "POST");
const claims = () => requests.filter(({ options }) => options.method === "POST");
const claimed = () => claims().map(({ options }) => JSON.parse(options.data).ticket);

/** Answer the poll that is open with returns of these ids. */
async function bringBack(...ids) {
  const events = ids.map((id) => ({ id, at: 0, kind: "return", data: { seat: `A${id}` } }));
  polls().at(-1).succeed({ channel: "sales", epoch: "e1", first: 1, last: ids.at(-1), events });
  await settle();
}

async function decide(claim, won) {
  if (won) claim.succeed({ won: true });
  else claim.break("error", { status: 409, responseJSON: { title: "Conflict", status: 409, won: false, winner: "web-socket" } });
  await settle();
}

test("claims every ticket of a batch, and tells of the race's own", async () => {
  const { says, press, know } = setUp("page");
  know();
  await settle();
  assert.match(says.text(), /^You are in the race, by long polling\./);
  await bringBack(11, 12);
  assert.deepEqual(claimed(), [11, 12]);
  await decide(claims()[0], false);
  await decide(claims()[1], true);
  assert.match(says.text(), /^Another ticket came back, and you got it\. The race's is still to come\.$/);
  await bringBack(13);
  await decide(claims()[2], false);
  know({ phase: "won", ticket: 13 });
  assert.equal(says.text(), "Somebody was quicker than you, by long polling.");
  know({ phase: "won", ticket: 12 });
  assert.equal(says.text(), "You got it, by long polling.");
  assert.equal(press.prop("hidden"), true);
});

test("where the race's ticket is known, claims no other", async () => {
  const { says, know } = setUp("page");
  know({ phase: "running", ticket: 13 });
  await settle();
  await bringBack(11, 13);
  assert.deepEqual(claimed(), [13]);
  await decide(claims()[0], true);
  await bringBack(14);
  assert.deepEqual(claimed(), [13]);
  assert.equal(says.text(), "You got it, by long polling.");
});

test("a press claims all that is offered, so that no later ticket hides the race's", async () => {
  const { says, press, know } = setUp("hand");
  know();
  await settle();
  await bringBack(11);
  assert.deepEqual([says.text(), press.prop("hidden"), claimed()], ["Seat A11 came back.", false, []]);
  press.click();
  await decide(claims()[0], true);
  assert.match(says.text(), /The race's is still to come\.$/);
  await bringBack(12);
  await bringBack(13);
  assert.deepEqual([says.text(), press.prop("hidden"), press.focused], ["Seat A13 came back.", false, 2]);
  press.click();
  assert.deepEqual(claimed(), [11, 12, 13]);
  know({ phase: "won", ticket: 12 });
  await decide(claims()[2], true);
  assert.equal(says.text(), "Claiming it.");
  await decide(claims()[1], false);
  assert.equal(says.text(), "Somebody was quicker than you, by long polling.");
});

test("an offer that is found to be none of the race's is withdrawn", async () => {
  const { says, press, know } = setUp("hand");
  know();
  await settle();
  await bringBack(11);
  know({ phase: "running", ticket: 12 });
  assert.match(says.text(), /^You are in the race/);
  assert.equal(press.prop("hidden"), true);
  await bringBack(12);
  assert.deepEqual([says.text(), press.prop("hidden")], ["Seat A12 came back.", false]);
});

test("who has claimed already, on another page or before a reload, reads so", async () => {
  const { says, know } = setUp("page");
  know({ phase: "won", ticket: 11 });
  await settle();
  await bringBack(11);
  const detail = "you have claimed this ticket already";
  claims()[0].break("error", { status: 409, responseJSON: { title: "Conflict", status: 409, detail } });
  await settle();
  assert.equal(says.text(), `Not claimed: ${detail}.`);
});
