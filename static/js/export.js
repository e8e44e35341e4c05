// The figures as a file, made in the page: nothing is sent anywhere.

/**
 * One line for each column, one field for each figure.
 * @param {Object<string, Object<string, number|string|null>>} figures by technique
 */
export function toCsv(figures) {
  const names = Object.keys(Object.values(figures)[0]);
  const lines = Object.entries(figures).map(([technique, values]) => [technique, ...names.map((name) => values[name])]);
  return [["technique", ...names], ...lines].map((line) => `${line.map(field).join(",")}\r\n`).join("");
}

/**
 * A field is quoted where it must be (RFC 4180); what is not measured is empty. A text that a spreadsheet would take for
 * a formula begins with an apostrophe; a number does not, for -1 is no formula.
 */
function field(value) {
  const said = String(value ?? "");
  const text = typeof value !== "number" && /^[=+\-@\t\r]/.test(said) ? `'${said}` : said;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Save what the columns show.
 * @param {"csv"|"json"} kind JSON has the delays too, and under what settings all was measured
 * @param {{technique: string, figures: () => object, delays: () => number[]}[]} columns
 * @param {object} circumstances
 */
export function saveFigures(kind, columns, circumstances) {
  const each = (read) => Object.fromEntries(columns.map((column) => [column.technique, read(column)]));
  const figures = each((column) => column.figures());
  if (kind === "csv") return save("csv", "text/csv", toCsv(figures));
  const delays = each((column) => column.delays());
  return save("json", "application/json", JSON.stringify({ ...circumstances, figures, delays }, null, 2));
}

/** Let the browser save `text`, under a name that sorts by time and that every system takes. */
function save(ending, type, text) {
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: `are-we-there-yet-${time}.${ending}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
