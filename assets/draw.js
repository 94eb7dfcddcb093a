// A picture of side × side pixels to draw on with mouse, finger or keys: what is drawn is sent when the pen is lifted.
const live = new WeakMap();

// Hexadecimal digits to bits and back, row by row from the top; no digits are no ink.
const toBits = (hex, count) =>
  Array.from({ length: count }, (_, i) => (parseInt(hex[i >> 2] ?? "0", 16) >> (3 - (i & 3))) & 1);
const toHex = (bits) =>
  Array.from({ length: bits.length / 4 }, (_, i) => parseInt(bits.slice(4 * i, 4 * i + 4).join(""), 2).toString(16)).join("");

function element(name, attributes, parent) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.append(node);
  return node;
}

function paint(pad) {
  const style = getComputedStyle(pad.node);
  const pen = pad.canvas.getContext("2d");
  const scale = pad.canvas.width / pad.side;
  pen.fillStyle = style.getPropertyValue("--st-secondary-background-color").trim() || "#F3F1EA";
  pen.fillRect(0, 0, pad.canvas.width, pad.canvas.height);
  pen.fillStyle = style.getPropertyValue("--st-text-color").trim() || "#000";
  pad.bits.forEach((bit, i) => bit && pen.fillRect((i % pad.side) * scale, Math.floor(i / pad.side) * scale, scale, scale));
  const [x, y] = pad.cursor;
  const part = 100 / pad.side;
  Object.assign(pad.mark.style, { left: `${x * part}%`, top: `${y * part}%`, width: `${2 * part}%`, height: `${2 * part}%` });
}

// A brush of 2 × 2 pixels with its upper left corner at (x, y).
function brush(pad, x, y, ink) {
  for (const [a, b] of [[x, y], [x + 1, y], [x, y + 1], [x + 1, y + 1]])
    if (a >= 0 && b >= 0 && a < pad.side && b < pad.side) pad.bits[b * pad.side + a] = ink;
}

const inside = (pad, v) => Math.min(Math.max(v, 0), pad.side - 2);

function where(pad, event) {
  const box = pad.canvas.getBoundingClientRect();
  const at = (now, from, size) => Math.round(((now - from) / size) * pad.side) - 1;
  return [at(event.clientX, box.left, box.width), at(event.clientY, box.top, box.height)];
}

// The whole way between two reports of the pointer, so that a quick stroke leaves no gaps.
function line(pad, [a, b], [c, d], ink) {
  const steps = Math.max(Math.abs(c - a), Math.abs(d - b), 1);
  for (let i = 0; i <= steps; i++) brush(pad, Math.round(a + ((c - a) * i) / steps), Math.round(b + ((d - b) * i) / steps), ink);
}

function commit(pad) {
  const ink = toHex(pad.bits);
  if (ink === pad.sent) return;
  pad.sent = ink;
  pad.send({ ink });
}

function pen(pad) {
  let last = null, ink = 0;
  pad.canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    pad.node.focus({ preventScroll: true });
    pad.canvas.setPointerCapture(event.pointerId);
    last = where(pad, event);
    const [x, y] = last.map((v) => inside(pad, v));
    ink = 1 - pad.bits[y * pad.side + x]; // a stroke that begins on ink erases
    brush(pad, ...last, ink);
    paint(pad);
  });
  pad.canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const now = where(pad, event);
    line(pad, last, now, ink);
    last = now;
    paint(pad);
  });
  const lift = () => {
    if (last) commit(pad);
    last = null;
  };
  pad.canvas.addEventListener("pointerup", lift);
  pad.canvas.addEventListener("pointercancel", lift);
}

function keys(pad) {
  const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  pad.node.addEventListener("keydown", (event) => {
    const [x, y] = pad.cursor;
    if (by[event.key]) pad.cursor = [inside(pad, x + by[event.key][0]), inside(pad, y + by[event.key][1])];
    else if (event.key === " " || event.key === "Enter") {
      brush(pad, x, y, 1 - pad.bits[y * pad.side + x]);
      commit(pad);
    } else return;
    event.preventDefault();
    event.stopPropagation(); // a lesson steps on with the same keys
    paint(pad);
  });
}

function build(parentElement, data) {
  const node = element("div", { class: "nn-draw", tabindex: 0, role: "application", "aria-label": data.alt }, parentElement);
  const size = data.side * 10;
  const canvas = element("canvas", { width: size, height: size, "aria-hidden": "true" }, node);
  const mark = element("div", { class: "nn-draw-mark" }, node);
  const pad = { node, canvas, mark, side: data.side, cursor: [data.side / 2 - 1, data.side / 2 - 1], bits: [] };
  pen(pad);
  keys(pad);
  return pad;
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!live.has(parentElement)) live.set(parentElement, build(parentElement, data));
  const pad = live.get(parentElement);
  pad.send = (value) => setTriggerValue("drawn", value);
  pad.node.setAttribute("aria-label", data.alt);
  pad.sent = data.ink;
  pad.bits = toBits(data.ink, data.side * data.side);
  paint(pad);
}
