// Which demo runs: the one that is looked at, and no other. A browser has six connections to a server, and a reader has
// two eyes.

const ENOUGH = 80; // px of a running demo that must be in the window for it to go on
const SETTLED = 400; // ms that a demo is looked at before it runs: scrolling past one does not start it
const STEPS = [0, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1];

/**
 * @param {ReturnType<typeof import("./demo.js").createDemo>[]} demos
 * @returns {{look: () => void}} call it when a demo may run that might not before
 */
export function watchDemos(demos) {
  const seen = new Map(); // by element: the px of it that are in the window
  let chosen = null;
  let timer = null;

  /** What runs goes on while it is in sight; else the one that fills most of the window is next. */
  function choose() {
    if (chosen && heightOf(chosen) >= ENOUGH) return chosen;
    const best = demos.reduce((a, b) => (heightOf(b) > heightOf(a) ? b : a), demos[0]);
    return heightOf(best) > 0 ? best : null;
  }

  const heightOf = (demo) => seen.get(demo.root) ?? 0;

  function look() {
    clearTimeout(timer);
    timer = setTimeout(settle, SETTLED);
  }

  function settle() {
    chosen = choose();
    for (const demo of demos) if (demo !== chosen) demo.rest();
    chosen?.run();
  }

  const observer = new IntersectionObserver((entries) => {
    for (const { target, intersectionRect } of entries) seen.set(target, intersectionRect.height);
    look();
  }, { threshold: STEPS });
  for (const { root } of demos) observer.observe(root);

  return { look };
}
