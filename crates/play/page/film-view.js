// One film of a training: the samples, and for each frame the filters, the maps of a sample, the confusion and the weights.

import { ask, decode, maps } from "./client.js";
import { paint } from "./colour.js";
import { fill, h, keepFocus } from "./dom.js";
import { Maps } from "./feature-maps.js";
import { bars } from "./histograms.js";
import { picture } from "./mistakes.js";
import { number, percent, whole } from "./numbers.js";
import "./line-chart.js";

/** @typedef {import("./protocol.js").Film} Film */
/** @typedef {import("./protocol.js").Frame} Frame */
/** @typedef {import("./feature-maps.js").FeatureMaps} FeatureMaps */

/** As many windows of a convolution are shown. */
const MOST = 48;

export class FilmView extends HTMLElement {
  /** @param {string} source the name of a run; empty: the training of this page */
  constructor(source = "") {
    super();
    this.source = source;
    this.name = h("h2", {});
    this.chart = /** @type {import("./line-chart.js").LineChart} */ (document.createElement("line-chart"));
    this.chart.name = "Loss of the film";
    this.chart.across = "step";
    this.chart.log = true;
    this.chart.high = 120;
    this.samples = h("div", { class: "film-samples", role: "group", "aria-label": "Samples of the film" });
    this.frame = h("div", { class: "frame" });
    /** @type {Film | null} */
    this.film = null;
    this.sample = 0;
    this.shown = -1;
    /** @type {Frame | null} */
    this.now = null;
  }

  connectedCallback() {
    if (!this.name.isConnected) this.append(this.name, this.chart, this.samples, this.frame);
  }

  /** Which film is asked about. */
  get about() {
    return this.source ? { run: this.source } : {};
  }

  async load() {
    this.film = /** @type {Film} */ (await ask("film", this.about));
    this.shown = -1;
    this.name.textContent = this.source || this.film.name;
    if (this.film.frames.length === 0) fill(this.frame, h("p", { class: "hint" }, "There is no film yet. It begins with the training, and has a frame for each epoch."));
  }

  /**
   * Shows the frame at a share of the training.
   *
   * @param {number} share
   */
  async turn(share) {
    const { film } = this;
    if (!film?.frames.length) return "";
    const place = Math.round(share * (film.frames.length - 1));
    const moment = film.frames[place];
    this.chart.show([{ name: "loss", points: film.frames.flatMap(({ step, loss }) => (loss === null ? [] : [/** @type {[number, number]} */ ([step, loss])])), tone: "accent" }], moment.step);
    if (place !== this.shown) {
      this.shown = place;
      const frame = /** @type {Frame} */ (await ask("frame", { ...this.about, frame: moment.frame }));
      if (this.shown !== place) return "";
      this.now = frame;
      this.draw();
    }
    const right = moment.accuracy === null ? "" : `, ${percent(moment.accuracy)} right`;
    return `${film.name}: epoch ${moment.epoch}, step ${whole(moment.step)}${moment.loss === null ? "" : `, loss ${number(moment.loss, 3)}`}${right}`;
  }

  /** @param {number} sample */
  look(sample) {
    this.sample = sample;
    this.draw();
  }

  draw() {
    const { film, now } = this;
    if (!film || !now) return;
    keepFocus(this.samples, () => fill(
      this.samples,
      film.samples.map(({ caption, picture: shown }, i) => {
        // A network without classes has no answer that is right or wrong.
        const said = film.classes.length > 1 ? film.classes[now.said[i]] : undefined;
        return h("button", { type: "button", class: "sample", "data-key": `sample-${i}`, "aria-pressed": String(i === this.sample), onclick: () => this.dispatchEvent(new CustomEvent("sample", { detail: i, bubbles: true })) }, shown ? picture(shown) : h("span", {}, caption), h("span", { class: said === undefined || said === caption ? "" : "bad" }, said ?? caption));
      }),
    ));
    fill(
      this.frame,
      now.filters.map(({ name: filter, values }) => figure(filter, filters(values))),
      now.maps.filter(({ sample }) => sample === this.sample).map(({ node, value }) => figure(`Output of ${node}`, maps(value))),
      now.confusion ? h("figure", {}, h("figcaption", {}, h("b", {}, "Confusion"), " rows: the truth"), confusionPicture(now.confusion)) : null,
      now.histograms.map(({ name: node, weights }) => h("figure", { class: "film-histogram" }, h("figcaption", {}, h("b", {}, node)), bars(weights, node))),
    );
  }
}

customElements.define("film-view", FilmView);

/**
 * The first filters of a convolution, one picture for each filter and channel.
 *
 * @param {import("./protocol.js").Encoded} encoded
 */
function filters(encoded) {
  const [count, channels, rows, columns] = encoded.shape;
  const shown = Math.min(count * channels, MOST);
  return new Maps([shown, rows, columns], decode(encoded).subarray(0, shown * rows * columns));
}

/**
 * @param {string} name
 * @param {Maps} shown
 */
function figure(name, shown) {
  const view = /** @type {FeatureMaps} */ (document.createElement("feature-maps"));
  view.name = name;
  view.size = 56;
  view.picks = false;
  queueMicrotask(() => view.show(shown));
  return h("figure", {}, h("figcaption", {}, h("b", {}, name)), view);
}

/**
 * A confusion matrix as a picture. Wrong answers are orange, and right ones are blue.
 *
 * @param {number[][]} rows
 */
function confusionPicture(rows) {
  const side = rows.length;
  const canvas = h("canvas", { class: "confusion-picture", width: side, height: side, role: "img", "aria-label": "Confusion matrix of this frame" });
  const image = new ImageData(side, side);
  const values = rows.flatMap((row, truth) => row.map((count, said) => (truth === said ? -0.6 : 1) * Math.sqrt(count / Math.max(1, ...row))));
  paint(new Uint32Array(image.data.buffer), values, 0, { low: -1, high: 1 });
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).putImageData(image, 0, 0);
  return canvas;
}
