// Draw and watch: an input, the output of every layer, and the answer.

import { ask, base64, base64OfFile, decode, encode, maps, newest } from "./client.js";
import { inkPicture, pictureOf, squarePicture } from "./digit-pad.js";
import { fill, h } from "./dom.js";
import { filtersOf } from "./filters.js";
import { counted, shapeText } from "./numbers.js";
import { heading } from "./panels.js";
import { samplePicker } from "./sample-picker.js";
import { Panel, store } from "./store.js";
import "./answer-bars.js";
import "./feature-maps.js";
import "./points-plane.js";

/** @typedef {import("./protocol.js").Trace} Trace */
/** @typedef {import("./protocol.js").NetworkNode} NetworkNode */
/** @typedef {{ trace: Trace, since: number }} Timed */

/** The side of the picture of a drawing that is sent. */
const SENT = 140;

/** A larger picture file is made smaller before it is sent: an ask may have 4 MiB. */
const LARGEST_FILE = 2 ** 21;

class DrawPanel extends Panel {
  constructor() {
    super();
    this.pad = /** @type {import("./digit-pad.js").DigitPad} */ (document.createElement("digit-pad"));
    this.answer = /** @type {import("./answer-bars.js").AnswerBars} */ (document.createElement("answer-bars"));
    this.plane = /** @type {import("./points-plane.js").PointsPlane} */ (document.createElement("points-plane"));
    this.seen = /** @type {import("./feature-maps.js").FeatureMaps} */ (document.createElement("feature-maps"));
    this.prepared = h("p", { class: "hint" });
    this.time = h("p", { class: "hint num", id: "stroke-time" });
    this.side = h("section", { class: "side", "aria-label": "Input and answer" });
    this.layers = h("section", { class: "layers", "aria-label": "Layers" });
    /** @type {Map<string, { maps: import("./feature-maps.js").FeatureMaps, scale: import("./feature-maps.js").ColourScale }>} */
    this.views = new Map();
    /** When the point was drawn that is asked about. @type {number | undefined} */
    this.since = undefined;
    this.ask = newest(
      (/** @type {Timed} */ timed) => this.answered(timed),
      (error) => Promise.reject(error),
    );
  }

  /** @override */
  show() {
    if (!this.firstChild) {
      this.append(heading("draw"), h("div", { class: "draw" }, this.side, this.layers));
      this.pad.addEventListener("drawn", () => this.drawn());
      this.plane.addEventListener("point", (event) => store.look({ values: encode(/** @type {CustomEvent} */ (event).detail) }));
    }
    this.on("opened", () => this.build());
    this.on("input", () => this.trace());
    this.on("moment", () => this.trace());
    this.build();
  }

  /** Makes the views of the layers of the open network. */
  build() {
    const { open, network } = store;
    if (!open || !network) {
      fill(this.side);
      fill(this.layers, h("p", { class: "waiting" }, "Open a network first."));
      return;
    }
    const pictures = open.kind === "pictures";
    this.seen.name = "The input of the network";
    this.seen.size = 112;
    this.seen.grey = pictures;
    this.seen.picks = false;
    this.pad.colour = open.input[0] === 3;
    fill(
      this.side,
      pictures ? this.pad : null,
      pictures ? this.padTools() : null,
      open.points ? this.plane : null,
      open.halves ? samplePicker() : null,
      pictures ? h("div", { class: "gets" }, this.seen, h("div", {}, h("p", {}, "What the network gets"), this.prepared)) : null,
      h("h2", {}, "The answer"),
      this.answer,
      this.time,
    );
    this.views.clear();
    const met = new Set();
    fill(this.layers, network.nodes.map((node) => this.layer(node, met)));
    this.trace();
  }

  padTools() {
    const brush = h("input", { type: "range", min: "0.04", max: "0.16", step: "0.005", value: String(this.pad.brush), "aria-label": "Width of the pen" });
    brush.addEventListener("input", () => (this.pad.brush = Number(brush.value)));
    const file = h("input", { type: "file", accept: "image/*", "aria-label": "Open a picture" });
    file.addEventListener("change", () => this.openFile(file));
    return h(
      "div",
      { class: "row tools" },
      h("button", { type: "button", onclick: () => this.pad.clear() }, "Clear"),
      h("button", { type: "button", onclick: () => this.pad.undo() }, "Undo"),
      h("label", { class: "button" }, "Picture", file),
      h("button", { type: "button", onclick: () => this.camera() }, "Camera"),
      brush,
    );
  }

  /**
   * The view of a layer.
   *
   * @param {NetworkNode} node
   * @param {Set<string>} met the kinds that have been explained already
   */
  layer(node, met) {
    const first = !met.has(node.kind);
    met.add(node.kind);
    const head = h(
      "header",
      {},
      h("h2", {}, node.name),
      h("p", { class: "shape num" }, shapeText(node.shape)),
      node.parameters.length ? h("p", { class: "num" }, counted(node.parameters.reduce((sum, { count }) => sum + count, 0), "weight")) : null,
    );
    const about = first ? h("p", { class: "about" }, node.meaning) : null;
    if (node.kind === "flatten" || node.kind === "reshape") return h("section", { class: "layer" }, head, about);
    const scale = /** @type {import("./feature-maps.js").ColourScale} */ (document.createElement("colour-scale"));
    const view = /** @type {import("./feature-maps.js").FeatureMaps} */ (document.createElement("feature-maps"));
    view.name = `Output of ${node.name}`;
    view.addEventListener("pick", (event) => {
      store.element = { node: node.name, index: /** @type {CustomEvent<number>} */ (event).detail };
      location.hash = "step";
    });
    head.append(scale);
    this.views.set(node.name, { maps: view, scale });
    return h("section", { class: "layer" }, head, about, view, node.kind.startsWith("conv") ? filtersOf(node) : null);
  }

  drawn() {
    this.since = this.pad.since;
    const shape = this.pad.colour ? [3, SENT, SENT] : [SENT, SENT];
    store.look(this.pad.empty() ? null : { drawn: { shape, u8: base64(this.pad.bytes(SENT)) } });
  }

  trace() {
    const { input } = store;
    if (!input) this.blank();
    if (!input || !this.views.size) return;
    const since = this.since ?? performance.now();
    this.since = undefined;
    this.ask(async () => ({ trace: await ask("trace", { input }), since }));
  }

  /** There is no input. */
  blank() {
    for (const view of this.views.values()) view.maps.clear();
    this.seen.clear();
    this.answer.clear();
    this.prepared.textContent = "Nothing yet.";
    this.time.textContent = "";
  }

  /** @param {Timed} timed */
  answered({ trace, since }) {
    const { open, input } = store;
    if (!open || !input || !this.isConnected) return;
    for (const { name, value } of trace.values) {
      const view = this.views.get(name);
      if (!view) continue;
      const shown = maps(value);
      const range = Math.max(-shown.low, shown.high);
      view.maps.show(shown);
      view.scale.show(-range, range);
    }
    this.answer.show(trace, decode(trace.output));
    if (open.kind === "pictures") {
      this.seen.show(trace.picture ? maps(trace.picture) : maps(trace.input));
      this.prepared.textContent = trace.done.length ? `${trace.done.join("; ")}.` : "The sample as it is.";
      if (!("drawn" in input) && trace.picture) this.showOnPad(trace);
    }
    if (open.points) this.plane.mark(decode(trace.input));
    const time = performance.now() - since;
    this.time.textContent = `${time.toFixed(0)} ms from the input to the pictures`;
    this.time.dataset.time = String(time);
  }

  /**
   * Puts the sample on the canvas, so that a person can go on drawing.
   *
   * @param {Trace} trace
   */
  showOnPad(trace) {
    if (!trace.picture) return;
    const [channels, rows, columns] = trace.picture.shape;
    this.pad.put(pictureOf(decode(trace.picture), channels, rows, columns));
  }

  /** @param {HTMLInputElement} file */
  async openFile(file) {
    const [picked] = file.files ?? [];
    file.value = "";
    if (!picked) return;
    if (this.pad.colour && picked.size <= LARGEST_FILE) {
      store.look({ picture: await base64OfFile(picked) });
      return;
    }
    const picture = await createImageBitmap(picked);
    await this.take(squarePicture(picture, picture.width, picture.height));
  }

  /**
   * Gives a square picture to the network: in its colours, or as a drawing.
   *
   * @param {HTMLCanvasElement} square
   */
  async take(square) {
    if (this.pad.colour) {
      const file = await new Promise((/** @type {(blob: Blob | null) => void} */ made) => square.toBlob(made));
      if (file) store.look({ picture: await base64OfFile(file) });
      return;
    }
    this.pad.put(inkPicture(square));
    this.drawn();
  }

  /** Takes a picture with the camera. The picture stays on this computer. */
  async camera() {
    const { takePicture } = await import("./camera.js");
    const picture = await takePicture();
    if (picture) await this.take(picture);
  }
}

customElements.define("draw-panel", DrawPanel);
