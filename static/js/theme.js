// Puts the remembered theme on the page before it is drawn. A plain script, not a module: modules run after the
// first paint, and a dark room would see a white flash. The switch itself is theme-switch.js.
(function () {
  try {
    const theme = localStorage.getItem("theme");
    if (["light", "dark", "projector"].includes(theme)) document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be forbidden; the page is then as the system asks.
  }
})();
