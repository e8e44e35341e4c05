// Reads pairs of files named on standard input, and says of which the code is not the same but for comments.
import { readFileSync } from "node:fs";
import { parse } from "espree";

const OPTIONS = { ecmaVersion: "latest", sourceType: "module" };
const code = (file) => JSON.stringify(parse(readFileSync(file, "utf8"), OPTIONS), (key, value) => (["start", "end"].includes(key) ? undefined : value));

for (const pair of readFileSync(0, "utf8").trim().split("\n")) {
  const [one, other] = pair.split("\t");
  if (code(one) !== code(other)) console.log(one);
}
