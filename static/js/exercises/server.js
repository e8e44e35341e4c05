// The scripted server: what a student's code asks by $.ajax or fetch, the check answers. Each answer takes 20 ms of the clock.
import $ from "../../vendor/jquery/jquery.js";

const WAY = 20; // ms there and back

const NOTHING = Symbol("the line breaks");
const NEVER = Symbol("no answer, ever");

class Problem {
  constructor(status, detail) {
    Object.assign(this, { status, detail, title: `HTTP ${status}` });
  }
}

class Held {
  constructor(ms, answer) {
    Object.assign(this, { ms, answer });
  }
}

/** @param {ReturnType<typeof import("./time.js").createTime>} time */
export function createServer(time) {
  let answer = () => new Problem(404, "there is nothing here");
  const requests = [];

  /** Take a request; `reply({status, body})` is called when its answer is there. Returns what withdraws it. */
  function take({ method, url, body }, reply) {
    const { pathname, searchParams } = new URL(url, location.href);
    const request = { t: time.now(), method, path: pathname, query: Object.fromEntries(searchParams), body: read(body) };
    requests.push(request);
    const timer = send(answer(request), reply);
    return () => {
      request.withdrawn = time.now();
      time.clear(timer);
    };
  }

  function send(given, reply) {
    if (given === NEVER) return 0;
    const held = given instanceof Held ? given : new Held(0, given);
    return time.setTimeout(() => reply(written(typeof held.answer === "function" ? held.answer() : held.answer)), WAY + held.ms);
  }

  return {
    requests,
    take,
    answer: (fn) => (answer = fn),
    problem: (status, detail) => new Problem(status, detail),
    hold: (ms, json) => new Held(ms, json),
    nothing: NOTHING,
    never: NEVER,
  };
}

/** @returns {object|null} a body that is JSON, or a form's */
function read(body) {
  if (!body) return null;
  try {
    return JSON.parse(body);
  } catch {
    return Object.fromEntries(new URLSearchParams(body));
  }
}

function written(given) {
  if (given === NOTHING) return { status: 0, text: "", type: "" };
  const isProblem = given instanceof Problem;
  return {
    status: isProblem ? given.status : 200,
    text: JSON.stringify(isProblem ? { ...given } : given),
    type: isProblem ? "application/problem+json" : "application/json",
  };
}

/** Let jQuery's ajax ask the server that `current` returns, instead of the network. */
export function serveAjax(current) {
  $.ajaxTransport("+*", ({ type, url, data }) => {
    let withdraw = () => {};
    return {
      send(_headers, complete) {
        withdraw = current().take({ method: type, url, body: data }, ({ status, text, type: kind }) => {
          complete(status, status ? "OK" : "error", status ? { text } : undefined, `content-type: ${kind}`);
        });
      },
      abort: () => withdraw(),
    };
  });
}

/** @returns {typeof fetch} that asks the server that `current` returns */
export function createFetch(current) {
  return (input, { method = "GET", body, signal } = {}) =>
    new Promise((resolve, reject) => {
      const withdraw = current().take({ method, url: String(input), body }, ({ status, text, type }) => {
        if (status === 0) reject(new TypeError("Failed to fetch"));
        else resolve(new Response(text, { status, headers: { "content-type": type } }));
      });
      signal?.addEventListener("abort", () => {
        withdraw();
        reject(signal.reason);
      });
    });
}
