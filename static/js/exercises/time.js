// The handed-in clock: it stands still until a check lets time pass, and then runs all that is due, in order.

const MOST = 10_000; // timers in one stretch of time; more are a loop

/** Timers ran and ran, and no end in sight. */
export class HotLoopError extends Error {}

/**
 * @param {() => Promise<void>} settle lets everything run that waits for no time
 */
export function createTime(settle) {
  const timers = new Map();
  let now = 0;
  let numbers = 0;

  function set(run, after, given, every) {
    numbers += 1;
    const isRun = typeof run === "function"; // a browser takes anything, and then does nothing
    if (isRun) timers.set(numbers, { at: now + Math.max(0, Number(after) || 0), number: numbers, run: () => run(...given), every });
    return numbers;
  }

  function next(end) {
    const due = [...timers.values()].filter(({ at }) => at <= end);
    return due.sort((a, b) => a.at - b.at || a.number - b.number)[0];
  }

  function ring(timer) {
    now = Math.max(now, timer.at);
    if (timer.every === undefined) timers.delete(timer.number);
    else timer.at = now + Math.max(1, timer.every);
    timer.run();
  }

  return {
    now: () => now,
    setTimeout: (run, after, ...given) => set(run, after, given),
    setInterval: (run, every, ...given) => set(run, every, given, Number(every) || 0),
    clear: (number) => timers.delete(number),
    /** Let so many ms pass. */
    async pass(ms) {
      const end = now + ms;
      await settle();
      for (let rung = 0, timer = next(end); timer; timer = next(end), rung += 1) {
        if (rung === MOST) throw new HotLoopError(`${MOST.toLocaleString("en")} timers had run, and ${Math.round(now)} of ${ms} ms had passed`);
        ring(timer);
        await settle();
      }
      now = end;
    },
  };
}
