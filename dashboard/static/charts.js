// Draws the charts when they come into view. plotly.js is large: fetched then, once.
// Colours and fonts are the stylesheet's tokens, made into a template for light or dark.

const PATIENCE_MS = 300;
const page = document.getElementById("page");
const dark = matchMedia("(prefers-color-scheme: dark)");
const figures = new Map();
let plotly = null;

function load() {
  plotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = page.dataset.plotly;
    script.addEventListener("load", () => resolve(globalThis.Plotly));
    script.addEventListener("error", () => {
      plotly = null;
      reject(new TypeError("plotly.js was not reached"));
    });
    document.head.append(script);
  });
  return plotly;
}

function template() {
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(`--${name}`).trim();
  const axis = { gridcolor: token("line"), linecolor: token("edge"), zerolinecolor: token("edge"), tickcolor: token("edge"), tickfont: { color: token("muted") } };
  return {
    layout: {
      font: { family: token("font"), size: 14, color: token("ink") },
      paper_bgcolor: token("paper"),
      plot_bgcolor: token("paper"),
      colorway: [token("accent"), token("muted")],
      hoverlabel: { bgcolor: token("raised"), bordercolor: token("edge"), font: { family: token("font"), color: token("ink") } },
      shapedefaults: { line: { color: token("muted") } },
      xaxis: axis,
      yaxis: axis,
    },
  };
}

function draw(box, figure, Plotly) {
  // The page's own ground shows through, so that print stays white.
  const clear = "rgba(0,0,0,0)";
  const layout = { ...figure.layout, template: template(), title: undefined, autosize: true, paper_bgcolor: clear, plot_bgcolor: clear };
  return Plotly.react(box, figure.data, layout, { displayModeBar: false, responsive: true, scrollZoom: false });
}

async function start(box) {
  const words = setTimeout(() => { box.textContent = "Drawing the chart …"; }, PATIENCE_MS);
  try {
    const [Plotly, answer] = await Promise.all([load(), fetch(box.dataset.chart)]);
    if (!answer.ok) throw new TypeError("the chart was refused");
    const figure = await answer.json();
    clearTimeout(words);
    box.textContent = "";
    await draw(box, figure, Plotly);
    figures.set(box, figure);
    const save = box.parentElement.querySelector("[data-save]");
    save.addEventListener("click", () => picture(box));
    save.hidden = false;
  } catch (error) {
    clearTimeout(words);
    box.textContent = "The chart could not be loaded. Its numbers are in the table below.";
    if (!(error instanceof TypeError)) throw error;
  }
}

async function picture(box) {
  const Plotly = await load();
  const { data, layout } = figures.get(box);
  const margin = { ...layout.margin, t: 64, l: 48, r: 48, b: 48 };
  const { width, height } = box.getBoundingClientRect();
  await Plotly.downloadImage(
    { data, layout: { ...layout, template: template(), margin } },
    { format: "png", filename: box.dataset.file, width: Math.max(800, width), height: Math.max(450, height + 80), scale: 2 },
  );
}

async function redraw() {
  if (!figures.size) return;
  const Plotly = await load();
  for (const [box, figure] of figures) await draw(box, figure, Plotly);
}

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    start(target);
  }
});

for (const box of document.querySelectorAll("[data-chart]")) seen.observe(box);
dark.addEventListener("change", redraw);
