// Runs before anything is drawn, so that a remembered theme does not flash in.
(() => {
  try {
    const theme = localStorage.getItem("kagglebot-theme");
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  } catch { /* a browser that keeps nothing for files: the system's theme it is */ }
})();
