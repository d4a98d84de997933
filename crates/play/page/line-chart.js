// Curves over steps or epochs, drawn as SVG. The pointer or the arrow keys read the values at one place.

import { atNextFrame, fill, h, svg } from "./dom.js";
import { number, percent } from "./numbers.js";

/**
 * @typedef {{ name: string, points: [x: number, y: number][], style?: "thin" | "dashed", tone?: "accent" | "ink" | "second" }} Curve
 * @typedef {{ left: number, right: number, low: number, high: number, log: boolean }} Range
 */

const [TOP, RIGHT, BOTTOM, LEFT] = [10, 14, 26, 46];

export class LineChart extends HTMLElement {
  constructor() {
    super();
    this.name = "";
    this.across = "epoch";
    this.log = false;
    this.share = false;
    this.high = 190;
    /** @type {Curve[]} */
    this.curves = [];
    /** @type {number | null} */
    this.mark = null;
    this.legend = h("div", { class: "legend" });
    this.reader = h("output", { class: "reader num" });
    this.drawing = svg("svg", { role: "img", tabindex: 0 });
    this.redraw = atNextFrame(() => this.draw());
    this.resized = new ResizeObserver(() => this.redraw());
    /** @type {number | null} */
    this.at = null;
  }

  connectedCallback() {
    if (!this.drawing.isConnected) {
      this.append(this.legend, this.drawing, this.reader);
      this.drawing.addEventListener("pointermove", (event) => this.point(/** @type {PointerEvent} */ (event)));
      this.drawing.addEventListener("pointerleave", () => this.read(null));
      this.drawing.addEventListener("blur", () => this.read(null));
      this.drawing.addEventListener("keydown", (event) => this.key(/** @type {KeyboardEvent} */ (event)));
    }
    this.resized.observe(this);
  }

  disconnectedCallback() {
    this.resized.disconnect();
  }

  /**
   * @param {Curve[]} curves
   * @param {number | null} [mark] a place that is marked by a line
   */
  show(curves, mark = null) {
    this.curves = curves;
    this.mark = mark;
    const last = curves.map(({ name, points }) => (points.length ? `${name} ${this.value(points[points.length - 1][1])}` : `${name}: no values yet`));
    this.drawing.setAttribute("aria-label", `${this.name} by ${this.across}. Newest: ${last.join(", ")}. Arrow keys read values.`);
    fill(this.legend, curves.map((curve) => h("span", { class: `key ${classOf(curve)}` }, curve.name)));
    this.redraw();
  }

  /** @param {number} y */
  value(y) {
    return this.share ? percent(y) : number(y, 4);
  }

  /** @returns {Range} */
  range() {
    const points = this.curves.flatMap(({ points }) => points);
    const usable = this.log ? points.filter(([, y]) => y > 0) : points;
    if (!usable.length) return { left: 0, right: 1, low: this.log ? 0.1 : 0, high: 1, log: this.log };
    let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const [x, y] of usable) {
      left = Math.min(left, x);
      right = Math.max(right, x);
      low = Math.min(low, y);
      high = Math.max(high, y);
    }
    if (this.share) [low, high] = [Math.min(low, 0.9), 1];
    else if (!this.log) low = Math.min(0, low);
    if (low === high) high = low + (Math.abs(low) || 1);
    return { left, right: right > left ? right : left + 1, low, high, log: this.log };
  }

  /** Where a point lies in the drawing. */
  scale() {
    const range = this.range();
    const width = Math.max(120, this.clientWidth);
    /** @param {number} value */
    const bend = (value) => (range.log ? Math.log10(Math.max(value, 1e-12)) : value);
    const [low, high] = [bend(range.low), bend(range.high)];
    return {
      ...range,
      width,
      /** @param {number} x */
      x: (x) => LEFT + ((x - range.left) / (range.right - range.left)) * (width - LEFT - RIGHT),
      /** @param {number} y */
      y: (y) => TOP + ((high - bend(y)) / (high - low || 1)) * (this.high - TOP - BOTTOM),
    };
  }

  draw() {
    if (!this.isConnected || !this.clientWidth) return;
    const scale = this.scale();
    const { drawing } = this;
    drawing.setAttribute("viewBox", `0 0 ${scale.width} ${this.high}`);
    drawing.setAttribute("height", String(this.high));
    if (this.curves.every(({ points }) => !points.length)) {
      drawing.replaceChildren(svg("text", { class: "tick", x: scale.width / 2, y: this.high / 2, "text-anchor": "middle" }, "nothing yet"));
      return;
    }
    const grid = (scale.log ? decades(scale.low, scale.high) : ticks(scale.low, scale.high, 4)).flatMap((y) => [
      svg("line", { class: "grid", x1: LEFT, x2: scale.width - RIGHT, y1: scale.y(y), y2: scale.y(y) }),
      svg("text", { class: "tick", x: LEFT - 8, y: scale.y(y) + 4, "text-anchor": "end" }, this.share ? `${+(100 * y).toFixed(1)} %` : number(y, 2)),
    ]);
    const places = ticks(scale.left, scale.right, Math.max(2, Math.floor(scale.width / 110)));
    const below = places.map((x) => svg("text", { class: "tick", x: scale.x(x), y: this.high - 8, "text-anchor": "middle" }, placeText(x, places[1] - places[0])));
    const lines = this.curves.map((curve) => svg("path", { class: `curve ${classOf(curve)}`, d: path(thin(curve.points, scale.width), scale) }));
    const mark = this.mark === null ? [] : [svg("line", { class: "mark", x1: scale.x(this.mark), x2: scale.x(this.mark), y1: TOP, y2: this.high - BOTTOM })];
    const dots = this.curves.filter(({ points }) => points.length === 1).map((curve) =>
      svg("circle", { class: `dot ${classOf(curve)}`, r: 3, cx: scale.x(curve.points[0][0]), cy: scale.y(curve.points[0][1]) }),
    );
    drawing.replaceChildren(...grid, ...below, ...lines, ...dots, ...mark);
  }

  /** @param {PointerEvent} event */
  point(event) {
    const scale = this.scale();
    const bounds = this.drawing.getBoundingClientRect();
    const share = (event.clientX - bounds.left - LEFT) / (bounds.width - LEFT - RIGHT);
    this.read(scale.left + share * (scale.right - scale.left));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const points = this.curves.find((curve) => curve.points.length)?.points;
    if (!points || !(event.key === "ArrowLeft" || event.key === "ArrowRight")) return;
    event.preventDefault();
    const now = this.at === null ? points.length : nearest(points, this.at);
    this.read(points[Math.max(0, Math.min(points.length - 1, now + (event.key === "ArrowLeft" ? -1 : 1)))][0]);
  }

  /** @param {number | null} x */
  read(x) {
    this.at = x;
    const { left, right } = this.range();
    const texts = x === null ? [] : this.curves.filter(({ points }) => points.length).map(({ name, points }) => {
      const [at, y] = points[nearest(points, x)];
      return `${name} ${this.value(y)} at ${this.across} ${placeText(at, Math.min((right - left) / 100, at / 10 || 1))}`;
    });
    this.reader.value = texts.join(" · ");
  }
}

/**
 * A place on the axis below, with so many digits that places in such a distance differ.
 *
 * @param {number} x
 * @param {number} distance
 */
function placeText(x, distance) {
  return x.toLocaleString("en", { maximumFractionDigits: Math.max(0, Math.ceil(-Math.log10(distance || 1))) });
}

/** @param {Curve} curve */
function classOf({ tone = "ink", style }) {
  return `${tone} ${style ?? ""}`;
}

/**
 * The index of the point whose x is nearest. The points are in the order of x.
 *
 * @param {[number, number][]} points
 * @param {number} x
 */
function nearest(points, x) {
  let [low, high] = [0, points.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle][0] < x) low = middle + 1;
    else high = middle;
  }
  return low > 0 && x - points[low - 1][0] < points[low][0] - x ? low - 1 : low;
}

/**
 * At most two points for each pixel: the smallest and the largest of a group, in their order.
 *
 * @param {[number, number][]} points
 * @param {number} width
 */
function thin(points, width) {
  const group = Math.ceil(points.length / width);
  if (group <= 1) return points;
  /** @type {[number, number][]} */
  const kept = [];
  for (let start = 0; start < points.length; start += group) {
    const part = points.slice(start, start + group);
    const low = part.reduce((a, b) => (b[1] < a[1] ? b : a));
    const high = part.reduce((a, b) => (b[1] > a[1] ? b : a));
    kept.push(...(low[0] <= high[0] ? [low, high] : [high, low]));
  }
  return kept;
}

/**
 * @param {[number, number][]} points
 * @param {{ x: (x: number) => number, y: (y: number) => number, log: boolean }} scale
 */
function path(points, scale) {
  const usable = points.filter(([, y]) => Number.isFinite(y) && (!scale.log || y > 0));
  return usable.map(([x, y], i) => `${i ? "L" : "M"}${scale.x(x).toFixed(1)} ${scale.y(y).toFixed(1)}`).join("");
}

/**
 * Round numbers between two numbers.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? power;
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(high / step + 1e-9) - first + 1) }, (_, i) => (first + i) * step);
}

/**
 * Powers of ten between two numbers, or the two numbers if there is none.
 *
 * @param {number} low
 * @param {number} high
 */
function decades(low, high) {
  const powers = [];
  for (let power = Math.ceil(Math.log10(low)); power <= Math.floor(Math.log10(high)); power += 1) powers.push(10 ** power);
  return powers.length > 1 ? powers : [...new Set([low, ...powers, high])];
}

customElements.define("line-chart", LineChart);
