// A memory in the plane: patterns, a query and β that can be moved, and the energy, basins, way and rests redrawn as
// they move. The equations are those of nuonuo/explain/toys/plane.py (Ramsauer et al. 2020, Eq. 2 and 3).

// ---- the equations

// Fills p with softmax(β Xξ) at ξ = (x, y) and returns E = −lse(β, Xξ) + ½ξᵀξ + β⁻¹ ln N + ½M².
function attendInto(p, X, beta, x, y) {
  let top = -Infinity, longest = 0, sum = 0;
  for (let i = 0; i < X.length; i++) {
    const [a, b] = X[i];
    p[i] = beta * (a * x + b * y);
    if (p[i] > top) top = p[i];
    if (a * a + b * b > longest) longest = a * a + b * b;
  }
  for (let i = 0; i < X.length; i++) sum += p[i] = Math.exp(p[i] - top);
  for (let i = 0; i < X.length; i++) p[i] /= sum;
  return -(top + Math.log(sum)) / beta + (x * x + y * y) / 2 + Math.log(X.length) / beta + longest / 2;
}

export function attend(X, beta, x, y) {
  const p = new Array(X.length);
  const energy = attendInto(p, X, beta, x, y);
  return { p, energy };
}

function mean(X, p) {
  let x = 0, y = 0;
  for (let i = 0; i < X.length; i++) (x += p[i] * X[i][0]), (y += p[i] * X[i][1]);
  return [x, y];
}

function moved(p, q) {
  let most = 0;
  for (let i = 0; i < p.length; i++) most = Math.max(most, Math.abs(p[i] - q[i]));
  return most;
}

// ξ ← Xᵀp until no weight moves by more than rules.still, every state kept.
export function settle(X, beta, start, rules) {
  const states = [start];
  const steps = [attend(X, beta, ...start)];
  while (steps.length <= rules.most) {
    states.push(mean(X, steps.at(-1).p));
    steps.push(attend(X, beta, ...states.at(-1)));
    if (moved(steps.at(-2).p, steps.at(-1).p) <= rules.still) break;
  }
  const p = steps.at(-1).p;
  return { states, steps, p, end: mean(X, p), number: sharing(p) };
}

// How many patterns share the attention: exp of its entropy.
export const sharing = (p) => Math.exp(-p.reduce((sum, v) => sum + (v > 0 ? v * Math.log(v) : 0), 0));

// The energy and the rest of every start on a grid of columns × columns places, and the different rests.
export function basins(X, beta, columns, rules) {
  const ends = [];
  const fate = new Uint8Array(columns * columns);
  const energy = new Float64Array(columns * columns);
  let p = new Float64Array(X.length), q = new Float64Array(X.length);
  for (let place = 0; place < fate.length; place++) {
    energy[place] = attendInto(p, X, beta, ...at(place, columns, rules.reach));
    for (let left = rules.most; left; left--) {
      attendInto(q, X, beta, ...mean(X, p));
      [p, q] = [q, p];
      if (moved(p, q) <= rules.still) break;
    }
    const end = mean(X, p);
    let which = ends.findIndex((e) => Math.hypot(e.at[0] - end[0], e.at[1] - end[1]) < rules.near);
    if (which < 0) {
      const kept = Array.from(p);
      which = ends.push({ at: end, p: kept, number: sharing(kept), lead: kept.indexOf(Math.max(...kept)) }) - 1;
    }
    fate[place] = which;
  }
  return { ends, fate, energy };
}

const at = (place, columns, reach) => [
  ((place % columns) + 0.5 - columns / 2) * ((2 * reach) / columns),
  -(Math.floor(place / columns) + 0.5 - columns / 2) * ((2 * reach) / columns),
];

// ---- the picture

const SVG = "http://www.w3.org/2000/svg";
const FINE = 160; // places a side of energy and basins at rest
const COARSE = 64; // and while a pattern or β moves
const BANDS = 14;
const live = new WeakMap();

function element(name, attributes = {}, parent = null, text = "") {
  const node = name.startsWith("svg:") ? document.createElementNS(SVG, name.slice(4)) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text) node.textContent = text;
  parent?.append(node);
  return node;
}

const rgb = (color) => {
  const pen = document.createElement("canvas").getContext("2d");
  pen.fillStyle = color;
  return pen.fillStyle.match(/[0-9a-f]{2}/gi).map((h) => parseInt(h, 16));
};

const colorOf = (toy, end) => (end.number < toy.rules.one ? toy.colors[end.lead % toy.colors.length] : toy.grey);

// Energy as bands, palest where it is lowest, in the colour of the rest each place comes to.
function paintGround(toy, columns) {
  const { X, beta, rules } = toy;
  const { ends, fate, energy } = basins(X, beta, columns, rules);
  let low = Infinity, high = -Infinity;
  for (const e of energy) (low = Math.min(low, e)), (high = Math.max(high, e));
  const band = (place) => Math.min(BANDS - 1, Math.floor(Math.sqrt((energy[place] - low) / (high - low || 1)) * BANDS));
  const paper = rgb(toy.paper), ink = rgb(toy.ink);
  const tints = ends.map((end) => rgb(colorOf(toy, end)));
  const pen = toy.canvas.getContext("2d");
  toy.canvas.width = toy.canvas.height = columns;
  const image = pen.createImageData(columns, columns);
  for (let place = 0; place < fate.length; place++) {
    const own = band(place);
    const right = (place + 1) % columns ? place + 1 : place, below = place + columns < fate.length ? place + columns : place;
    const edge = fate[place] !== fate[right] || fate[place] !== fate[below];
    const line = band(right) !== own || band(below) !== own;
    const share = 0.1 + 0.5 * (own / BANDS);
    for (let c = 0; c < 3; c++) {
      const ground = paper[c] + (tints[fate[place]][c] - paper[c]) * share;
      image.data[4 * place + c] = edge ? ground + (ink[c] - ground) * 0.55 : line ? ground + (ink[c] - ground) * 0.16 : ground;
    }
    image.data[4 * place + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
  toy.ends = ends;
}

const px = (toy, [x, y]) => [((x + toy.rules.reach) / (2 * toy.rules.reach)) * 400, ((toy.rules.reach - y) / (2 * toy.rules.reach)) * 400];
const short = ([x, y]) => `(${x.toFixed(2)}, ${y.toFixed(2)})`;

function draw(toy, ground = FINE) {
  const began = performance.now();
  if (ground) paintGround(toy, ground);
  const found = (toy.found = settle(toy.X, toy.beta, toy.query, toy.rules));
  const way = found.states.slice(0, 60).map((state) => px(toy, state));
  toy.way.setAttribute("points", way.map((p) => p.join(",")).join(" "));
  toy.dots.replaceChildren();
  for (const [x, y] of way.slice(1)) element("svg:circle", { cx: x, cy: y, r: 2.5, class: "nn-toy-step" }, toy.dots);
  toy.rests.replaceChildren();
  for (const end of toy.ends) {
    const [x, y] = px(toy, end.at);
    element("svg:path", { d: `M${x} ${y - 9}l9 9l-9 9l-9 -9z`, class: "nn-toy-rest", fill: colorOf(toy, end) }, toy.rests);
  }
  const [ex, ey] = px(toy, found.end);
  Object.entries({ cx: ex, cy: ey }).forEach(([k, v]) => toy.end.setAttribute(k, v));
  place(toy.handle, px(toy, toy.query));
  toy.handle.setAttribute("aria-label", `query ${short(toy.query)}: arrow keys move it`);
  drawPatterns(toy);
  drawNumbers(toy, found);
  toy.node.dataset.milliseconds = (performance.now() - began).toFixed(1);
  toy.node.dataset.drawn = +(toy.node.dataset.drawn ?? 0) + 1;
}

const place = (node, [x, y]) => node.setAttribute("transform", `translate(${x},${y})`);

function drawPatterns(toy) {
  while (toy.patterns.children.length > toy.X.length) toy.patterns.lastChild.remove();
  toy.X.forEach((point, i) => {
    const group = toy.patterns.children[i] ?? makePattern(toy, i);
    place(group, px(toy, point));
    group.setAttribute("aria-label", `pattern ${i + 1} ${short(point)}: arrow keys move it, Delete removes it`);
    group.firstChild.setAttribute("fill", toy.colors[i % toy.colors.length]);
  });
}

function makePattern(toy, i) {
  const group = element("svg:g", { class: "nn-toy-pattern", tabindex: 0, role: "button", "data-pattern": i }, toy.patterns);
  element("svg:circle", { r: 11 }, group);
  element("svg:text", { class: "nn-toy-name", dy: 4 }, group, String(i + 1));
  return group;
}

function drawNumbers(toy, found) {
  const first = found.steps[0].p;
  while (toy.bars.children.length > toy.X.length) toy.bars.lastChild.remove();
  toy.X.forEach((_, i) => {
    const row = toy.bars.children[i] ?? makeRow(toy, i);
    const [, before, after] = row.children;
    for (const [cell, p] of [[before, first[i]], [after, found.p[i]]]) {
      cell.style.setProperty("--p", `${p * 100}%`);
      cell.style.setProperty("--color", toy.colors[i % toy.colors.length]);
      cell.lastChild.textContent = p.toFixed(2);
    }
  });
  const { states, steps } = found;
  toy.numbers.query.textContent = short(toy.query);
  toy.numbers.end.textContent = short(found.end);
  toy.numbers.energy.textContent = `${steps[0].energy.toFixed(3)} → ${steps.at(-1).energy.toFixed(3)}`;
  toy.numbers.updates.textContent = String(states.length - 1);
  toy.numbers.share.textContent = `${sharing(first).toFixed(2)} → ${found.number.toFixed(2)}`;
  toy.numbers.rests.textContent = String(toy.ends.length);
  toy.said.textContent = `β = ${toy.beta.toPrecision(3)}`;
}

function makeRow(toy, i) {
  const row = element("div", { class: "nn-toy-row", role: "row" }, toy.bars);
  element("span", { role: "rowheader" }, row, `p${String(i + 1).replace(/\d/g, (d) => "₀₁₂₃₄₅₆₇₈₉"[d])}`);
  for (const when of ["0", "rest"]) {
    const cell = element("span", { class: "nn-toy-bar", role: "cell", "data-when": when }, row);
    element("span", {}, cell);
  }
  return row;
}

// ---- moving

const inside = (toy, v) => Math.min(Math.max(v, -toy.rules.reach), toy.rules.reach);
const rounded = (v) => Math.round(v * 100) / 100;

function where(toy, event) {
  const box = toy.svg.getBoundingClientRect();
  const { reach } = toy.rules;
  const x = ((event.clientX - box.left) / box.width) * 2 * reach - reach;
  const y = reach - ((event.clientY - box.top) / box.height) * 2 * reach;
  return [rounded(inside(toy, x)), rounded(inside(toy, y))];
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const state = (toy) => ({ points: toy.X, query: toy.query, beta: toy.beta });

function commit(toy, ground = FINE) {
  draw(toy, ground);
  const now = state(toy);
  if (same(now, toy.sent)) return;
  toy.sent = now;
  toy.send(now);
}

// One drawing for each frame, however many moves the mouse reports.
function soon(toy, ground) {
  toy.ground = Math.max(toy.ground ?? 0, ground);
  toy.frame ??= requestAnimationFrame(() => {
    const wanted = toy.ground;
    toy.frame = toy.ground = null;
    draw(toy, wanted);
  });
}

function move(toy, what, to) {
  if (what === "query") toy.query = to;
  else toy.X = toy.X.map((old, i) => (i === what ? to : old));
}

const held = (event) => {
  if (event.target.closest?.(".nn-toy-query")) return "query";
  const pattern = event.target.closest?.("[data-pattern]");
  return pattern ? +pattern.dataset.pattern : null;
};

function drags(toy) {
  let what = null, began = null;
  toy.svg.addEventListener("pointerdown", (event) => {
    what = held(event);
    began = [event.clientX, event.clientY];
    if (what === null) return;
    event.preventDefault();
    event.target.closest("[tabindex]").focus({ preventScroll: true });
    toy.svg.setPointerCapture(event.pointerId);
  });
  toy.svg.addEventListener("pointermove", (event) => {
    if (what === null) return;
    move(toy, what, where(toy, event));
    soon(toy, what === "query" ? 0 : COARSE);
  });
  const end = (event) => {
    const clicked = began && Math.hypot(event.clientX - began[0], event.clientY - began[1]) < 4;
    if (what !== null) commit(toy, what === "query" ? 0 : FINE);
    else if (clicked && event.type === "pointerup" && toy.X.length < toy.most) {
      toy.X = [...toy.X, where(toy, event)];
      commit(toy);
    }
    what = began = null;
  };
  toy.svg.addEventListener("pointerup", end);
  toy.svg.addEventListener("pointercancel", end);
}

function keys(toy) {
  const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  toy.svg.addEventListener("keydown", (event) => {
    const what = held(event);
    if (what === null) return;
    const stride = event.shiftKey ? 0.01 : 0.05;
    if (by[event.key]) {
      const from = what === "query" ? toy.query : toy.X[what];
      move(toy, what, from.map((v, i) => rounded(inside(toy, v + stride * by[event.key][i]))));
      soon(toy, what === "query" ? 0 : COARSE);
    } else if (event.key === "Delete" && what !== "query" && toy.X.length > 1) {
      toy.X = toy.X.filter((_, i) => i !== what);
      commit(toy);
    } else return;
    event.preventDefault();
    event.stopPropagation(); // a lesson steps on with the same keys
  });
  toy.svg.addEventListener("keyup", (event) => by[event.key] && commit(toy));
}

// The slider goes from β low to high in equal ratios.
const toBeta = ({ low, high }, v) => +(low * (high / low) ** (v / 1000)).toPrecision(3);
const toSlider = ({ low, high }, beta) => (1000 * Math.log(beta / low)) / Math.log(high / low);

function build(parentElement, data) {
  const node = element("div", { class: "nn-toy" }, parentElement);
  const plane = element("div", { class: "nn-toy-plane" }, node);
  const canvas = element("canvas", { "aria-hidden": "true" }, plane);
  const svg = element("svg:svg", { viewBox: "0 0 400 400", role: "group", "aria-label": data.alt }, plane);
  for (const [name, line] of [["x", "M0 200H400"], ["y", "M200 0V400"]])
    element("svg:path", { d: line, class: "nn-toy-axis", "data-axis": name }, svg);
  for (const v of [-1, 1]) {
    element("svg:text", { x: 200 + v * 125, y: 214, class: "nn-toy-tick" }, svg, String(v).replace("-", "−"));
    element("svg:text", { x: 208, y: 204 - v * 125, class: "nn-toy-tick", "text-anchor": "start" }, svg, String(v).replace("-", "−"));
  }
  const rests = element("svg:g", { "data-part": "rest" }, svg);
  const path = element("svg:g", { "data-part": "path" }, svg);
  const way = element("svg:polyline", { class: "nn-toy-way" }, path);
  const dots = element("svg:g", {}, path);
  const end = element("svg:circle", { r: 14, class: "nn-toy-end" }, path);
  const patterns = element("svg:g", { "data-part": "pattern" }, svg);
  const handle = element("svg:g", { class: "nn-toy-query", "data-part": "query", tabindex: 0, role: "button" }, svg);
  element("svg:circle", { r: 22, class: "nn-toy-grip" }, handle);
  element("svg:circle", { r: 10 }, handle);
  element("svg:text", { class: "nn-toy-name", dy: 4 }, handle, "ξ");
  const side = element("div", { class: "nn-toy-side" }, node);
  const label = element("label", { class: "nn-toy-beta", "data-part": "beta" }, side);
  const said = element("span", {}, label);
  const slider = element("input", { type: "range", min: 0, max: 1000, step: 1, "aria-label": "Inverse temperature β" }, label);
  const head = element("div", { class: "nn-toy-row nn-toy-head" }, side);
  for (const text of ["", "p at step 0", "p at rest"]) element("span", {}, head, text);
  const bars = element("div", { role: "table", "aria-label": "attention", "data-part": "p" }, side);
  const list = element("dl", {}, side);
  const numbers = {};
  const named = { query: "query ξ", end: "rest ξ*", energy: "energy E", updates: "updates", share: "patterns that share p", rests: "places of rest" };
  for (const [key, text] of Object.entries(named)) {
    const part = { query: "query", end: "rest", energy: "energy", updates: "path", share: "p", rests: "rest" }[key];
    element("dt", { "data-part": part }, list, text);
    numbers[key] = element("dd", { "data-part": part }, list);
  }
  const toy = { node, canvas, svg, rests, way, dots, end, patterns, handle, slider, said, bars, numbers };
  slider.addEventListener("input", () => ((toy.beta = toBeta(toy.rules, +slider.value)), soon(toy, COARSE)));
  slider.addEventListener("change", () => commit(toy));
  drags(toy);
  keys(toy);
  return toy;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const fresh = !live.has(parentElement);
  if (fresh) live.set(parentElement, build(parentElement, data));
  const toy = live.get(parentElement);
  toy.send = (value) => setTriggerValue("moved", value);
  const style = getComputedStyle(toy.node);
  const token = (name) => style.getPropertyValue(name).trim();
  const looks = [token("--st-background-color"), token("--st-text-color")];
  const given = { points: data.points, query: data.query, beta: data.beta };
  if (!fresh && same(given, toy.sent) && same(looks, toy.looks)) return; // this run changed nothing here
  Object.assign(toy, { rules: data.rules, most: data.most, colors: data.colors, grey: data.grey });
  [toy.paper, toy.ink] = looks;
  Object.assign(toy, { looks, sent: given, X: data.points, query: data.query, beta: data.beta });
  toy.slider.value = toSlider(toy.rules, toy.beta);
  draw(toy);
}
