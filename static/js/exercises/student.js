// The student's modules: loaded anew for each check, and looked through so that what is missing is said in words.
import { Failed } from "./expect.js";

export const LOOK = "?look"; // ends the address of a file that is loaded to learn where it is wrong

/**
 * @param {string} base the address under which the student's files lie; a word after it is ignored, and makes them fresh
 * @param {typeof fetch} fetch the browser's own
 */
export function createStudent(base, fetch) {
  const life = Math.random().toString(36).slice(2);
  let loads = 0;

  async function text(file) {
    const answer = await fetch(`${base}/0/${file}`);
    if (!answer.ok) throw missing(file);
    return (await answer.text()).replaceAll("\r\n", "\n");
  }

  async function load(file) {
    await text(file);
    loads += 1;
    const url = new URL(`${base}/${life}${loads}/${file}`, location.href).href;
    try {
      return checked(await import(url), file);
    } catch (error) {
      throw error instanceof SyntaxError ? await located(error, url) : error;
    }
  }

  return { load, text };
}

function missing(file) {
  return new Failed({
    called: `the file ${file}`,
    got: "it is not there",
    expected: `${file} in this exercise's folder of my-work`,
    because: "the check reads it by this name; was it renamed? `r` in the terminal brings the starter back",
  });
}

/** What a module does not export is a failure that says so, and not `undefined`. */
function checked(module, file) {
  return new Proxy(module, {
    get(_, name) {
      if (name in module || typeof name === "symbol" || name === "then") return module[name];
      const there = Object.keys(module);
      throw new Failed({
        called: `import { ${name} } from "./${file}"`,
        got: `it exports ${there.join(", ") || "nothing"}`,
        expected: `something exported as \`${name}\``,
        because: "only what is exported can be used by others",
      });
    },
  });
}

/** An import does not say where the syntax is wrong; a script element does. */
function located(error, url) {
  return new Promise((resolve) => {
    const script = document.createElement("script");
    const done = () => (removeEventListener("error", told, true), script.remove(), resolve(error));
    const told = (event) => {
      if (event.filename) error.stack = `${error}\n at ${event.filename}:${event.lineno}:${event.colno}`;
      if (event.filename) event.preventDefault();
    };
    addEventListener("error", told, true);
    Object.assign(script, { type: "module", src: `${url}${LOOK}`, onload: done, onerror: done });
    document.head.append(script);
  });
}
