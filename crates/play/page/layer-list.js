// The list of layers that a person edits: layers are added, removed, moved by the pointer or by the keys, and set.

import { fill, h, keepFocus, prose } from "./dom.js";
import { layerSettings } from "./layer-settings.js";

/** @typedef {import("./protocol.js").LayerSettings} LayerSettings */
/** @typedef {import("./protocol.js").Settings} Settings */
/** @typedef {import("./protocol.js").Kind} Kind */
/** @typedef {import("./protocol.js").Mistake} Mistake */

/** A layer as a table of settings, also if only its kind is written. @param {LayerSettings} layer @returns {Settings} */
function named(layer) {
  return typeof layer === "string" ? { kind: layer } : layer;
}

export class LayerList extends HTMLElement {
  constructor() {
    super();
    /** @type {LayerSettings[]} */
    this.layers = [];
    /** @type {Kind[]} */
    this.kinds = [];
    /** @type {string[]} */
    this.shapes = [];
    /** @type {{ layer: number, mistake: Mistake } | null} */
    this.wrong = null;
    /** The layer whose settings are shown. @type {number | null} */
    this.shown = null;
    this.rows = h("ol", { class: "layer-list" });
    this.told = h("output", { class: "visually-hidden", "aria-live": "assertive" });
    this.adder = h("div", { class: "row adder" });
  }

  connectedCallback() {
    if (!this.rows.isConnected) this.append(this.rows, this.adder, this.told);
  }

  draw() {
    keepFocus(this, () => fill(this.rows, this.layers.map((layer, i) => this.row(named(layer), i))));
    if (!this.adder.firstChild && this.kinds.length) this.buildAdder();
  }

  buildAdder() {
    const kind = h("select", { "aria-label": "Kind of the new layer" }, this.kinds.map(({ kind: name }) => h("option", { value: name, selected: name === "relu" }, name)));
    const about = h("p", { class: "hint" });
    const tell = () => fill(about, prose(this.kindOf(kind.value)?.meaning ?? ""));
    kind.addEventListener("change", tell);
    tell();
    fill(this.adder, kind, h("button", { type: "button", onclick: () => this.add(kind.value) }, "Add layer"), about);
  }

  /** @param {string} name */
  kindOf(name) {
    return this.kinds.find(({ kind }) => kind === name);
  }

  /**
   * @param {Settings} layer
   * @param {number} i
   */
  row(layer, i) {
    const open = this.shown === i;
    const kind = this.kindOf(layer.kind);
    const usual = new Map(kind?.settings.map((setting) => [setting.key, JSON.stringify(setting.default)]));
    const rest = Object.entries(layer).filter(([key, value]) => key !== "kind" && usual.get(key) !== JSON.stringify(value));
    const text = rest.map(([key, value]) => `${key} ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ");
    const handle = h("button", { type: "button", class: "quiet handle", "data-key": `handle-${i}`, "aria-label": `Move ${layer.kind}, layer ${i + 1} of ${this.layers.length}. Arrow keys move it.`, title: "Move" }, "⠿");
    handle.addEventListener("pointerdown", (event) => this.drag(event, i));
    handle.addEventListener("keydown", (event) => this.key(event, i));
    const toggle = h("button", { type: "button", class: "quiet toggle", "data-key": `toggle-${i}`, "aria-expanded": String(open), onclick: () => this.toggle(i) }, h("b", {}, layer.kind), h("span", { class: "hint" }, text));
    const remove = h("button", { type: "button", class: "quiet", "aria-label": `Remove ${layer.kind}, layer ${i + 1}`, title: "Remove", onclick: () => this.drop(i) }, "✕");
    const wrong = this.wrong?.layer === i ? this.wrong.mistake : null;
    const item = h(
      "li",
      { class: wrong ? "wrong" : "" },
      h("div", { class: "layer-row" }, handle, toggle, h("span", { class: "shape num" }, this.shapes[i] ?? ""), remove),
      wrong ? h("div", { class: "mistake", role: "alert" }, h("pre", {}, wrong.what), wrong.try && !wrong.what.includes(wrong.try) ? h("p", {}, prose(wrong.try)) : null) : null,
      open && kind ? layerSettings(kind, layer, (changed) => this.set(i, changed)) : null,
    );
    return item;
  }

  /** @param {number} i */
  toggle(i) {
    this.shown = this.shown === i ? null : i;
    this.draw();
  }

  /** Says that the layers have changed. */
  say() {
    this.draw();
    this.dispatchEvent(new CustomEvent("changed"));
  }

  /**
   * @param {number} i
   * @param {Settings} layer
   */
  set(i, layer) {
    this.layers[i] = Object.keys(layer).length === 1 ? layer.kind : layer;
    this.say();
  }

  /** @param {string} name */
  add(name) {
    const kind = this.kindOf(name);
    /** @type {Settings} */
    const layer = { kind: name };
    for (const setting of kind?.settings ?? []) if (setting.required) layer[setting.key] = setting.example ?? 1;
    const place = this.shown === null ? this.layers.length : this.shown + 1;
    this.layers.splice(place, 0, Object.keys(layer).length === 1 ? name : layer);
    this.shown = place;
    this.told.value = `${name} added as layer ${place + 1}`;
    this.say();
  }

  /** @param {number} i */
  drop(i) {
    const [gone] = this.layers.splice(i, 1);
    this.shown = null;
    this.told.value = `${named(gone).kind} removed`;
    this.say();
    /** @type {HTMLElement | null} */ (this.querySelector(`[data-key="toggle-${Math.min(i, this.layers.length - 1)}"]`))?.focus();
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  move(from, to) {
    if (to < 0 || to >= this.layers.length || to === from) return;
    const [layer] = this.layers.splice(from, 1);
    this.layers.splice(to, 0, layer);
    this.shown = null;
    this.wrong = null;
    this.shapes = [];
    this.told.value = `${named(layer).kind} is now layer ${to + 1} of ${this.layers.length}`;
    this.say();
    /** @type {HTMLElement | null} */ (this.querySelector(`[data-key="handle-${to}"]`))?.focus({ preventScroll: true });
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} i
   */
  key(event, i) {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    this.move(i, i + (event.key === "ArrowUp" ? -1 : 1));
  }

  /**
   * Follows the pointer until it is lifted: the layer moves to the row under the pointer.
   *
   * @param {PointerEvent} start
   * @param {number} from
   */
  drag(start, from) {
    if (start.button !== 0) return;
    start.preventDefault();
    let place = from;
    const stop = new AbortController();
    const { signal } = stop;
    this.rows.children[place].classList.add("dragged");
    addEventListener("pointermove", (event) => {
      const rows = [...this.rows.children].map((row) => row.getBoundingClientRect());
      const under = rows.findIndex(({ top, bottom }) => event.clientY >= top && event.clientY <= bottom);
      if (under < 0 || under === place) return;
      this.move(place, under);
      place = under;
      this.rows.children[place].classList.add("dragged");
    }, { signal });
    for (const name of ["pointerup", "pointercancel"]) {
      addEventListener(name, () => {
        stop.abort();
        this.draw();
      }, { signal });
    }
  }
}

customElements.define("layer-list", LayerList);
