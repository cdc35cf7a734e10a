// The theme, the plots, the sorting of the table and the copy button. Nothing here uses a network.
(() => {
  "use strict";
  const root = document.documentElement;
  const $ = (id) => document.getElementById(id);

  // The theme: the system's until the reader chooses, then remembered.

  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

  function showTheme() {
    $("theme").setAttribute("aria-pressed", String(isDark()));
    redraw();
  }

  $("theme").addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("kagglebot-theme", root.dataset.theme);
    } catch { /* shown, but not remembered */ }
    showTheme();
  });
  system.addEventListener("change", showTheme);

  // The plots: their colours are variables of the style sheet.

  const plots = [...document.querySelectorAll(".plot")];
  const figures = $("figures") ? JSON.parse($("figures").textContent) : {};
  const touch = matchMedia("(pointer: coarse)");

  function coloured(value, style) {
    if (Array.isArray(value)) return value.map((each) => coloured(each, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, coloured(each, style)]));
    }
    if (typeof value === "string" && value.startsWith("var(--")) return style.getPropertyValue(value.slice(4, -1)).trim();
    return value;
  }

  function layoutOf(figure, style) {
    const colour = (name) => style.getPropertyValue(name).trim();
    const axis = { gridcolor: colour("--line"), zeroline: false, linecolor: colour("--line"), automargin: true, ...(touch.matches && { fixedrange: true }) };
    const layout = coloured(figure.layout, style);
    const titled = (own) => ({ ...axis, ...own, ...(own && own.title && { title: { font: { size: 13 }, standoff: 8, ...own.title } }) });
    return {
      height: 340,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: style.fontFamily, size: 13, color: colour("--text") },
      hoverlabel: { bgcolor: colour("--surface"), bordercolor: colour("--line"), font: { color: colour("--text") } },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("--muted"), activecolor: colour("--text") },
      hovermode: "closest",
      dragmode: touch.matches ? false : "zoom",
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
      ...layout,
      margin: { l: 8, r: 12, t: 36, b: 8, ...layout.margin },
      xaxis: titled(layout.xaxis),
      yaxis: titled(layout.yaxis),
    };
  }

  const config = {
    responsive: true,
    displaylogo: false,
    displayModeBar: !touch.matches,
    modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]], // none that would send the plot anywhere
  };

  function draw(plot) {
    const figure = figures[plot.dataset.figure];
    const style = getComputedStyle(document.body);
    plot.dataset.drawn = "yes";
    return Plotly.react(plot, coloured(figure.traces, style), layoutOf(figure, style), config);
  }

  function redraw() {
    plots.filter((plot) => plot.dataset.drawn).forEach(draw);
  }

  async function unpack(element) {
    const bytes = Uint8Array.from(atob(element.textContent), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  async function startPlots() {
    if (!plots.length) return;
    if (!("DecompressionStream" in window)) {
      $("no-plots").hidden = false;
      document.querySelectorAll(".numbers").forEach((details) => { details.open = true; });
      return;
    }
    const library = document.createElement("script");
    library.textContent = await unpack($("plotly")); // the page's policy knows its hash
    document.head.append(library);
    // Each plot is drawn when it comes near the window, so that the page opens fast.
    const near = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) {
          near.unobserve(entry.target);
          draw(entry.target);
        }
      }
    }, { rootMargin: "600px" });
    plots.forEach((plot) => near.observe(plot));
    root.dataset.plots = "ready";
    addEventListener("beforeprint", () => plots.forEach(draw));
  }

  // The table of trials.

  const table = $("table");

  function sortBy(header) {
    const body = table.tBodies[0];
    const column = header.cellIndex;
    const ascending = header.getAttribute("aria-sort") === "descending"
      || (header.getAttribute("aria-sort") === "none" && !header.classList.contains("descending-first"));
    const key = (row) => row.cells[column].dataset.key;
    const order = (one, other) => {
      const [a, b] = [key(one), key(other)];
      if (a === "" || b === "") return (a === "") - (b === ""); // missing values come last in both orders
      const by = header.classList.contains("number") ? a - b : a.localeCompare(b, undefined, { numeric: true });
      return ascending ? by : -by;
    };
    const rows = [...body.rows].sort(order);
    for (const each of header.parentElement.cells) each.setAttribute("aria-sort", "none");
    header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    body.append(...rows);
    announce(`sorted by ${header.textContent.trim()}, ${ascending ? "ascending" : "descending"}`);
  }

  function announce(what) {
    const shown = [...table.tBodies[0].rows].filter((row) => !row.hidden).length;
    $("shown").textContent = `${shown} ${shown === 1 ? "trial" : "trials"} shown${what ? `, ${what}` : ""}`;
  }

  if (table) {
    table.tHead.addEventListener("click", (event) => {
      if (event.target.closest("button")) sortBy(event.target.closest("th"));
    });
    $("state").addEventListener("change", () => {
      for (const row of table.tBodies[0].rows) row.hidden = $("state").value !== "" && row.dataset.state !== $("state").value;
      announce();
    });
  }

  // Copying: the clipboard is not available to every local file, so the text is at least selected.

  for (const button of document.querySelectorAll(".copy")) {
    button.addEventListener("click", async () => {
      const text = $(button.dataset.copies);
      getSelection().selectAllChildren(text);
      let copied = false;
      try {
        await navigator.clipboard.writeText(text.textContent);
        copied = true;
      } catch {
        copied = document.execCommand("copy");
      }
      button.textContent = copied ? "Copied" : "Selected";
    });
  }

  showTheme();
  startPlots();
})();
