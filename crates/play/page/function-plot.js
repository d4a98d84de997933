// The curve of an activation, with the element on it.

import { svg } from "./dom.js";
import { number } from "./numbers.js";

const [WIDTH, HEIGHT] = [240, 130];

/** @param {number} x */
const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** @type {Record<string, (x: number) => number>} */
const CURVES = {
  tanh: Math.tanh,
  sigmoid,
  relu: (x) => Math.max(0, x),
  leaky_relu: (x) => (x > 0 ? x : 0.01 * x),
  elu: (x) => (x > 0 ? x : Math.exp(x) - 1),
  silu: (x) => x * sigmoid(x),
  softplus: (x) => Math.log1p(Math.exp(x)),
  softsign: (x) => x / (1 + Math.abs(x)),
  hard_sigmoid: (x) => Math.min(Math.max(x + 3, 0), 6) / 6,
  hard_swish: (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
  mish: (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
};

/**
 * The curve of an activation, or nothing if its curve depends on settings.
 *
 * @param {string} kind
 * @param {number} x
 * @param {number} y
 */
export function functionPlot(kind, x, y) {
  const curve = CURVES[kind];
  if (!curve) return null;
  const reach = Math.max(3, Math.abs(x) * 1.2);
  const ys = Array.from({ length: 61 }, (_, i) => curve(-reach + (reach * i) / 30));
  const [low, high] = [Math.min(...ys, 0), Math.max(...ys, 0)];
  /** @param {number} value */
  const left = (value) => ((value + reach) / (2 * reach)) * WIDTH;
  /** @param {number} value */
  const top = (value) => 8 + ((high - value) / (high - low)) * (HEIGHT - 16);
  const line = ys.map((value, i) => `${i ? "L" : "M"}${left(-reach + (reach * i) / 30).toFixed(1)} ${top(value).toFixed(1)}`).join("");
  return svg(
    "svg",
    { class: "function-plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, role: "img", "aria-label": `The curve of ${kind}. At ${number(x)} it is ${number(y)}.` },
    svg("path", { class: "axis", d: `M0 ${top(0)}H${WIDTH}M${left(0)} 0V${HEIGHT}` }),
    svg("path", { class: "curve ink", d: line }),
    svg("path", { class: "lead", d: `M${left(x)} ${top(0)}V${top(y)}H${left(0)}` }),
    svg("circle", { class: "dot accent", cx: left(x), cy: top(y), r: 5 }),
  );
}
