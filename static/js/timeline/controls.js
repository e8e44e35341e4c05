// Buttons, keys and pointer: what the reader does becomes one of the diagram's few actions.

const KEYS = {
  ArrowLeft: "previous", ArrowRight: "next", ArrowUp: "above", ArrowDown: "below",
  " ": "freeze", PageUp: "back", PageDown: "forward", End: "live", Escape: "unchoose",
  "+": "closer", "=": "closer", "-": "farther",
};

/**
 * Connect the elements to `actions`.
 * @param {ReturnType<typeof import("./page.js").buildPage>} page
 * @param {Object<string, function>} actions  named as the buttons and as above, given the lane's index; and `pointAt(index, x, y)`,
 *   `pointAway()`, `pin(index, x, y)`, and `look()` when the focus came or went
 */
export function connectControls(page, actions) {
  for (const [name, button] of Object.entries(page.buttons)) button.addEventListener("click", () => actions[name]());
  page.lanes.forEach(({ canvas }, index) => {
    canvas.addEventListener("keydown", (event) => onKey(event, actions, index));
    canvas.addEventListener("focus", actions.look);
    canvas.addEventListener("blur", actions.look);
    canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => actions.pointAt(index, offsetX, offsetY));
    canvas.addEventListener("pointerleave", actions.pointAway);
    canvas.addEventListener("click", ({ offsetX, offsetY }) => actions.pin(index, offsetX, offsetY));
  });
}

/** A key that the diagram uses is used up: a chapter turns its own pages with the same keys. */
function onKey(event, actions, index) {
  if (event.ctrlKey || event.altKey || event.metaKey || !Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  actions[KEYS[event.key]](index);
}
