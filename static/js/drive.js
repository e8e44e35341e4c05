// What runs a column: a line, the technique's transport on it, and the count of what they do. It knows nothing of the
// page; it says what it does by notices, the line's own and `started` and `stopped`.
import { createLine } from "./line.js";
import { createTally } from "./tally.js";
import { SAY, TRANSPORTS } from "./transports/index.js";

/**
 * @param {string} technique
 * @param {object} column
 * @param {"sales"|"chat"} [column.channel]
 * @param {import("./cursor.js").Cursor} column.cursor where to begin
 * @param {{interval: number, hold: number}} column.settings
 * @param {string} column.viewer
 * @param {ReturnType<typeof import("./tabs.js").createTabs>} column.tabs
 * @param {typeof TRANSPORTS} [column.transports]
 * @param {(batch: import("./cursor.js").Batch) => void} column.report
 * @param {(notice: object) => void} column.notice
 */
export function createDrive(technique, { channel = "sales", cursor, settings, viewer, tabs, transports = TRANSPORTS, report, notice }) {
  const tally = createTally();
  const line = createLine({ viewer, technique, notice: tell });
  const transport = guarded(transports[technique]({ channel, cursor, settings, report, line }));
  let isWanted = false; // by its reader: a column that may not run is wanted all the same

  function tell(one) {
    tally.notice(one);
    notice(one);
  }

  /** A held question keeps one of the browser's few connections, so its tabs agree on who may. */
  function guarded(inner) {
    return technique === "long-poll" ? tabs.guard(inner, { changed }) : inner;
  }

  function changed(state, why) {
    tell({ kind: state === "running" ? "started" : "stopped", t: performance.now(), why });
  }

  function start() {
    isWanted = true;
    changed("running");
    transport.start();
  }

  function stop() {
    isWanted = false;
    transport.stop();
    changed("stopped");
  }

  return {
    tally,
    start,
    stop,
    /** A setting has changed: begin anew with it. */
    restart() {
      if (!isWanted) return;
      stop();
      start();
    },
    /** Run however many tabs hold a question. */
    startAnyway() {
      tabs.lift();
      start();
    },
    isWanted: () => isWanted,
    /** Speak in the channel, the way this technique does. Rejects with a LineError. */
    say: (message) => SAY[technique](line, { channel, ...message }),
  };
}
