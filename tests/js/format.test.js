import assert from "node:assert/strict";
import { test } from "node:test";
import { count, duration, inline, rate, seconds, size } from "../../static/js/format.js";

const written = (format, cases) => {
  for (const [value, text] of cases) assert.equal(inline(format(value)), text, `${value}`);
};

test("durations are ms below a second and s from there on, and never four digits", () => {
  written(duration, [
    [null, "–"],
    [0, "<1 ms"],
    [8.6, "9 ms"],
    [999.4, "999 ms"],
    [999.6, "1.0 s"],
    [2_612, "2.6 s"],
    [99_940, "99.9 s"],
    [99_960, "100 s"],
  ]);
});

test("bytes are B, kB and MB, by thousands", () => {
  written(size, [
    [0, "0 B"],
    [847, "847 B"],
    [999.6, "1.0 kB"],
    [3_800, "3.8 kB"],
    [160_400, "160 kB"],
    [2_500_000, "2.5 MB"],
  ]);
});

test("counts have thousands separators", () => {
  written(count, [
    [null, "–"],
    [0, "0"],
    [1_204, "1,204"],
  ]);
});

test("rates and settings are as short as they can be", () => {
  assert.deepEqual([rate(0.2), rate(20), seconds(5), seconds(0.2)], ["0.2/s", "20/s", "5 s", "0.2 s"]);
});
