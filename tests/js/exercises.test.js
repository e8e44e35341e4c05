// What the exercises' pages say, put into words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inWords } from "../../static/js/exercises/solution.js";

test("a solution's new lines are named, neighbours taken together", () => {
  assert.equal(inWords([]), "as it was.");
  assert.equal(inWords([8]), "line 8 is new.");
  assert.equal(inWords([6, 18, 19, 20]), "lines 6 and 18 to 20 are new.");
  assert.equal(inWords([1, 3, 4, 9]), "lines 1, 3 to 4 and 9 are new.");
});
