import assert from "node:assert/strict";
import { test } from "node:test";
import { readSetup, writeSetup } from "../../static/js/address.js";

const ALL = ["short-poll", "long-poll", "web-socket"];
const USUAL = { scene: null, interval: 5_000, hold: 25, columns: ALL };
const read = (search) => readSetup(search, ALL);

/** What the address becomes when a set-up is written into this one. */
function written(href, setup) {
  let { pathname, search, hash } = new URL(href, "http://127.0.0.1");
  globalThis.location = { pathname, search, hash };
  globalThis.history = { state: null, replaceState: (_state, _title, next) => ({ pathname, search, hash } = new URL(next, "http://127.0.0.1")) };
  writeSetup({ rate: 3, ...USUAL, ...setup }, ALL);
  return pathname + search + hash;
}

test("an address without a set-up is the usual one", () => {
  assert.deepEqual(read(""), USUAL);
});

test("a scene brings its interval", () => {
  assert.deepEqual(read("?scene=rush"), { ...USUAL, scene: "rush", interval: 1_000 });
});

test("what is named is taken", () => {
  const setup = { scene: null, interval: 200, hold: 0, columns: ["web-socket"] };
  assert.deepEqual(read("?interval=0.2&hold=0&columns=web-socket"), setup);
});

test("what makes no sense is as usual", () => {
  for (const search of ["?scene=x", "?scene=toString", "?interval=-1", "?interval=nan", "?hold=56", "?interval=1e9", "?hold="]) {
    assert.deepEqual(read(search), USUAL, search);
  }
  assert.deepEqual(read("?columns=x,long-poll").columns, ["long-poll"]);
});

test("what is as usual is left out", () => {
  assert.equal(written("/dashboard", {}), "/dashboard");
});

test("a scene stands for its interval", () => {
  assert.equal(written("/dashboard?interval=3", { rate: 20, interval: 1_000 }), "/dashboard?scene=rush");
});

test("what is not as usual is written, and what else is in the address stays", () => {
  const setup = { interval: 200, hold: 3, columns: ["short-poll", "long-poll"] };
  assert.equal(written("/dashboard?x=1#who-waits", setup), "/dashboard?x=1&interval=0.2&hold=3&columns=short-poll,long-poll#who-waits");
});

test("what was written is read as it was", () => {
  const setup = { interval: 700, hold: 40, columns: ["long-poll"] };
  assert.deepEqual(read(new URL(written("/dashboard", setup), "http://x").search), { scene: null, ...setup });
});
