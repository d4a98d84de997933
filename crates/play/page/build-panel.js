// Build a network: a list of layers, the text of the experiment beside it, and what the network costs.

import { ask, AskError } from "./client.js";
import { fill, h, prose } from "./dom.js";
import { LayerList } from "./layer-list.js";
import { number, shapeText, whole } from "./numbers.js";
import { heading } from "./panels.js";
import { Panel, store } from "./store.js";

/** @typedef {import("./protocol.js").Built} Built */
/** @typedef {import("./protocol.js").Changed} Changed */
/** @typedef {import("./protocol.js").Kinds} Kinds */
/** @typedef {import("./protocol.js").LayerSettings} LayerSettings */
/** @typedef {import("./protocol.js").Mistake} Mistake */

/** After this many milliseconds without a key the text is checked. */
const PATIENCE = 150;

export class BuildPanel extends Panel {
  constructor() {
    super();
    this.list = new LayerList();
    this.text = h("textarea", { spellcheck: false, "aria-label": "The experiment in TOML" });
    this.mistake = h("div", { class: "mistake", role: "alert" });
    this.costs = h("div", { class: "costs" });
    this.told = h("p", { class: "hint", "aria-live": "polite" });
    this.keep = h("button", { type: "button", class: "primary", onclick: () => this.change() }, "Train this network");
    this.open = h("button", { type: "button", onclick: () => store.load({ toml: this.text.value }) }, "Open as new");
    this.undo = h("button", { type: "button", onclick: () => this.back() }, "Undo");
    this.save = h("button", { type: "button", onclick: () => this.download() }, "Save TOML");
    this.body = h("div", { class: "build" });
    /** What the layers were before each change, as text. @type {string[]} */
    this.past = [];
    this.timer = 0;
    this.turn = 0;
  }

  /** @override */
  show() {
    if (!this.firstChild) {
      this.append(heading("build"), this.body);
      this.list.addEventListener("changed", () => this.edited());
      this.text.addEventListener("input", () => this.later(() => this.check({ toml: this.text.value }, "text")));
    }
    this.on("opened", () => this.begin());
    this.begin();
  }

  async begin() {
    const { open } = store;
    if (!open) {
      fill(this.body, h("p", { class: "waiting" }, "Open a network first. Its data say what the layers get."));
      return;
    }
    if (!this.list.kinds.length) this.list.kinds = /** @type {Kinds} */ (await ask("layers")).kinds;
    fill(
      this.body,
      h(
        "section",
        { class: "layers-section" },
        h("header", { class: "row" }, h("h2", {}, "Layers"), h("span", { class: "hint num" }, `input ${shapeText(open.input)}`), this.undo),
        this.list,
        this.mistake,
        h("div", { class: "row actions" }, this.keep, this.open),
        this.told,
      ),
      h(
        "div",
        { class: "build-side" },
        h("section", {}, h("header", { class: "row" }, h("h2", {}, "The experiment"), this.save), h("p", { class: "hint" }, "The text and the list are the same network. Change either of them."), this.text),
        h("section", {}, h("h2", {}, "Shapes and costs"), this.costs),
      ),
    );
    this.past = [];
    await this.check({ toml: open.toml }, "both");
  }

  /** @param {() => void} call */
  later(call) {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(call, PATIENCE);
  }

  /** The list has changed. */
  edited() {
    this.later(() => this.check({ layers: this.list.layers }, "list"));
  }

  /**
   * Checks a network, and brings the other side up to date.
   *
   * @param {Record<string, unknown>} what
   * @param {"list" | "text" | "both"} from
   */
  async check(what, from) {
    const turn = (this.turn += 1);
    try {
      const built = /** @type {Built} */ (await ask("build", what));
      if (turn === this.turn) this.accept(built, from);
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      if (turn === this.turn) this.refuse(error.mistake);
    }
  }

  /**
   * @param {Built} built
   * @param {"list" | "text" | "both"} from
   */
  accept(built, from) {
    this.remember(built.layers);
    fill(this.mistake);
    this.keep.disabled = this.open.disabled = false;
    this.list.wrong = null;
    if (from !== "list") this.list.layers = built.layers;
    if (from !== "text") this.text.value = built.toml;
    const { nodes } = built.network;
    this.list.shapes = nodes.length === this.list.layers.length ? nodes.map(({ shape }) => shapeText(shape)) : [];
    this.list.draw();
    fill(this.costs, costTable(built));
  }

  /** @param {Mistake} mistake */
  refuse(mistake) {
    this.keep.disabled = this.open.disabled = true;
    this.undo.disabled = false;
    this.costs.classList.add("stale");
    const { place } = mistake;
    this.list.wrong = place?.layer ? { layer: place.layer - 1, mistake } : null;
    this.list.shapes = [];
    this.list.draw();
    fill(this.mistake, this.list.wrong ? null : h("div", {}, place?.line ? h("b", {}, `Line ${place.line}: `) : null, h("pre", {}, mistake.what), mistake.try && !mistake.what.includes(mistake.try) ? h("p", {}, prose(mistake.try)) : null));
  }

  /** @param {LayerSettings[]} layers */
  remember(layers) {
    const now = JSON.stringify(layers);
    if (this.past.at(-1) !== now) this.past.push(now);
    if (this.past.length > 100) this.past.shift();
    this.undo.disabled = this.past.length < 2;
    this.costs.classList.remove("stale");
  }

  /** Goes back to the network before this one, or from a mistake to the last network that was right. */
  back() {
    if (!this.keep.disabled) this.past.pop();
    const before = this.past.at(-1);
    if (!before) return;
    this.list.layers = JSON.parse(before);
    this.check({ layers: this.list.layers }, "list");
  }

  /** Trains the network of the list with the data that are open. */
  async change() {
    const { kept, lost } = /** @type {Changed} */ (await ask("change", { layers: this.list.layers }));
    this.told.textContent = `The network is changed. ${kept.length ? `Kept: ${kept.join(", ")}. ` : ""}${lost.length ? `Lost: ${lost.join(", ")}.` : ""}`;
    const text = this.told.textContent;
    await store.refresh();
    this.told.textContent = text;
  }

  download() {
    const link = h("a", { download: `${store.open?.name ?? "network"}.toml`, href: URL.createObjectURL(new Blob([this.text.value], { type: "text/plain" })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }
}

/** @param {Built} built */
function costTable({ network }) {
  const most = Math.max(1, ...network.nodes.map(({ multiply_adds }) => multiply_adds));
  const rows = network.nodes.map((node) => {
    const weights = node.parameters.reduce((sum, { count }) => sum + count, 0);
    const share = h("span", { class: "meter-bar" });
    share.style.width = `${(100 * node.multiply_adds) / most}%`;
    const field = node.field ? (node.field.all ? "all" : shapeText(node.field.size)) : "";
    return h("tr", {}, h("th", { scope: "row" }, node.name), [shapeText(node.shape), weights ? whole(weights) : "", node.multiply_adds ? whole(node.multiply_adds) : ""].map((text) => h("td", {}, text)), h("td", { class: "meter", "aria-hidden": "true" }, node.multiply_adds ? share : null), h("td", {}, field), h("td", {}, bytes(node.bytes)));
  });
  const sum = (/** @type {"multiply_adds" | "bytes"} */ key) => network.nodes.reduce((total, node) => total + node[key], 0);
  return h(
    "div",
    { class: "scroll", tabIndex: 0, role: "region", "aria-label": "Shapes and costs of the layers" },
    h(
      "table",
      { class: "number-table" },
      h("thead", {}, h("tr", {}, ["layer", "shape", "weights", "multiply-adds", "", "field", "memory"].map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, rows),
      h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, "all"), ["", whole(network.parameters), whole(sum("multiply_adds")), "", "", bytes(sum("bytes"))].map((text) => h("td", {}, text)))),
    ),
  );
}

/** @param {number} count */
function bytes(count) {
  if (count < 1024) return `${count} B`;
  return count < 1024 * 1024 ? `${number(count / 1024, 3)} KiB` : `${number(count / 1024 / 1024, 3)} MiB`;
}

customElements.define("build-panel", BuildPanel);
