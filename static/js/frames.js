// One animation frame for everyone who has something to show: whoever asks ten times is drawn once, and what is
// measured in a frame is one moment for all.

/**
 * @returns {(draw: (t: number) => void) => void} asks for `draw` to be called in the next frame; `t` is
 *   performance.now() in that frame, the moment of painting
 */
export function createFrames() {
  const waiting = new Set();

  function paint() {
    const t = performance.now();
    const draws = [...waiting];
    waiting.clear();
    for (const draw of draws) draw(t);
  }

  return function request(draw) {
    if (waiting.size === 0) requestAnimationFrame(paint);
    waiting.add(draw);
  };
}
