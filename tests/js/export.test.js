import assert from "node:assert/strict";
import { test } from "node:test";
import { toCsv } from "../../static/js/export.js";

test("there is one line for each column, and one field for each figure", () => {
  const csv = toCsv({ "short-poll": { state: "live", delay: 1.5 }, "long-poll": { state: "live", delay: 2 } });
  assert.equal(csv, "technique,state,delay\r\nshort-poll,live,1.5\r\nlong-poll,live,2\r\n");
});

test("what is not measured is empty, and zero is not", () => {
  assert.equal(toCsv({ x: { "bytes-up": null, missed: 0 } }).split("\r\n")[1], "x,,0");
});

test("what would break a line is quoted", () => {
  assert.equal(toCsv({ x: { a: 'say "no", twice' } }).split("\r\n")[1], 'x,"say ""no"", twice"');
});

test("what a spreadsheet would take for a formula is text; a number stays one", () => {
  const csv = toCsv({ x: { a: "=1+1", b: "@SUM(1)", c: "-1+ran()", d: "\t=1", e: -1, f: "a=1", g: null } });
  assert.equal(csv.split("\r\n")[1], "x,'=1+1,'@SUM(1),'-1+ran(),'\t=1,-1,a=1,");
});
