// The curve of an activation, with the element on it.

import { svg } from "./dom.js";
import { number } from "./numbers.js";

const [WIDTH, HEIGHT] = [240, 130];

/** @param {number} x */
const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** The curves, and the settings that they depend on. @type {Record<string, (x: number, settings: Record<string, number>) => number>} */
const CURVES = {
  tanh: Math.tanh,
  sigmoid,
  relu: (x) => Math.max(0, x),
  leaky_relu: (x, { slope }) => (x > 0 ? x : slope * x),
  elu: (x, { alpha }) => (x > 0 ? x : alpha * (Math.exp(x) - 1)),
  silu: (x) => x * sigmoid(x),
  softplus: (x, { beta }) => Math.log1p(Math.exp(beta * x)) / beta,
  softsign: (x) => x / (1 + Math.abs(x)),
  hard_sigmoid: (x) => Math.min(Math.max(x + 3, 0), 6) / 6,
  hard_swish: (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
  mish: (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
};

/**
 * The curve of an activation, or nothing if the page does not know the curve.
 *
 * @param {import("./protocol.js").Settings} layer
 * @param {number} x
 * @param {number} y
 */
export function functionPlot({ kind, ...settings }, x, y) {
  const formula = CURVES[kind];
  if (!formula) return null;
  const curve = (/** @type {number} */ at) => formula(at, /** @type {Record<string, number>} */ (settings));
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
