// Faults for the whole class: the panel that every viewer has for its own, wired to everybody.
import { createFaults } from "../faults.js";

/** @param {{$toggle: JQuery, $panel: JQuery, classroom: ReturnType<typeof import("../classroom.js").joinClass>}} page */
export function createClassFaults({ $toggle, $panel, classroom }) {
  let outageEnds = 0;

  /** For all, the state says of an outage only that it is on: how long, this page knows that began it. */
  function standing({ all_faults: faults }) {
    if (!faults) return null;
    return { ...faults, outage: faults.outage ? Math.max(1, (outageEnds - performance.now()) / 1000) : 0 };
  }

  createFaults({
    $toggle,
    $panel,
    viewer: "all",
    columns: [],
    classroom: {
      on: (event, listener) => event === "state" && classroom.on("state", (state) => listener({ faults: standing(state) })),
      async send(name, message) {
        await classroom.send(name, message);
        if (message.outage) outageEnds = performance.now() + message.outage * 1000;
        return { faults: standing(classroom.state) };
      },
      state: null,
    },
  });
}
