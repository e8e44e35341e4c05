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

/** A field is quoted where it must be (RFC 4180); what is not measured is empty. */
function field(value) {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Let the browser save `text` as a file. */
export function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** @returns {string} a file's name that sorts by time, without what some systems refuse */
export function fileName(ending, now = new Date()) {
  return `are-we-there-yet-${now.toISOString().slice(0, 19).replaceAll(":", "-")}.${ending}`;
}
