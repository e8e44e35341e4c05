// The page's theme: as the system asks ("auto"), light, dark, or for a projector. Remembered in this browser.
import $ from "../vendor/jquery/jquery.js";

const KEY = "theme";
const root = document.documentElement;

/** @returns {string} the theme that is on now */
function current() {
  return root.dataset.theme ?? "auto";
}

/** Put a theme on the page and remember it. */
function choose(theme) {
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Storage may be forbidden; the choice then holds for this page only.
  }
}

/** Make the radio buttons in `$theme` switch the page's theme. */
export function createThemeSwitch($theme) {
  $theme.prop("hidden", false);
  $theme.find(`input[value="${current()}"]`).prop("checked", true);
  $theme.on("change", "input", (event) => choose(event.target.value));
}

createThemeSwitch($(".theme"));
