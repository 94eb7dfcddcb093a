// One Plotly node per mounted figure. Plotly.react on each new figure keeps the node, zoom, camera and selection.
const live = new WeakMap(); // parentElement -> its figure
const still = matchMedia("(prefers-reduced-motion: reduce)");
const touch = matchMedia("(pointer: coarse)");

// Streamlit's own scripts tell where the app is mounted, also behind a proxy with a path prefix.
function appRoot() {
  const script = document.querySelector('script[src*="static/js/"]');
  return script ? script.src.replace(/static\/js\/.*$/, "") : new URL("./", document.baseURI).href;
}

function loadPlotly(path) {
  window.__nuonuoPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = appRoot() + path;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      window.__nuonuoPlotly = undefined; // let the next figure try again
      reject(new Error("plotly.js did not load"));
    };
    document.head.append(script);
  });
  return window.__nuonuoPlotly;
}

function themeOf(node) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.fillStyle = getComputedStyle(node).getPropertyValue("--st-background-color").trim() || "#fff";
  const [r, g, b] = pen.fillStyle.match(/[0-9a-f]{2}/gi).map((h) => parseInt(h, 16));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 128 ? "dark" : "light";
}

const colorKey = /color|^sequential|^diverging/i; // layout.colorscale holds the last two

// Swap colour tokens below keys that name a colour, as template.py's _paint does.
function paint(value, colors, isColor = false) {
  if (Array.isArray(value)) return value.map((v) => paint(v, colors, isColor));
  if (value && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, paint(v, colors, colorKey.test(k))]));
  return isColor && typeof value === "string" ? (colors[value] ?? value) : value;
}

const NARROW = 600; // px: a figure narrower than this takes its layout.meta.narrow on top of its layout
const isNarrow = (node) => node.clientWidth < NARROW;

function merge(into, from) {
  for (const [key, value] of Object.entries(from))
    if (value && typeof value === "object" && !Array.isArray(value)) merge((into[key] ??= {}), value);
    else into[key] = value;
}

function stopMotion(value) {
  if (!value || typeof value !== "object") return;
  if (value.transition && typeof value.transition === "object") value.transition.duration = 0;
  Object.values(value).forEach(stopMotion);
}

function download(fig, format, icon) {
  const name = format.toUpperCase();
  const click = (node) => {
    const paper = fig.data.themes[themeOf(node)]["var(--paper)"];
    const layout = { ...node.layout, paper_bgcolor: paper };
    const size = { width: node.clientWidth, height: node.clientHeight };
    const options = { format, ...size, scale: 2, filename: `nuonuo-${fig.data.key}` };
    return fig.Plotly.downloadImage({ data: node.data, layout }, options);
  };
  return { name, title: `Download as ${name}`, icon, click };
}

function makeConfig(fig) {
  const { camera, disk } = fig.Plotly.Icons;
  return {
    displaylogo: false,
    showSendToCloud: false, // plotly.js 4 offers to upload the chart unless told otherwise; memories stay here
    plotlyServerURL: "",
    doubleClick: "reset",
    modeBarButtonsToRemove: ["toImage", "sendChartToCloud", "zoomIn2d", "zoomOut2d", "autoScale2d"],
    modeBarButtonsToAdd: [download(fig, "png", camera), download(fig, "svg", disk)],
  };
}

const plain = (v) => (ArrayBuffer.isView(v) ? Array.from(v) : (v ?? null));

function pointOf(p) {
  const { x, y, z, curveNumber, customdata } = p;
  const point = p.pointNumber ?? p.pointIndex ?? p.pointNumbers;
  return { x: plain(x), y: plain(y), z: plain(z), curve: curveNumber, point: plain(point), customdata: plain(customdata) };
}

function listen(fig) {
  let last = "";
  const report = (kind, event, always) => {
    if (!event?.points) return;
    const pick = { kind, points: event.points.map(pointOf) };
    const text = JSON.stringify(pick);
    if (always || text !== last) fig.send(pick); // a redraw may repeat a selection: report it once
    last = text;
  };
  fig.node.on("plotly_click", (event) => report("click", event, true));
  fig.node.on("plotly_selected", (event) => report("select", event, false));
  fig.node.on("plotly_deselect", () => (last = ""));
}

// Left and right step through a figure's frames, for people who do not use a mouse.
function onKey(fig, event) {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const slider = fig.node._fullLayout?.sliders?.[0];
  if (!by || !slider) return;
  const step = slider.steps[Math.min(Math.max((slider.active ?? 0) + by, 0), slider.steps.length - 1)];
  if (step?.method !== "animate") return;
  event.preventDefault();
  fig.Plotly.animate(fig.node, ...step.args);
}

async function draw(fig) {
  const { node, data } = fig;
  const theme = themeOf(node);
  const narrow = isNarrow(node);
  const same = fig.figure === data.figure && fig.theme === theme && fig.narrow === narrow;
  if (!node.clientWidth || same) return; // hidden, or drawn already
  fig.Plotly = await loadPlotly(data.plotly);
  fig.config ??= makeConfig(fig);
  await document.fonts.load("13px 'Inter Variable'").catch(() => {}); // else Plotly measures another font
  const spec = paint(JSON.parse(data.figure), data.themes[theme]);
  Object.assign(spec.layout, { autosize: true, height: data.height });
  spec.layout.uirevision ??= data.key;
  if (narrow) merge(spec.layout, spec.layout.meta?.narrow ?? {});
  if (touch.matches) spec.layout.dragmode ??= false; // a finger scrolls the page
  if (still.matches) stopMotion(spec);
  await fig.Plotly.react(node, { data: spec.data, layout: spec.layout, frames: spec.frames, config: fig.config });
  if (!fig.figure) listen(fig);
  Object.assign(fig, { figure: data.figure, theme, narrow });
}

function fail(fig, error) {
  console.warn("figure not drawn:", error);
  if (!fig.figure) fig.node.textContent = fig.data.alt;
}

function schedule(fig) {
  fig.queue = fig.queue.then(() => draw(fig)).catch((error) => fail(fig, error));
}

function mount(parentElement) {
  const node = document.createElement("div");
  node.className = "nn-figure";
  node.tabIndex = 0;
  node.setAttribute("role", "img");
  parentElement.append(node);
  const fig = { node, queue: Promise.resolve() };
  fig.observer = new ResizeObserver(() => {
    if (!fig.figure || !node.clientWidth || fig.narrow !== isNarrow(node)) return schedule(fig);
    if (node._fullLayout.width !== node.clientWidth) fig.Plotly.Plots.resize(node);
  });
  fig.observer.observe(node);
  node.addEventListener("keydown", (event) => onKey(fig, event));
  live.set(parentElement, fig);
  return fig;
}

function unmount(parentElement, fig) {
  if (fig.node.isConnected) return; // Streamlit also cleans up after a run that a newer one overtook
  fig.observer.disconnect();
  fig.Plotly?.purge(fig.node);
  live.delete(parentElement);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const fig = live.get(parentElement) ?? mount(parentElement);
  fig.data = data;
  fig.send = (pick) => setTriggerValue("pick", pick);
  fig.node.style.height = `${data.height}px`;
  fig.node.setAttribute("aria-label", data.alt);
  schedule(fig);
  return () => setTimeout(() => unmount(parentElement, fig));
}
