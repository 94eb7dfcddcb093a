// One Plotly node per mounted figure. Plotly.react on each new figure keeps the node, zoom, camera and selection.
// This script comes once for all figures, with what they share (nuonuo/studio/shell/plot.py); each figure's component
// is mount.js, which hands it over to `mounted`.
let shared; // {plotly, template, themes}
const live = new WeakMap(); // parentElement -> its figure
const still = matchMedia("(prefers-reduced-motion: reduce)");
const touch = matchMedia("(pointer: coarse)");
const phone = matchMedia("(max-width: 640px), (pointer: coarse)"); // has no room for a tool bar, nor a mouse

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

const painted = {}; // theme -> the template in its colours, as text, for Plotly and present mode change what they get
const templateOf = (theme) =>
  JSON.parse((painted[theme] ??= JSON.stringify(paint(shared.template, shared.themes[theme]))));

const NARROW = 600; // px: a figure narrower than this takes its layout.meta.narrow on top of its layout
const isNarrow = (node) => node.clientWidth < NARROW;

function merge(into, from) {
  for (const [key, value] of Object.entries(from))
    if (value && typeof value === "object" && !Array.isArray(value)) merge((into[key] ??= {}), value);
    else into[key] = value;
}

// How much larger figures and their type are in present mode: assets/style.css sets it, look.py switches it on.
const scaleOf = (node) => +getComputedStyle(node).getPropertyValue("--nn-scale") || 1;

function enlarge(value, scale) {
  if (!value || typeof value !== "object") return;
  for (const [key, part] of Object.entries(value))
    if (/font$/i.test(key) && part?.size) part.size = Array.isArray(part.size) ? part.size : part.size * scale;
    else if (key !== "data") enlarge(part, scale);
  if (value.margin) for (const side of "lrtb") value.margin[side] *= scale;
}

function stopMotion(value) {
  if (!value || typeof value !== "object") return;
  if (value.transition && typeof value.transition === "object") value.transition.duration = 0;
  Object.values(value).forEach(stopMotion);
}

function download(fig, format, icon) {
  const name = format.toUpperCase();
  const click = (node) => {
    const paper = shared.themes[themeOf(node)]["var(--paper)"];
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
    displayModeBar: phone.matches ? false : "hover", // above the figure, in the room kept for it: style.css
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

// For people who do not use a mouse: left and right step through a figure's frames, or else all arrows through its
// points; Enter picks the point. What it says on hover is shown and read out.
function onKey(fig, event) {
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (by && /Left|Right/.test(event.key) && fig.node._fullLayout?.sliders?.length) stepFrame(fig, by);
  else if (by) stepPoint(fig, by, /Up|Down/.test(event.key));
  else if (event.key === "Enter" && fig.spot && fig.walked === fig.figure) fig.send({ kind: "click", points: [pointOf(fig.spot)] });
  else return;
  event.preventDefault();
  event.stopPropagation(); // a lesson steps on with the same keys
}

function stepFrame(fig, by) {
  const slider = fig.node._fullLayout.sliders[0];
  const step = slider.steps[Math.min(Math.max((slider.active ?? 0) + by, 0), slider.steps.length - 1)];
  if (step?.method === "animate") fig.Plotly.animate(fig.node, ...step.args);
}

// Every point that says something on hover, trace by trace; of a heatmap every cell, row by row.
function spotsOf(node) {
  const found = [];
  (node._fullData ?? []).forEach((trace, curveNumber) => {
    const axes = [trace.xaxis, trace.yaxis];
    if (trace.visible !== true || trace.hoverinfo === "skip" || !axes[0] || !axes[1]) return;
    const at = { curveNumber, subplot: axes.join("") };
    if (trace.type === "heatmap")
      Array.from(trace.z, (row, r) => Array.from(row, (z, c) =>
        found.push({ ...at, pointNumber: [r, c], x: trace.x?.[c] ?? c, y: trace.y?.[r] ?? r, z, row: row.length })));
    else if (trace.x && trace.y)
      Array.from(trace.x, (x, i) =>
        found.push({ ...at, pointNumber: i, x, y: trace.y[i], row: 1, customdata: trace.customdata?.[i] }));
  });
  const is = (v) => v != null && !Number.isNaN(v); // a gap
  return found.filter((spot) => is(spot.x) && is(spot.y));
}

function stepPoint(fig, by, rows) {
  if (fig.walked !== fig.figure) Object.assign(fig, { walked: fig.figure, spots: spotsOf(fig.node), at: null });
  if (!fig.spots.length) return;
  const stride = fig.at === null || !rows ? 1 : fig.spots[fig.at].row;
  fig.at = fig.at === null ? 0 : Math.min(Math.max(fig.at + by * stride, 0), fig.spots.length - 1);
  const spot = (fig.spot = fig.spots[fig.at]);
  const where = Array.isArray(spot.pointNumber) ? { xval: spot.x, yval: spot.y } : spot;
  fig.Plotly.Fx.hover(fig.node, [where], spot.subplot);
  const lines = [...fig.node.querySelectorAll(".hoverlayer .hovertext text")].map((text) => text.textContent);
  fig.said.textContent = lines.join(", ") || [spot.x, spot.y, spot.z].filter((v) => v !== undefined).join(", ");
}

// A matrix of texts comes as each text once and where it stands (plot.py).
function unpack(trace) {
  const { texts, at } = trace.text ?? {};
  return texts && at ? { ...trace, text: at.map((row) => row.map((i) => texts[i])) } : trace;
}

// The traces of a figure's layer (layer.js) in a theme's colours, once the layer of this name has come.
async function layerOf(key, name, theme) {
  const layers = (window.__nuonuoLayers ??= { of: {}, waiting: [] });
  while (layers.of[key]?.name !== name) await new Promise((look) => layers.waiting.push(look));
  const traces = (layers.of[key][theme] ??= paint(JSON.parse(layers.of[key].traces), shared.themes[theme]).map(unpack));
  return traces.map((trace) => ({ ...trace }));
}

async function draw(fig) {
  const { node, data } = fig;
  const theme = themeOf(node);
  const narrow = isNarrow(node);
  const scale = scaleOf(node);
  const same = fig.figure === data.figure && fig.layer === data.layer && fig.theme === theme && fig.narrow === narrow && fig.scale === scale;
  if (!node.clientWidth || same) return; // hidden, or drawn already
  fig.scale = scale;
  node.style.height = `${data.height * scale}px`;
  fig.Plotly = await loadPlotly(shared.plotly);
  fig.config ??= makeConfig(fig);
  await document.fonts.load("13px 'Inter Variable'").catch(() => {}); // else Plotly measures another font
  const spec = paint(JSON.parse(data.figure), shared.themes[theme]);
  spec.data = spec.data.map(unpack);
  if (data.layer) spec.data = [...(await layerOf(data.key, data.layer, theme)), ...spec.data];
  Object.assign(spec.layout, { autosize: true, height: data.height * fig.scale, template: templateOf(theme) });
  if (fig.scale > 1) enlarge(spec, fig.scale); // present mode
  spec.layout.uirevision ??= data.key;
  if (narrow) merge(spec.layout, spec.layout.meta?.narrow ?? {});
  if (touch.matches) spec.layout.dragmode ??= false; // a finger scrolls the page
  if (still.matches) stopMotion(spec);
  await fig.Plotly.react(node, { data: spec.data, layout: spec.layout, frames: spec.frames, config: fig.config });
  if (!fig.figure) listen(fig);
  Object.assign(fig, { figure: data.figure, layer: data.layer, theme, narrow });
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
  node.setAttribute("role", "figure");
  const said = document.createElement("div");
  said.className = "nn-said";
  said.setAttribute("aria-live", "polite");
  parentElement.append(node, said);
  const fig = { node, said, queue: Promise.resolve() };
  fig.observer = new ResizeObserver(() => {
    if (!fig.figure || !node.clientWidth || fig.narrow !== isNarrow(node)) return schedule(fig);
    if (node._fullLayout.width !== node.clientWidth) fig.Plotly.Plots.resize(node);
  });
  fig.observer.observe(node);
  node.addEventListener("blur", () => fig.spot && fig.Plotly?.Fx.unhover(node));
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

function mounted({ data, parentElement, setTriggerValue }) {
  const fig = live.get(parentElement) ?? mount(parentElement);
  fig.data = data;
  fig.send = (pick) => setTriggerValue("pick", pick);
  fig.node.style.height = `${data.height * scaleOf(fig.node)}px`;
  fig.node.setAttribute("aria-label", data.alt);
  schedule(fig);
  return () => setTimeout(() => unmount(parentElement, fig));
}

export default function ({ data }) {
  shared = data;
  if (window.__nuonuoFigures?.mounted) return; // it came again: figures that stand know the first
  const waiting = window.__nuonuoFigures?.waiting ?? [];
  window.__nuonuoFigures = { mounted };
  waiting.forEach((go) => go());
}
