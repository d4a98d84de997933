// The plane of the points: the samples of two classes, and behind them the answer of the network at every place.

import { ask, decode } from "./client.js";
import { colourOf, paint, signedColour } from "./colour.js";
import { atNextFrame, h } from "./dom.js";
import { store } from "./store.js";

/** @typedef {import("./protocol.js").Boundary} Boundary */
/** @typedef {import("./protocol.js").Points} Points */

const SIDE = 640;
const GRID = 64;

/** @type {Record<string, (x: number, y: number) => number>} */
const FEATURES = {
  x: (x) => x,
  y: (_, y) => y,
  x2: (x) => x * x,
  y2: (_, y) => y * y,
  xy: (x, y) => x * y,
  sin_x: (x) => Math.sin(Math.PI * x),
  sin_y: (_, y) => Math.sin(Math.PI * y),
};

export class PointsPlane extends HTMLElement {
  constructor() {
    super();
    this.canvas = h("canvas", { class: "plane", width: SIDE, height: SIDE, tabIndex: 0, role: "application" });
    this.source = h("canvas", { width: GRID, height: GRID });
    /** @type {Float32Array | Float64Array | Uint8Array | null} */
    this.grid = null;
    /** @type {{ half: "train" | "validation", x: number, y: number, label: number }[]} */
    this.points = [];
    /** @type {[number, number]} */
    this.chosen = [0, 0];
    this.marked = false;
    this.redraw = atNextFrame(() => this.draw());
  }

  connectedCallback() {
    if (!this.canvas.isConnected) {
      this.append(this.canvas);
      this.canvas.setAttribute("aria-label", "The plane of the points. The colour is the answer of the network. Arrow keys choose a place.");
      this.canvas.addEventListener("click", (event) => {
        const bounds = this.canvas.getBoundingClientRect();
        this.choose((2 * (event.clientX - bounds.left)) / bounds.width - 1, 1 - (2 * (event.clientY - bounds.top)) / bounds.height);
      });
      this.canvas.addEventListener("keydown", (event) => this.key(event));
    }
    document.addEventListener("colours", this.redraw);
    this.listening = new AbortController();
    const { signal } = this.listening;
    let busy = false;
    const follow = async () => {
      if (busy || store.open?.kind !== "points") return;
      busy = true;
      await this.refresh().finally(() => (busy = false));
    };
    store.addEventListener("moment", follow, { signal });
    store.addEventListener("opened", () => this.load(), { signal });
    this.load();
  }

  disconnectedCallback() {
    document.removeEventListener("colours", this.redraw);
    this.listening?.abort();
  }

  async load() {
    if (store.open?.kind !== "points") return;
    /** @type {Points} */
    const points = await ask("points");
    this.points = [];
    for (const half of /** @type {const} */ (["train", "validation"])) {
      const places = decode(points[half]);
      points[`${half}_labels`].forEach((label, i) => this.points.push({ half, x: places[2 * i], y: places[2 * i + 1], label }));
    }
    await this.refresh();
  }

  async refresh() {
    /** @type {Boundary} */
    const boundary = await ask("boundary", { columns: GRID, rows: GRID });
    this.grid = decode(boundary.values).map((value) => 2 * value - 1);
    this.redraw();
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  choose(x, y) {
    this.chosen = [Math.max(-1, Math.min(1, x)), Math.max(-1, Math.min(1, y))];
    this.marked = true;
    this.redraw();
    const features = store.open?.points?.features ?? [];
    this.dispatchEvent(new CustomEvent("point", { detail: features.map((name) => FEATURES[name](...this.chosen)) }));
  }

  /**
   * Marks the place of an input of the network, if the input has both coordinates.
   *
   * @param {ArrayLike<number>} input
   */
  mark(input) {
    const features = store.open?.points?.features ?? [];
    const [x, y] = [features.indexOf("x"), features.indexOf("y")];
    if (x < 0 || y < 0) return;
    this.chosen = [input[x], input[y]];
    this.marked = true;
    this.redraw();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    /** @type {Record<string, [number, number]>} */
    const moves = { ArrowLeft: [-0.05, 0], ArrowRight: [0.05, 0], ArrowUp: [0, 0.05], ArrowDown: [0, -0.05] };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    this.choose(this.chosen[0] + move[0], this.chosen[1] + move[1]);
  }

  draw() {
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    context.fillStyle = colourOf("--pad");
    context.fillRect(0, 0, SIDE, SIDE);
    if (this.grid) {
      const image = new ImageData(GRID, GRID);
      paint(new Uint32Array(image.data.buffer), this.grid, 0, { low: -1.25, high: 1.25 });
      /** @type {CanvasRenderingContext2D} */ (this.source.getContext("2d")).putImageData(image, 0, 0);
      context.imageSmoothingEnabled = true;
      context.drawImage(this.source, 0, 0, SIDE, SIDE);
    }
    for (const { half, x, y, label } of this.points) {
      const [left, top] = place(x, y);
      context.beginPath();
      context.arc(left, top, half === "train" ? 8 : 6, 0, 7);
      context.fillStyle = signedColour(label ? 1 : -1, 1);
      context.fill();
      context.lineWidth = half === "train" ? 2.5 : 1.5;
      context.strokeStyle = colourOf(half === "train" ? "--paper" : "--ink");
      context.stroke();
    }
    if (this.marked) {
      const [left, top] = place(...this.chosen);
      context.lineWidth = 4;
      context.strokeStyle = colourOf("--accent");
      context.beginPath();
      context.arc(left, top, 16, 0, 7);
      context.stroke();
    }
  }
}

/**
 * @param {number} x
 * @param {number} y
 */
function place(x, y) {
  return [((x + 1) / 2) * SIDE, ((1 - y) / 2) * SIDE];
}

customElements.define("points-plane", PointsPlane);
