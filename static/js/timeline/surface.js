// A canvas that is as sharp as the screen and knows the page's colours and type.

/**
 * @param {HTMLCanvasElement} canvas  sized by CSS
 * @returns {{ctx: CanvasRenderingContext2D, width: number, height: number, em: number, fit: function(): void}}
 */
export function createSurface(canvas) {
  const ctx = canvas.getContext("2d");
  const surface = { ctx, width: 0, height: 0, em: 13, fit };

  /** Take over the element's size, type and the screen's resolution. Forces layout: not for every frame. */
  function fit() {
    const ratio = window.devicePixelRatio;
    const style = getComputedStyle(canvas);
    Object.assign(surface, { width: canvas.clientWidth, height: canvas.clientHeight, em: parseFloat(style.fontSize) });
    canvas.width = Math.round(surface.width * ratio);
    canvas.height = Math.round(surface.height * ratio);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.font = style.font;
  }

  return surface;
}

/** The probes' computed colours, by name. */
export function readColours(probes) {
  return Object.fromEntries(probes.map((probe) => [probe.dataset.colour, getComputedStyle(probe).color]));
}

/** Call `changed` when colours, sizes or the screen's resolution may have changed. */
export function watchLook(canvases, changed) {
  const queries = ["(prefers-color-scheme: dark)", "(prefers-contrast: more)", "(forced-colors: active)", "(prefers-reduced-motion: reduce)"];
  for (const query of queries) matchMedia(query).addEventListener("change", changed);
  new MutationObserver(changed).observe(document.documentElement, { attributes: true });
  const sizes = new ResizeObserver(changed);
  for (const canvas of canvases) sizes.observe(canvas);
  watchResolution(changed);
}

function watchResolution(changed) {
  const query = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
  query.addEventListener("change", () => { changed(); watchResolution(changed); }, { once: true });
}
