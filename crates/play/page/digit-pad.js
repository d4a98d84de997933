// A canvas to draw on, with mouse, finger, pen or keys. It keeps strokes as lines, so that the last one can be taken back and the
// drawing can be made in any size.

import { colourOf } from "./colour.js";
import { atNextFrame, h } from "./dom.js";

/** @typedef {[x: number, y: number]} Point from 0 to 1 */
/** @typedef {{ width: number, points: Point[] }} Stroke */

const SIDE = 280;
const STEP = 0.04;

export class DigitPad extends HTMLElement {
  constructor() {
    super();
    this.canvas = h("canvas", {
      class: "pad",
      width: 2 * SIDE,
      height: 2 * SIDE,
      tabIndex: 0,
      role: "application",
      "aria-label": "Drawing canvas. Arrow keys move the pen, Space puts it down or lifts it, Backspace takes back the last stroke.",
    });
    this.told = h("output", { class: "visually-hidden", "aria-live": "polite" });
    /** @type {Stroke[]} */
    this.strokes = [];
    /** @type {HTMLCanvasElement | null} a picture below the strokes, with black ground and white ink, or in colour */
    this.ground = null;
    /** Whether the network sees colours. Then the canvas shows its colours as they are. */
    this.colour = false;
    /** @type {Point} */
    this.pen = [0.5, 0.5];
    this.down = false;
    this.brush = 0.085;
    /** When the newest point was drawn. */
    this.since = 0;
    this.redraw = atNextFrame(() => this.draw());
    /** The last drawing that was asked for. */
    this.copy = h("canvas", {});
  }

  connectedCallback() {
    if (!this.canvas.isConnected) {
      this.append(this.canvas, this.told);
      this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
      this.canvas.addEventListener("pointermove", (event) => this.move(event));
      for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => (this.down = false));
      this.canvas.addEventListener("keydown", (event) => this.key(event));
      this.canvas.addEventListener("focus", this.redraw);
      this.canvas.addEventListener("blur", this.redraw);
    }
    document.addEventListener("colours", this.redraw);
    this.redraw();
  }

  disconnectedCallback() {
    document.removeEventListener("colours", this.redraw);
  }

  /** @param {PointerEvent} event @returns {Point} */
  at(event) {
    const bounds = this.canvas.getBoundingClientRect();
    return [(event.clientX - bounds.left) / bounds.width, (event.clientY - bounds.top) / bounds.height];
  }

  /** @param {PointerEvent} event */
  begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.canvas.focus({ preventScroll: true });
    this.down = true;
    this.press(this.at(event));
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!this.down || !this.canvas.hasPointerCapture(event.pointerId)) return;
    const points = event.getCoalescedEvents?.() ?? [];
    for (const each of points.length ? points : [event]) this.drag(this.at(each));
  }

  /** @param {Point} point */
  press(point) {
    this.strokes.push({ width: this.brush, points: [point] });
    this.changed();
  }

  /** @param {Point} point */
  drag(point) {
    this.strokes.at(-1)?.points.push(point);
    this.changed();
  }

  changed() {
    this.since = performance.now();
    this.redraw();
    this.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    /** @type {Record<string, Point>} */
    const moves = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
    if (event.key in moves) {
      const [x, y] = moves[event.key];
      this.pen = [clamp(this.pen[0] + x), clamp(this.pen[1] + y)];
      if (this.down) this.drag(this.pen);
    } else if (event.key === " ") {
      this.down = !this.down;
      this.told.value = this.down ? "Pen down" : "Pen up";
      if (this.down) this.press(this.pen);
    } else if (event.key === "Backspace") {
      this.undo();
    } else {
      return;
    }
    event.preventDefault();
    this.redraw();
  }

  undo() {
    if (this.strokes.length) this.strokes.pop();
    else this.ground = null;
    this.down = false;
    this.changed();
  }

  clear() {
    this.strokes = [];
    this.ground = null;
    this.down = false;
    this.changed();
  }

  empty() {
    return this.strokes.length === 0 && this.ground === null;
  }

  /**
   * Puts a picture below the strokes. White is ink, if the network sees no colours.
   *
   * @param {HTMLCanvasElement} picture
   */
  put(picture) {
    this.strokes = [];
    this.ground = picture;
    this.since = performance.now();
    this.redraw();
  }

  draw() {
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    const { width } = this.canvas;
    context.fillStyle = this.colour ? "black" : colourOf("--pad");
    context.fillRect(0, 0, width, width);
    if (this.ground) {
      context.imageSmoothingEnabled = false;
      if (!this.colour) {
        context.globalCompositeOperation = document.documentElement.dataset.shown === "dark" ? "lighten" : "multiply";
        context.filter = document.documentElement.dataset.shown === "dark" ? "none" : "invert(1)";
      }
      context.drawImage(this.ground, 0, 0, width, width);
      context.filter = "none";
      context.globalCompositeOperation = "source-over";
    }
    trace(context, this.strokes, width, this.colour ? "white" : colourOf("--ink"));
    if (document.activeElement === this.canvas && this.canvas.matches(":focus-visible")) {
      const [x, y] = this.pen;
      context.strokeStyle = colourOf("--accent");
      context.lineWidth = this.down ? 8 : 4;
      context.beginPath();
      context.arc(x * width, y * width, (this.brush * width) / 2, 0, 7);
      context.stroke();
    }
  }

  /**
   * The drawing as bytes, row by row: 0 is the ground and 255 is ink. With colours, the bytes are those of red, then of green, then of blue.
   *
   * @param {number} side
   */
  bytes(side) {
    this.copy.width = this.copy.height = side;
    const context = /** @type {CanvasRenderingContext2D} */ (this.copy.getContext("2d", { willReadFrequently: true }));
    context.fillStyle = "black";
    context.fillRect(0, 0, side, side);
    if (this.ground) context.drawImage(this.ground, 0, 0, side, side);
    trace(context, this.strokes, side, "white");
    const { data } = context.getImageData(0, 0, side, side);
    const size = side * side;
    return Uint8Array.from({ length: this.colour ? 3 * size : size }, (_, i) => data[4 * (i % size) + Math.floor(i / size)]);
  }
}

/**
 * Draws strokes with a round brush.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke[]} strokes
 * @param {number} side
 * @param {string} colour
 */
function trace(context, strokes, side, colour) {
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = context.fillStyle = colour;
  for (const { width, points } of strokes) {
    const [[left, top], ...rest] = points;
    // A line without length is not drawn, so a dot is a circle.
    context.beginPath();
    context.arc(left * side, top * side, (width * side) / 2, 0, 7);
    context.fill();
    context.lineWidth = width * side;
    context.beginPath();
    context.moveTo(left * side, top * side);
    for (const [x, y] of rest) context.lineTo(x * side, y * side);
    context.stroke();
  }
}

/** @param {number} value */
function clamp(value) {
  return Math.max(0, Math.min(1, value));
}

customElements.define("digit-pad", DigitPad);

/**
 * The middle square of a picture that a person chose or the camera took, on white paper.
 *
 * @param {CanvasImageSource} source
 * @param {number} width
 * @param {number} height
 */
export function squarePicture(source, width, height) {
  const side = Math.min(width, height);
  const canvas = h("canvas", { width: SIDE, height: SIDE });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = "white";
  context.fillRect(0, 0, SIDE, SIDE);
  context.drawImage(source, (width - side) / 2, (height - side) / 2, side, side, 0, 0, SIDE, SIDE);
  return canvas;
}

/**
 * A square picture in grey, with black ground and white ink. A picture with a bright ground is turned around.
 *
 * @param {HTMLCanvasElement} square
 */
export function inkPicture(square) {
  const canvas = h("canvas", { width: SIDE, height: SIDE });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.filter = "grayscale(1)";
  context.drawImage(square, 0, 0);
  const image = context.getImageData(0, 0, SIDE, SIDE);
  let border = 0;
  for (let i = 0; i < SIDE; i += 1) border += image.data[4 * i] + image.data[4 * (SIDE * (SIDE - 1) + i)];
  if (border > 255 * SIDE) {
    for (let i = 0; i < image.data.length; i += 4) {
      for (let channel = 0; channel < 3; channel += 1) image.data[i + channel] = 255 - image.data[i + channel];
    }
    context.putImageData(image, 0, 0);
  }
  return canvas;
}

/**
 * The bytes of a picture as a canvas: one channel is grey, and three channels are red, green and blue.
 *
 * @param {ArrayLike<number>} bytes channel after channel, and row after row
 * @param {number} channels
 * @param {number} rows
 * @param {number} columns
 */
export function pictureOf(bytes, channels, rows, columns) {
  const canvas = h("canvas", { width: columns, height: rows });
  const image = new ImageData(columns, rows);
  const size = rows * columns;
  for (let i = 0; i < size; i += 1) {
    for (let colour = 0; colour < 3; colour += 1) image.data[4 * i + colour] = bytes[channels === 3 ? colour * size + i : i];
    image.data[4 * i + 3] = 255;
  }
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).putImageData(image, 0, 0);
  return canvas;
}
