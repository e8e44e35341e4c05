// Keys as a clicker sends them: Page Down and Page Up, "." or B for a dark screen, ? for help. Never while somebody types.

const BUSY = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";
const KEYS = { PageDown: "next", PageUp: "back", ".": "blank", b: "blank", B: "blank", "?": "help" };

/**
 * Listen on the whole page.
 * @param {Object<string, () => void>} acts by name: next, back, blank, help, and by a key of one's own
 */
export function listenToClicker(acts) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.target.closest?.(BUSY)) return;
    const act = acts[KEYS[event.key] ?? event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
