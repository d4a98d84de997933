// Shows the output of a layer: each channel of an image as a picture, or the elements of a vector as cells. One canvas shows all
// channels, so that a stroke of the pen is followed at once. A person chooses an element with the pointer or with the arrow keys.

import { colourOf, paint } from "./colour.js";
import { atNextFrame, h } from "./dom.js";
import { number, shapeText } from "./numbers.js";

/**
 * @typedef {{ channel: number, y: number, x: number }} Place
 * @typedef {{ channel?: number, y: number, x: number, rows: number, columns: number }} Area `channel` is missing: all channels
 * @typedef {{ rows: number, columns: number, cell: number, across: number, gap: number, count: number }} Layout
 */

/** An array of numbers with its shape. A shape of one number is a vector. */
export class Maps {
  /**
   * @param {number[]} shape
   * @param {ArrayLike<number>} values
   */
  constructor(shape, values) {
    this.shape = shape;
    this.values = values;
    this.vector = shape.length === 1;
    const [channels, rows, columns] = [1, 1, 1, ...shape].slice(-3);
    this.channels = channels;
    this.rows = rows;
    this.columns = columns;
    let [low, high] = [Infinity, -Infinity];
    for (let i = 0; i < values.length; i += 1) {
      if (values[i] < low) low = values[i];
      if (values[i] > high) high = values[i];
    }
    this.low = low;
    this.high = high;
  }

  /**
   * @param {number} index
   * @returns {Place}
   */
  place(index) {
    const size = this.rows * this.columns;
    return { channel: Math.floor(index / size), y: Math.floor((index % size) / this.columns), x: index % this.columns };
  }
}

export class FeatureMaps extends HTMLElement {
  constructor() {
    super();
    this.canvas = h("canvas", { class: "maps" });
    this.reader = h("output", { class: "reader", "aria-live": "polite" });
    /** @type {Maps | null} */
    this.maps = null;
    this.grey = false;
    this.picks = true;
    this.name = "";
    /** The longest side of a channel on the page, in pixels. */
    this.size = 84;
    /** @type {number | null} */
    this.chosen = null;
    /** @type {Area[]} */
    this.areas = [];
    this.cursor = 0;
    this.layout = /** @type {Layout} */ ({ rows: 0, columns: 0, cell: 1, across: 1, gap: 8, count: 0 });
    this.source = document.createElement("canvas");
    this.redraw = atNextFrame(() => this.draw());
    this.resized = new ResizeObserver(() => this.redraw());
  }

  connectedCallback() {
    if (!this.canvas.isConnected) {
      this.append(this.canvas, this.reader);
      this.canvas.addEventListener("pointermove", (event) => this.point(event));
      this.canvas.addEventListener("pointerleave", () => this.read(null));
      this.canvas.addEventListener("click", (event) => this.pick(this.under(event)));
      this.canvas.addEventListener("keydown", (event) => this.key(event));
      this.canvas.addEventListener("blur", () => this.read(null));
    }
    this.resized.observe(this);
    document.addEventListener("colours", this.redraw);
  }

  disconnectedCallback() {
    this.resized.disconnect();
    document.removeEventListener("colours", this.redraw);
  }

  /**
   * Shows other numbers.
   *
   * @param {Maps} maps
   * @param {{ chosen?: number | null, areas?: Area[] }} [marks]
   */
  show(maps, { chosen = null, areas = [] } = {}) {
    const reshaped = shapeText(maps.shape) !== shapeText(this.maps?.shape ?? []);
    this.maps = maps;
    this.chosen = chosen;
    this.areas = areas;
    if (chosen !== null) this.cursor = chosen;
    if (reshaped) this.describe();
    this.draw();
  }

  /** Shows nothing. */
  clear() {
    this.maps = null;
    this.canvas.width = this.canvas.height = 0;
    this.canvas.tabIndex = -1;
    this.read(null);
  }

  /** Says to screen readers what the canvas is. */
  describe() {
    const { canvas, maps } = this;
    if (!maps) return;
    this.cursor = Math.min(this.cursor, maps.values.length - 1);
    canvas.tabIndex = this.picks ? 0 : -1;
    canvas.setAttribute("role", this.picks ? "application" : "img");
    const use = this.picks ? ". Arrow keys move, Page Up and Page Down change the channel, Enter chooses" : "";
    canvas.setAttribute("aria-label", `${this.name}, ${shapeText(maps.shape)} values${use}`);
  }

  draw() {
    const { maps, canvas } = this;
    const width = this.clientWidth;
    if (!maps || width === 0) return;
    const layout = (this.layout = arrange(maps, width, this.size));
    const across = Math.min(layout.across, layout.count);
    const down = Math.ceil(layout.count / layout.across);
    const wide = across * (layout.columns * layout.cell + layout.gap) - layout.gap;
    const high = down * (layout.rows * layout.cell + layout.gap) - layout.gap;
    const ratio = Math.min(devicePixelRatio || 1, 2);
    if (canvas.width !== Math.round(wide * ratio) || canvas.height !== Math.round(high * ratio)) {
      canvas.width = Math.round(wide * ratio);
      canvas.height = Math.round(high * ratio);
      canvas.style.width = `${wide}px`;
      canvas.style.height = `${high}px`;
    }
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, wide, high);
    context.imageSmoothingEnabled = false;
    this.stamp(maps);
    for (let i = 0; i < layout.count; i += 1) {
      const [left, top] = this.corner(i);
      context.drawImage(
        this.source, 0, i * layout.rows, layout.columns, layout.rows,
        left, top, layout.columns * layout.cell, layout.rows * layout.cell,
      );
    }
    this.mark(context);
  }

  /**
   * Paints the channels one below the other, one pixel for each element.
   *
   * @param {Maps} maps
   */
  stamp(maps) {
    const { source, layout } = this;
    const image = new ImageData(layout.columns, layout.rows * layout.count);
    const pixels = new Uint32Array(image.data.buffer, 0, Math.min(maps.values.length, layout.columns * layout.rows * layout.count));
    paint(pixels, maps.values, 0, { low: maps.low, high: maps.high, grey: this.grey });
    source.width = image.width;
    source.height = image.height;
    /** @type {CanvasRenderingContext2D} */ (source.getContext("2d")).putImageData(image, 0, 0);
  }

  /**
   * The left upper corner of a picture.
   *
   * @param {number} picture
   */
  corner(picture) {
    const { columns, rows, cell, gap, across } = this.layout;
    return [(picture % across) * (columns * cell + gap), Math.floor(picture / across) * (rows * cell + gap)];
  }

  /**
   * The picture, the row and the column of an element.
   *
   * @param {number} index
   */
  cellOf(index) {
    const { columns, rows } = this.layout;
    return [Math.floor(index / (rows * columns)), Math.floor((index % (rows * columns)) / columns), index % columns];
  }

  /** @param {CanvasRenderingContext2D} context */
  mark(context) {
    const { layout, maps } = this;
    if (!maps) return;
    const [accent, paper, ink] = [colourOf("--accent"), colourOf("--paper"), colourOf("--ink")];
    /** @param {number} picture @param {number} y @param {number} x @param {number} rows @param {number} columns @param {string} colour */
    const box = (picture, y, x, rows, columns, colour) => {
      const [left, top] = this.corner(picture);
      const { cell } = layout;
      context.lineWidth = 4;
      context.strokeStyle = paper;
      context.strokeRect(left + x * cell, top + y * cell, columns * cell, rows * cell);
      context.lineWidth = 2;
      context.strokeStyle = colour;
      context.strokeRect(left + x * cell, top + y * cell, columns * cell, rows * cell);
    };
    for (const area of this.areas) {
      const [top, left] = [Math.max(0, area.y), Math.max(0, area.x)];
      const [bottom, right] = [Math.min(layout.rows, area.y + area.rows), Math.min(layout.columns, area.x + area.columns)];
      for (let picture = 0; picture < layout.count; picture += 1) {
        if (area.channel === undefined || area.channel === picture) box(picture, top, left, bottom - top, right - left, accent);
      }
    }
    const one = this.chosen ?? (document.activeElement === this.canvas ? this.cursor : null);
    if (one !== null) {
      const [picture, y, x] = this.cellOf(one);
      box(picture, y, x, 1, 1, ink);
    }
  }

  /**
   * The element under the pointer.
   *
   * @param {MouseEvent} event
   * @returns {number | null}
   */
  under(event) {
    const { layout, maps } = this;
    if (!maps) return null;
    const bounds = this.canvas.getBoundingClientRect();
    const [left, top] = [event.clientX - bounds.left, event.clientY - bounds.top];
    const across = Math.floor(left / (layout.columns * layout.cell + layout.gap));
    const down = Math.floor(top / (layout.rows * layout.cell + layout.gap));
    const x = Math.floor((left - across * (layout.columns * layout.cell + layout.gap)) / layout.cell);
    const y = Math.floor((top - down * (layout.rows * layout.cell + layout.gap)) / layout.cell);
    const index = ((down * layout.across + across) * layout.rows + y) * layout.columns + x;
    const inside = left >= 0 && top >= 0 && across < layout.across && x < layout.columns && y < layout.rows;
    return inside && index < maps.values.length ? index : null;
  }

  /** @param {PointerEvent} event */
  point(event) {
    this.read(this.under(event));
  }

  /**
   * Writes the place and the value of an element below the maps.
   *
   * @param {number | null} index
   */
  read(index) {
    const { maps } = this;
    this.reader.value = maps && index !== null ? `${this.placeText(index)} = ${number(maps.values[index])}` : "";
  }

  /** @param {number} index */
  placeText(index) {
    const { maps } = this;
    if (!maps) return "";
    if (maps.vector) return `[${index}]`;
    const { channel, y, x } = maps.place(index);
    return maps.channels > 1 ? `[${channel}, ${y}, ${x}]` : `[${y}, ${x}]`;
  }

  /** @param {number | null} index */
  pick(index) {
    if (index === null || !this.picks) return;
    this.cursor = index;
    this.dispatchEvent(new CustomEvent("pick", { detail: index, bubbles: true }));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { maps, layout } = this;
    if (!maps || !this.picks) return;
    const picture = layout.rows * layout.columns;
    /** @type {Record<string, number>} */
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -layout.columns, ArrowDown: layout.columns, PageUp: -picture, PageDown: picture };
    if (event.key === "Enter" || event.key === " ") {
      this.pick(this.cursor);
    } else if (event.key in moves) {
      const moved = this.cursor + moves[event.key];
      if (moved >= 0 && moved < maps.values.length) this.cursor = moved;
      if (this.chosen !== null) this.pick(this.cursor);
    } else {
      return;
    }
    event.preventDefault();
    this.read(this.cursor);
    this.redraw();
  }
}

/**
 * Divides the width among the pictures. Cells have a whole number of pixels, so that all cells are equally large.
 *
 * @param {Maps} maps
 * @param {number} width
 * @param {number} size
 * @returns {Layout}
 */
function arrange(maps, width, size) {
  if (maps.vector) {
    const count = maps.values.length;
    const cell = count <= 16 ? Math.min(26, Math.floor(width / count)) : count <= 200 ? 14 : 8;
    const rows = Math.ceil(count / Math.max(1, Math.floor(width / cell)));
    return { rows, columns: Math.ceil(count / rows), cell, across: 1, gap: 0, count: 1 };
  }
  const longest = Math.max(maps.rows, maps.columns);
  const wanted = Math.max(size, Math.min(1.5 * size, width / maps.channels - 8));
  const whole = wanted > size ? Math.floor(wanted / longest) : Math.round(wanted / longest);
  const cell = Math.max(1, Math.min(whole, Math.floor(width / maps.columns)));
  const gap = maps.rows * cell < 24 ? 4 : 8;
  const across = Math.max(1, Math.floor((width + gap) / (maps.columns * cell + gap)));
  return { rows: maps.rows, columns: maps.columns, cell, across, gap, count: maps.channels };
}

customElements.define("feature-maps", FeatureMaps);

/**
 * A small picture of maps: the first channel of an image, or the elements of a vector. It is decoration.
 *
 * @param {Maps} maps
 */
export function thumbnail(maps) {
  const count = maps.values.length;
  const columns = maps.vector ? (count <= 16 ? 1 : Math.ceil(Math.sqrt(count))) : maps.columns;
  const rows = maps.vector ? Math.ceil(count / columns) : maps.rows;
  const canvas = h("canvas", { class: maps.vector && columns === 1 ? "thumb narrow" : "thumb", width: columns, height: rows, "aria-hidden": "true" });
  const image = new ImageData(columns, rows);
  paint(new Uint32Array(image.data.buffer, 0, Math.min(count, rows * columns)), maps.values, 0, maps);
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).putImageData(image, 0, 0);
  return canvas;
}

/** The scale beside maps: which colour is which number. */
export class ColourScale extends HTMLElement {
  constructor() {
    super();
    this.canvas = h("canvas", { width: 64, height: 1, "aria-hidden": "true" });
    this.low = h("span", { class: "num" });
    this.high = h("span", { class: "num" });
    this.scale = { low: -1, high: 1 };
    this.redraw = () => this.draw();
  }

  connectedCallback() {
    if (!this.canvas.isConnected) this.append(this.low, this.canvas, this.high);
    document.addEventListener("colours", this.redraw);
  }

  disconnectedCallback() {
    document.removeEventListener("colours", this.redraw);
  }

  /**
   * @param {number} low
   * @param {number} high
   */
  show(low, high) {
    this.scale = { low, high };
    this.low.textContent = number(low, 3);
    this.high.textContent = number(high, 3);
    this.draw();
  }

  draw() {
    const { low, high } = this.scale;
    const image = new ImageData(64, 1);
    const values = Array.from({ length: 64 }, (_, i) => low + ((high - low) * i) / 63);
    paint(new Uint32Array(image.data.buffer), values, 0, this.scale);
    /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d")).putImageData(image, 0, 0);
  }
}

customElements.define("colour-scale", ColourScale);
