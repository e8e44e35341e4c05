// The bench: a frame of its own in which one exercise is checked. The clock and the server are replaced before any of the
// student's code is loaded, so that it is written as everywhere. The verdict goes to the page around it, and into `data-verdict`.
import $ from "../../vendor/jquery/jquery.js";
import { expect } from "./expect.js";
import { explain } from "./explain.js";
import { createFeed, wallClock } from "./feed.js";
import { createScriptedLine, createWiring } from "./line.js";
import { createFetch, createServer, serveAjax } from "./server.js";
import { createSocket } from "./socket.js";
import { LOOK, createStudent } from "./student.js";
import { createTime } from "./time.js";

const PRINTS = 2000; // characters of the student's own prints that are shown

const bench = JSON.parse(document.body.dataset.bench);
const realFetch = fetch.bind(window);
const student = createStudent(bench.work, realFetch);
const printed = [];
const said = [];
let uncaught = []; // of the check that runs
let stage = null;

/** Let everything run that waits for no time: promises, and what the browser tells of errors. */
function settle() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => (port1.close(), resolve());
    port2.postMessage(null);
  });
}

function raiseUncaught() {
  if (uncaught.length > 0) throw uncaught[0];
}

/** A world of its own for one check. */
function createStage() {
  const time = createTime(settle);
  const [server, socket, feed] = [createServer(time), createSocket(time), createFeed(time)];
  const line = createScriptedLine(socket);
  const page = $("#page").empty();
  $(document).off();
  async function pass(ms) {
    await time.pass(ms);
    await settle(); // no timer of the browser's: those of a hidden page wait for a second each
    raiseUncaught();
  }
  const clock = { now: time.now, pass };
  const wiring = (given) => createWiring(line, given);
  return { time, given: { ...student, clock, server, socket, feed, line, wiring, page, $, expect, say: (text) => said.push(text) } };
}

function replace() {
  const time = () => stage.time;
  Object.assign(window, {
    $,
    jQuery: $,
    fetch: createFetch(() => stage.given.server),
    setTimeout: (...given) => time().setTimeout(...given),
    setInterval: (...given) => time().setInterval(...given),
    clearTimeout: (number) => time().clear(number),
    clearInterval: (number) => time().clear(number),
  });
  serveAjax(() => stage.given.server);
  performance.now = () => time().now();
  Date.now = () => wallClock(time().now());
  for (const name of ["log", "info", "warn", "error"]) console[name] = (...given) => printed.push(given.map(String).join(" "));
}

function listen() {
  addEventListener("error", (event) => {
    if (event.error && !event.filename.endsWith(LOOK)) uncaught.push(event.error);
    if (event.error) event.preventDefault();
  });
  addEventListener("unhandledrejection", (event) => (uncaught.push(event.reason), event.preventDefault()));
  // jQuery catches what its own callbacks throw, and only prints it.
  $.Deferred.exceptionHook = (error) => error instanceof Error && uncaught.push(error);
}

/** Run one check after the other, up to the first failure. @returns {Promise<string>} its message, or nothing */
async function run() {
  const { checks } = await import(bench.check);
  for (const check of Object.values(checks)) {
    uncaught = [];
    stage = createStage();
    try {
      await check(stage.given);
      await stage.given.clock.pass(0);
    } catch (error) {
      return explain(uncaught[0] ?? error, student.text);
    }
  }
  return "";
}

function tell(what) {
  parent.postMessage({ exercise: bench.name, ...what }, "*");
}

async function report() {
  tell({ begun: true });
  stage = createStage();
  replace();
  listen();
  const message = await run().catch((error) => `The check itself stumbled: ${error.stack}`);
  const verdict = { passed: message === "", message, said, printed: printed.join("\n").slice(-PRINTS) };
  document.body.dataset.verdict = JSON.stringify(verdict);
  tell({ verdict });
}

report();
