// Step forward and backward: one element after the other, through all layers to the loss and back.

import { ask, maps, turns } from "./client.js";
import { arithmetic } from "./arithmetic.js";
import { backward, loss, weightStep } from "./chain-rule.js";
import { fill, h, keepFocus, still } from "./dom.js";
import { thumbnail } from "./feature-maps.js";
import { shapeText, showDigits, shownDigits } from "./numbers.js";
import { heading } from "./panels.js";
import { samplePicker } from "./sample-picker.js";
import { Panel, store } from "./store.js";

/** @typedef {import("./protocol.js").ElementAnswer} ElementAnswer */
/** @typedef {import("./protocol.js").Trace} Trace */
/** @typedef {import("./feature-maps.js").FeatureMaps} FeatureMaps */
/** @typedef {import("./feature-maps.js").Maps} Maps */

/** One place of the walk: a node on the way forward, the loss, or a node on the way back. @typedef {{ way: "forward" | "loss" | "backward", node: number }} Stop */

class StepPanel extends Panel {
  constructor() {
    super();
    /** @type {Stop[]} */
    this.stops = [];
    this.at = 0;
    /** The chosen element of each node. @type {Map<string, number>} */
    this.elements = new Map();
    /** The number of the term whose weight is looked at. @type {number | undefined} */
    this.weight = undefined;
    /** @type {Trace | null} */
    this.trace = null;
    /** The values of the nodes and of the inputs. @type {Map<string, Maps>} */
    this.values = new Map();
    this.beginTrace = turns();
    this.beginElement = turns();
    this.playing = 0;
    this.strip = h("ol", { class: "strip", "aria-label": "The layers, in order" });
    this.slider = h("input", { type: "range", min: "0", step: "1", value: "0", "aria-label": "Place on the way through the network" });
    this.where = h("p", { class: "where", "aria-live": "polite" });
    this.stage = h("div", { class: "stage" });
    this.controls = h("div", { class: "step-controls" });
  }

  /** @override */
  show() {
    if (!this.firstChild) {
      this.append(heading("step"), this.controls, this.strip, this.stage);
      this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    }
    this.on("opened", () => this.build());
    this.on("input", () => this.refresh());
    this.on("walk", () => this.go(this.wanted()));
    const again = () => {
      this.buildStrip();
      this.render();
    };
    for (const happening of ["digits", "colours"]) document.addEventListener(happening, again, { signal: this.shown?.signal ?? AbortSignal.abort() });
    this.build();
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    this.pause();
  }

  build() {
    const { network, open, element } = store;
    if (!network || !open) {
      fill(this.stage, h("p", { class: "waiting" }, "Open a network first."));
      return;
    }
    const nodes = network.nodes.map((_, node) => node);
    this.stops = [
      ...nodes.map((node) => ({ way: /** @type {const} */ ("forward"), node })),
      { way: "loss", node: nodes.length - 1 },
      ...nodes.reverse().map((node) => ({ way: /** @type {const} */ ("backward"), node })),
    ];
    this.elements.clear();
    this.slider.max = String(this.stops.length - 1);
    this.at = 0;
    if (element && !store.stop) store.stop = { node: element.node, way: "forward" };
    if (store.stop) this.at = this.wanted();
    this.buildControls();
    this.refresh();
  }

  /** The stop that another part of the page has asked for. */
  wanted() {
    const { stop, network, element } = store;
    store.stop = null;
    if (element) this.elements.set(element.node, element.index);
    return Math.max(0, this.stops.findIndex(({ way, node }) => way === stop?.way && (way === "loss" || network?.nodes[node].name === stop.node)));
  }

  buildControls() {
    const { open } = store;
    if (!open) return;
    /** @param {string} sign @param {string} name @param {() => void} pressed */
    const button = (sign, name, pressed) => h("button", { type: "button", "aria-label": name, title: name, onclick: pressed }, sign);
    this.play = button("▶", "Walk through the network", () => (this.playing ? this.pause() : this.walk()));
    const digits = h("input", { type: "range", min: "3", max: open.precision === "f64" ? "17" : "9", value: String(shownDigits()) });
    digits.addEventListener("input", () => showDigits(Number(digits.value)));
    digits.setAttribute("aria-label", "Digits of the numbers");
    const classes = open.classes.length > 1 ? h("select", { "aria-label": "The class that is taken as the truth" }, h("option", { value: "" }, "the sample's label"), open.classes.map((name, i) => h("option", { value: String(i), selected: i === store.truth }, name))) : null;
    classes?.addEventListener("change", () => {
      store.truth = classes.value === "" ? undefined : Number(classes.value);
      this.choose();
    });
    fill(
      this.controls,
      h("div", { class: "row walk" }, button("«", "To the first layer", () => this.go(0)), button("‹", "One layer back", () => this.go(this.at - 1)), this.play, button("›", "One layer on", () => this.go(this.at + 1)), this.slider),
      this.where,
      h("div", { class: "row settings" }, open.halves ? samplePicker() : null, classes ? h("label", { class: "inline" }, "Truth ", classes) : null, h("label", { class: "inline" }, "Digits ", digits)),
    );
  }

  /** Walks on by itself, until the end or a pause. */
  walk() {
    if (this.at >= this.stops.length - 1) this.at = -1;
    this.go(this.at + 1);
    this.playing = window.setInterval(() => {
      if (this.at >= this.stops.length - 1) this.pause();
      else this.go(this.at + 1);
    }, still() ? 4000 : 2200);
    this.play?.setAttribute("aria-pressed", "true");
  }

  pause() {
    clearInterval(this.playing);
    this.playing = 0;
    this.play?.setAttribute("aria-pressed", "false");
  }

  /** @param {number} stop */
  go(stop) {
    this.at = Math.max(0, Math.min(this.stops.length - 1, stop));
    this.weight = undefined;
    this.choose();
  }

  /** Asks for all values of the input. */
  async refresh() {
    const { input, network } = store;
    if (!network) return;
    if (!input) {
      this.trace = null;
      fill(this.stage, h("p", { class: "waiting" }, "There is no input yet. Choose a sample, or ", h("a", { href: "#draw" }, "draw one"), "."));
      return;
    }
    const isNewest = this.beginTrace();
    const trace = /** @type {Trace} */ (await ask("trace", { input }));
    if (!isNewest()) return;
    this.trace = trace;
    this.values = new Map(this.trace.values.map(({ name, value }) => [name, maps(value)]));
    for (const { name } of network.inputs) this.values.set(name, maps(this.trace.input));
    this.buildStrip();
    await this.choose();
  }

  buildStrip() {
    const { network } = store;
    if (!network) return;
    const items = network.nodes.map(({ name }, node) => {
      const values = this.values.get(name);
      const button = h("button", { type: "button", onclick: () => this.go(this.stops.findIndex((stop) => stop.node === node && stop.way === (this.stop.way === "backward" ? "backward" : "forward"))) }, values ? thumbnail(values) : null, h("span", {}, name));
      return h("li", {}, button);
    });
    items.push(h("li", {}, h("button", { type: "button", class: "loss", onclick: () => this.go(network.nodes.length) }, h("span", {}, "loss"))));
    fill(this.strip, items);
  }

  /** @returns {Stop} */
  get stop() {
    return this.stops[this.at] ?? { way: "forward", node: 0 };
  }

  /** Asks about the chosen element of this stop. */
  async choose() {
    const { input, network } = store;
    if (!input || !network || !this.trace) return;
    const { name } = network.nodes[this.stop.node];
    const index = this.elements.get(name) ?? this.guess(name);
    this.elements.set(name, index);
    store.element = { node: name, index };
    store.way = this.stop.way;
    const isNewest = this.beginElement();
    const answer = /** @type {ElementAnswer} */ (await ask("element", { input, node: name, index, target: store.truth, weight: this.weight }));
    if (!isNewest() || !this.isConnected) return;
    this.answer = answer;
    this.remember(answer);
    keepFocus(this.stage, () => this.render());
  }

  /**
   * The element that is shown first: the largest one, which says the most.
   *
   * @param {string} name
   */
  guess(name) {
    const values = this.values.get(name)?.values ?? [0];
    let best = 0;
    for (let i = 1; i < values.length; i += 1) if (Math.abs(values[i]) > Math.abs(values[best])) best = i;
    return best;
  }

  /**
   * Chooses the neighbours of an element: the one that contributes most to it, and the one to which it contributes most. So a walk follows
   * one path.
   *
   * @param {ElementAnswer} answer
   */
  remember(answer) {
    const { way } = this.stop;
    if (way === "backward") {
      const term = strongest(answer.forward.terms, ({ to_x, product, x }) => to_x ?? product ?? x);
      if (term && this.values.has(term.value)) this.elements.set(term.value, term.index);
    } else if (way === "forward") {
      for (const { node, terms } of answer.backward?.from ?? []) {
        const term = strongest(terms, ({ factor }) => factor ?? 0);
        if (term) this.elements.set(node, term.index);
      }
    }
  }

  render() {
    const { network } = store;
    const { answer, stop } = this;
    if (!network || !answer) return;
    this.slider.value = String(this.at);
    const node = network.nodes[stop.node];
    const place = answer.place.length > 1 ? `[${answer.place.join(", ")}]` : `[${answer.index}]`;
    const texts = { forward: `Forward · ${node.name} ${place}`, loss: "The loss", backward: `Backward · ${node.name} ${place}` };
    this.where.textContent = texts[stop.way];
    this.slider.setAttribute("aria-valuetext", texts[stop.way]);
    [...this.strip.children].forEach((item, i) => {
      const here = stop.way === "loss" ? i === network.nodes.length : i === stop.node;
      item.classList.toggle("here", here);
      item.classList.toggle("done", stop.way !== "forward" || i < stop.node);
      if (here) {
        item.firstElementChild?.setAttribute("aria-current", "step");
        if (this.strip.scrollWidth > this.strip.clientWidth) this.strip.scrollTo({ left: /** @type {HTMLElement} */ (item).offsetLeft - this.strip.clientWidth / 2, behavior: still() ? "auto" : "smooth" });
      } else {
        item.firstElementChild?.removeAttribute("aria-current");
      }
    });
    this.stage.dataset.way = stop.way;
    if (stop.way === "forward") this.renderForward(answer);
    else if (!answer.backward) fill(this.stage, h("p", { class: "waiting" }, "The target of this input is not known, so there is no loss and no way back. Choose a sample of the data."));
    else if (stop.way === "loss") fill(this.stage, loss(answer.backward));
    else this.renderBackward(answer, answer.backward);
  }

  /** @param {ElementAnswer} answer */
  renderForward(answer) {
    const sources = [...new Set(answer.forward.terms.map(({ value }) => value))];
    const inputs = sources.map((name) => this.map(name, `Input: ${name}`, { areas: areas(answer.forward.terms.filter(({ value }) => value === name)) }));
    fill(
      this.stage,
      h("section", { class: "maps-column" }, inputs.length ? inputs : h("p", { class: "hint" }, "This layer looks at all values of its input at once.")),
      h("section", { class: "numbers-column" }, arithmetic(answer, this.weight ?? null, (term) => this.setWeight(term))),
      h("section", { class: "maps-column" }, this.map(answer.node, `Output: ${answer.node}`, { chosen: answer.index })),
    );
  }

  /** @param {ElementAnswer} answer @param {import("./protocol.js").Backward} way */
  renderBackward(answer, way) {
    const takers = way.from.filter(({ node }) => this.values.has(node));
    fill(
      this.stage,
      h("section", { class: "maps-column" }, this.map(answer.node, `Output: ${answer.node}`, { chosen: answer.index })),
      h("section", { class: "numbers-column" }, backward(answer, way), weightStep(answer, way, this.weight ?? null, (term) => this.setWeight(term))),
      h("section", { class: "maps-column" }, takers.map(({ node, terms }) => this.map(node, `Taken by ${node}`, { areas: areas(terms) }))),
    );
  }

  /** @param {number} term */
  setWeight(term) {
    this.weight = term;
    this.choose();
  }

  /**
   * The maps of a value, with marks. A click chooses another element.
   *
   * @param {string} name
   * @param {string} title
   * @param {{ chosen?: number, areas?: import("./feature-maps.js").Area[] }} marks
   */
  map(name, title, marks) {
    const view = /** @type {FeatureMaps} */ (document.createElement("feature-maps"));
    const values = this.values.get(name);
    view.name = title;
    view.size = !values || values.channels <= 4 ? 190 : values.channels <= 8 ? 92 : 58;
    const node = store.network?.nodes.findIndex((candidate) => candidate.name === name) ?? -1;
    view.picks = node >= 0;
    view.canvas.tabIndex = view.picks ? 0 : -1;
    view.canvas.dataset.key = `maps-${name}`;
    view.grey = node < 0 && store.open?.kind === "pictures";
    view.addEventListener("pick", (event) => {
      this.elements.set(name, /** @type {CustomEvent<number>} */ (event).detail);
      const { way } = this.stop;
      const stop = this.stops.findIndex((each) => each.node === node && each.way === way);
      this.go(stop);
    });
    if (values) queueMicrotask(() => view.show(values, marks));
    return h("figure", {}, h("figcaption", {}, h("b", {}, title), values ? h("span", { class: "num" }, ` ${shapeText(values.shape)}`) : null), view);
  }
}

/**
 * The places of terms, as one area where they are neighbours.
 *
 * @param {{ place: number[] }[]} terms
 * @returns {import("./feature-maps.js").Area[]}
 */
function areas(terms) {
  if (!terms.length || terms[0].place.length < 3) return [];
  /** @type {Map<number, number[]>} */
  const bounds = new Map();
  for (const { place: [channel, y, x] } of terms) {
    const [top, left, bottom, right] = bounds.get(channel) ?? [y, x, y, x];
    bounds.set(channel, [Math.min(top, y), Math.min(left, x), Math.max(bottom, y), Math.max(right, x)]);
  }
  return [...bounds].map(([channel, [top, left, bottom, right]]) => ({ channel, y: top, x: left, rows: bottom - top + 1, columns: right - left + 1 }));
}

/**
 * The entry with the largest absolute value.
 *
 * @template T
 * @param {T[]} entries
 * @param {(entry: T) => number} size
 * @returns {T | null}
 */
function strongest(entries, size) {
  return entries.reduce((/** @type {T | null} */ best, entry) => (best === null || Math.abs(size(entry)) > Math.abs(size(best)) ? entry : best), null);
}

customElements.define("step-panel", StepPanel);
