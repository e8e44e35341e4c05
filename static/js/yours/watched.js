// A line as a student's transport gets it: the column's own, below /yours/, and watched for what symptoms.js looks at.
const KEPT = 500; // moments of asking
const AT_ONCE = 50; // ms: nobody who waits waits for less
const SOCKETS = "/yours/socket.io/";

/** @param {ReturnType<typeof import("../line.js").createLine>} line */
export function watch(line, now = () => performance.now()) {
  const waiting = new Map(); // number of a question -> when it was asked
  let asked = [];
  let hasty = [];
  let vainAt = -Infinity; // when a question ended without news, or without an answer
  let failed = false;
  let numbers = 0;

  /** Note that a question was asked. @returns {(how: "well"|"empty"|"failed") => void} notes how it ended */
  function note() {
    const number = (numbers += 1);
    asked = [...asked.slice(-KEPT), now()];
    if (now() - vainAt < AT_ONCE) hasty = [...hasty.slice(-KEPT), now()];
    waiting.set(number, now());
    return (how) => {
      waiting.delete(number);
      failed = how === "failed";
      if (how !== "well") vainAt = now();
    };
  }

  async function ask(path, query, how) {
    const ended = note();
    try {
      const batch = await line.ask(renamed(path), query, how);
      ended(batch.events.length === 0 ? "empty" : "well");
      return batch;
    } catch (error) {
      ended("failed");
      throw error;
    }
  }

  function connect(namespace, how) {
    return line.connect(renamed(namespace), { ...how, path: SOCKETS });
  }

  return {
    line: { ...line, ask, connect },
    note,
    signs: () => ({ asked, hasty, failed, waiting: waiting.size > 0 ? Math.min(...waiting.values()) : null }),
  };
}

/** The lesson's own transports ask the demos; a student's server has the same below its own address. */
function renamed(path) {
  return path.replace(/^\/demos\//, "/yours/");
}
