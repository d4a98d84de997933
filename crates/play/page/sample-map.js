// The plane in which the values of the last hidden layer spread most. Each sample is written as its class, and a sample opens where a person
// clicks.

import { ask, decode, turns } from "./client.js";
import { colourOf, theme } from "./colour.js";
import { atNextFrame, fill, h } from "./dom.js";
import { counted, percent } from "./numbers.js";
import { store } from "./store.js";

/** @typedef {import("./protocol.js").Plane} Plane */

const [WIDTH, HEIGHT, EDGE] = [1280, 840, 40];

export class SampleMap extends HTMLElement {
  constructor() {
    super();
    this.canvas = h("canvas", { class: "sample-map", width: WIDTH, height: HEIGHT, tabIndex: 0, role: "application", "aria-label": "Map of the samples. Arrow keys go to the next sample in a direction, Enter opens it." });
    this.told = h("output", { class: "reader", "aria-live": "polite" });
    this.about = h("p", { class: "explain" });
    /** @type {Plane | null} */
    this.plane = null;
    /** The places of the samples on the canvas. @type {[number, number][]} */
    this.places = [];
    /** @type {number | null} */
    this.chosen = null;
    this.begin = turns();
    this.redraw = atNextFrame(() => this.draw());
  }

  connectedCallback() {
    if (!this.canvas.isConnected) {
      this.append(this.about, this.canvas, this.told);
      this.canvas.addEventListener("pointermove", (event) => this.choose(this.nearest(this.at(event))));
      this.canvas.addEventListener("click", (event) => this.open(this.nearest(this.at(event))));
      this.canvas.addEventListener("keydown", (event) => this.key(event));
    }
    document.addEventListener("colours", this.redraw);
  }

  disconnectedCallback() {
    document.removeEventListener("colours", this.redraw);
  }

  /** @param {import("./protocol.js").Input} input */
  async show(input) {
    const half = store.half ?? "train";
    const isNewest = this.begin();
    const plane = /** @type {Plane} */ (await ask("map", { half, count: 800, input }));
    if (!isNewest()) return;
    this.plane = plane;
    this.chosen = null;
    const points = decode(this.plane.points);
    const all = [...points, ...(this.plane.here ?? [])];
    /** @param {number} axis */
    const range = (axis) => {
      const values = all.filter((_, i) => i % 2 === axis);
      return [Math.min(...values), Math.max(...values)];
    };
    const [[left, right], [low, high]] = [range(0), range(1)];
    /** @param {number} x @param {number} y @returns {[number, number]} */
    this.placeOf = (x, y) => [EDGE + ((x - left) / (right - left || 1)) * (WIDTH - 2 * EDGE), HEIGHT - EDGE - ((y - low) / (high - low || 1)) * (HEIGHT - 2 * EDGE)];
    this.places = this.plane.indices.map((_, i) => /** @type {(x: number, y: number) => [number, number]} */ (this.placeOf)(points[2 * i], points[2 * i + 1]));
    const wrong = plane.said.length ? "Samples that the network gets wrong are underlined, and the" : "The";
    fill(this.about, `The values of ${plane.layer} for ${counted(plane.indices.length, "sample")}, in the two directions in which they spread most: ${percent(plane.shares[0] + plane.shares[1])} of the variance. ${wrong} ring is the input.`);
    this.redraw();
  }

  /** @param {MouseEvent} event @returns {[number, number]} */
  at(event) {
    const bounds = this.canvas.getBoundingClientRect();
    return [((event.clientX - bounds.left) / bounds.width) * WIDTH, ((event.clientY - bounds.top) / bounds.height) * HEIGHT];
  }

  /** @param {[number, number]} place */
  nearest([left, top]) {
    let best = null;
    let least = 60 ** 2;
    this.places.forEach(([x, y], i) => {
      const distance = (x - left) ** 2 + (y - top) ** 2;
      if (distance < least) [best, least] = [i, distance];
    });
    return best;
  }

  /** @param {number | null} sample */
  choose(sample) {
    if (sample === this.chosen) return;
    this.chosen = sample;
    const { plane } = this;
    this.told.value = plane && sample !== null ? `Sample ${plane.indices[sample]}${judgement(plane, sample)}` : "";
    this.redraw();
  }

  /** @param {number | null} sample */
  open(sample) {
    if (sample === null || !this.plane) return;
    store.look({ half: this.plane.half, index: this.plane.indices[sample] });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    /** @type {Record<string, [number, number]>} */
    const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const direction = directions[event.key];
    if (event.key === "Enter") this.open(this.chosen);
    else if (direction && this.places.length) this.choose(this.beside(direction));
    else return;
    event.preventDefault();
  }

  /**
   * The nearest sample in a direction.
   *
   * @param {[number, number]} direction
   */
  beside([right, down]) {
    if (this.chosen === null) return 0;
    const [x, y] = this.places[this.chosen];
    let best = this.chosen;
    let least = Infinity;
    this.places.forEach(([left, top], i) => {
      const along = (left - x) * right + (top - y) * down;
      const aside = Math.abs((left - x) * down) + Math.abs((top - y) * right);
      if (along > 1 && along + 2 * aside < least) [best, least] = [i, along + 2 * aside];
    });
    return best;
  }

  draw() {
    const { plane } = this;
    if (!plane || !this.placeOf) return;
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    const classes = store.open?.classes ?? [];
    const light = theme() === "light" ? 0.5 : 0.76;
    context.clearRect(0, 0, WIDTH, HEIGHT);
    context.textAlign = "center";
    context.textBaseline = "middle";
    this.places.forEach(([x, y], i) => {
      const label = plane.labels[i];
      context.font = `${i === this.chosen ? "bold 40px" : "22px"} ${colourOf("--sans")}`;
      context.fillStyle = `oklch(${light} 0.13 ${((label ?? 0) * 360) / Math.max(1, classes.length)})`;
      context.fillText(classes[label]?.slice(0, 3) ?? "•", x, y);
      if (plane.said.length && plane.said[i] !== label) context.fillRect(x - 9, y + 12, 18, 3);
    });
    if (plane.here) {
      const [x, y] = this.placeOf(...plane.here);
      context.strokeStyle = colourOf("--accent");
      context.lineWidth = 5;
      context.beginPath();
      context.arc(x, y, 22, 0, 7);
      context.stroke();
    }
  }
}

customElements.define("sample-map", SampleMap);

/**
 * The class of a sample and the answer of the network. A network without classes has neither.
 *
 * @param {Plane} plane
 * @param {number} sample
 */
function judgement({ labels, said }, sample) {
  const classes = store.open?.classes ?? [];
  const name = classes[labels[sample]];
  if (name === undefined) return "";
  return said.length ? `: ${name}, the network says ${classes[said[sample]]}` : `: ${name}`;
}
