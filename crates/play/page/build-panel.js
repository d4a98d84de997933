// Build a network: a list of layers, the text of the experiment beside it, and what the network costs.

import { ask, AskError, turns } from "./client.js";
import { fill, h, prose } from "./dom.js";
import { LayerList } from "./layer-list.js";
import { number, shapeText, whole } from "./numbers.js";
import { heading } from "./panels.js";
import { Panel, store } from "./store.js";

/** @typedef {import("./protocol.js").Built} Built */
/** @typedef {import("./protocol.js").Changed} Changed */
/** @typedef {import("./protocol.js").Kinds} Kinds */
/** @typedef {import("./protocol.js").Mistake} Mistake */

/** After this many milliseconds without a key the text is checked. */
const PATIENCE = 150;

class BuildPanel extends Panel {
  constructor() {
    super();
    this.list = new LayerList();
    this.text = h("textarea", { spellcheck: false, "aria-label": "The experiment in TOML" });
    this.input = h("span", { class: "hint num" });
    this.mistake = h("div", { class: "mistake", role: "alert" });
    this.costs = h("div", { class: "costs" });
    this.told = h("p", { class: "hint", "aria-live": "polite" });
    this.keep = h("button", { type: "button", class: "primary", onclick: () => this.change() }, "Train this network");
    this.open = h("button", { type: "button", onclick: () => this.openText() }, "Open as new");
    this.undo = h("button", { type: "button", onclick: () => this.back() }, "Undo");
    this.drop = h("button", { type: "button", onclick: () => this.restart() }, "Drop all changes");
    this.save = h("button", { type: "button", onclick: () => this.download() }, "Save TOML");
    this.body = h("div", { class: "build" });
    /** The text of the open network, which a person may have changed since. */
    this.base = "";
    /** The open network of this text, as toddle writes it. */
    this.opened = "";
    /** The texts that were right, each after a change. @type {string[]} */
    this.past = [];
    /** A check that waits for the next key. @type {(() => Promise<void>) | null} */
    this.waiting = null;
    this.timer = 0;
    this.begin = turns();
  }

  /** @override */
  show() {
    if (!this.firstChild) {
      this.append(heading("build"), this.body);
      this.list.addEventListener("changed", () => this.later(() => this.check({ toml: this.text.value, layers: this.list.layers }, "list")));
      this.text.addEventListener("input", () => this.later(() => this.check({ toml: this.text.value }, "text")));
    }
    this.on("opened", () => this.follow());
    this.follow();
  }

  /** Shows the open network, unless there are changes, which a person may still want. */
  async follow() {
    const { open } = store;
    if (!open) {
      fill(this.body, h("p", { class: "waiting" }, "Open a network first. Its data say what the layers get."));
      return;
    }
    if (!this.list.isConnected) this.layOut();
    if (!this.list.kinds.length) this.list.kinds = /** @type {Kinds} */ (await ask("layers")).kinds;
    const changed = this.waiting !== null || this.list.wrong !== null || this.text.value !== this.base;
    if (open.toml !== this.opened && !changed) await this.restart();
  }

  /** Puts the parts of the panel in their places. */
  layOut() {
    fill(
      this.body,
      h(
        "section",
        { class: "layers-section" },
        h("header", { class: "row" }, h("h2", {}, "Layers"), this.input, this.undo, this.drop),
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
  }

  /** Begins again with the open network. */
  async restart() {
    this.text.value = store.open?.toml ?? "";
    this.settle();
    this.past = [];
    this.told.textContent = "";
    await this.check({ toml: this.base }, "text");
  }

  /** The text is that of the open network now. */
  settle() {
    this.base = this.text.value;
    this.opened = store.open?.toml ?? "";
    this.drop.disabled = true;
  }

  /** @param {() => Promise<void>} call */
  later(call) {
    clearTimeout(this.timer);
    this.waiting = call;
    this.timer = window.setTimeout(() => this.flush(), PATIENCE);
  }

  /** Makes the check that waits. */
  async flush() {
    clearTimeout(this.timer);
    const { waiting } = this;
    this.waiting = null;
    await waiting?.();
  }

  /**
   * Checks a network, and brings the other side up to date.
   *
   * @param {Record<string, unknown>} what
   * @param {"list" | "text"} from
   */
  async check(what, from) {
    const isNewest = this.begin();
    try {
      const built = /** @type {Built} */ (await ask("build", what));
      if (isNewest()) this.accept(built, from);
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      if (isNewest()) this.refuse(error.mistake, from);
    }
  }

  /**
   * @param {Built} built
   * @param {"list" | "text"} from
   */
  accept(built, from) {
    if (from === "list") this.text.value = built.toml;
    else this.list.layers = built.layers;
    this.remember();
    fill(this.mistake);
    this.keep.disabled = this.open.disabled = false;
    this.list.inert = this.text.readOnly = false;
    this.list.wrong = null;
    const { nodes, inputs } = built.network;
    this.input.textContent = `input ${inputs.map(({ shape }) => shapeText(shape)).join(", ")}`;
    this.list.shapes = nodes.length === this.list.layers.length ? nodes.map(({ shape }) => shapeText(shape)) : [];
    this.list.draw();
    fill(this.costs, costTable(built));
  }

  /**
   * The list and the text differ while one of them is wrong. The other one waits until the mistake is mended.
   *
   * @param {Mistake} mistake
   * @param {"list" | "text"} from
   */
  refuse(mistake, from) {
    this.keep.disabled = this.open.disabled = true;
    this.undo.disabled = this.drop.disabled = false;
    this.costs.classList.add("stale");
    const { place } = mistake;
    const ofLayer = from === "list" && place?.layer;
    this.list.inert = from === "text";
    this.text.readOnly = from === "list";
    this.list.wrong = ofLayer ? { layer: ofLayer - 1, mistake } : null;
    this.list.shapes = [];
    this.list.draw();
    fill(this.mistake, ofLayer ? null : h("div", {}, place?.line ? h("b", {}, `Line ${place.line}: `) : null, h("pre", {}, mistake.what), mistake.try && !mistake.what.includes(mistake.try) ? h("p", {}, prose(mistake.try)) : null));
  }

  /** Remembers a text that is right. */
  remember() {
    const { past, text } = this;
    if (past.at(-1) !== text.value) past.push(text.value);
    if (past.length > 100) past.shift();
    this.undo.disabled = past.length < 2;
    this.drop.disabled = text.value === this.base;
    this.costs.classList.remove("stale");
  }

  /** Goes back to the experiment before this one, or from a mistake to the last experiment that was right. */
  back() {
    if (!this.keep.disabled) this.past.pop();
    this.text.value = this.past.at(-1) ?? this.base;
    this.check({ toml: this.text.value }, "text");
  }

  /**
   * Trains what the text says. If only its layers are other ones than those of the open network, the training goes on with them. Otherwise
   * the text is opened.
   */
  async change() {
    await this.flush();
    const { open } = store;
    if (this.keep.disabled || !open) return;
    const { layers, toml } = /** @type {Built} */ (await ask("build", { toml: this.text.value }));
    if (toml === open.toml) {
      this.told.textContent = "This network is open already. The panel Train starts its training.";
      return;
    }
    const onlyLayers = /** @type {Built} */ (await ask("build", { toml: open.toml, layers })).toml === toml;
    if (!onlyLayers) {
      await this.openText();
      return;
    }
    const { kept, lost } = /** @type {Changed} */ (await ask("change", { layers }));
    await store.refresh();
    this.settle();
    this.told.textContent = `The network is changed. ${kept.length ? `Kept: ${kept.join(", ")}. ` : ""}${lost.length ? `Lost: ${lost.join(", ")}.` : ""}`;
  }

  /** Opens the text, with new weights. */
  async openText() {
    await this.flush();
    if (this.open.disabled || !(await store.load({ toml: this.text.value }))) return;
    this.settle();
    this.told.textContent = "The experiment is open, with new weights.";
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
