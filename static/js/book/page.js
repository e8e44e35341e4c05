// What all demos of a page share: its connection to the class, the server's clock, the frames, what is known of the sale.
import { createClock } from "../clock.js";
import { joinClass } from "../classroom.js";
import { createFrames } from "../frames.js";
import { INTERRUPTED } from "../sale.js";
import { readStudent } from "../student.js";
import { createTabs } from "../tabs.js";
import { createViewer } from "../viewer.js";

const POINTS = 120; // one a second: as wide as the charts are

/**
 * @param {object} start what the page carried
 * @param {{know: (now: object) => void, says: (text: string) => void, look: () => void}} told
 * @param {boolean} [isNobodys] whether it is no student's page: whoever steers a class only looks
 */
export function createPage(start, { know, says, look }, isNobodys = start.steers && start.mode !== "run") {
  const viewer = createViewer();
  const classroom = joinClass({ viewer, student: isNobodys ? undefined : readStudent() });
  const connected = new Promise((resolve) => classroom.on("state", resolve)); // once, at the beginning
  const clock = createClock(classroom);
  const shared = { clock, viewer, request: createFrames(), tabs: createTabs() };
  const points = [...start.points];
  let now = start.now;

  /**
   * Tell the server something; what it refuses is said on the page.
   * @returns {Promise<boolean>} whether it was done
   */
  async function send(name, message) {
    await connected;
    try {
      await classroom.send(name, message);
      says("");
      return true;
    } catch (error) {
      if (!error.problem) throw error;
      const { status, title, detail } = error.problem;
      says(status === 0 ? "The server does not answer; it is called again by itself." : `${detail ?? title}.`);
      return false;
    }
  }

  classroom.on("now", (next) => {
    if (next.interrupted || now.interrupted) says(next.interrupted ? INTERRUPTED : "");
    now = next;
    if (isFinite(clock.uncertainty)) points.push([Math.floor(clock.now() / 1000), now.sold]);
    points.splice(0, points.length - 10 * POINTS);
    know(now);
  });
  clock.start();

  return {
    clock,
    viewer,
    look,
    start,
    /** What is measured at the wire is told here. */
    meters: { classroom, measured: start.measured },
    now: () => now,
    isHeard: () => classroom.connected,
    /** Nobody else is taught by this sale: the lesson runs on this machine, for itself. */
    isAlone: start.mode === "run" && start.steers,
    steer: (message) => send("sale", message),
    zero: () => send("zero", {}),
    /** What a column is made with. It begins at what is known now: what was before it is not its business. */
    parts: () => ({ ...shared, start: { ...start, points, last: now.last, now, latest: null } }),
  };
}
