// The answer of a network as bars: one for each class, or the numbers themselves.

import { fill, h } from "./dom.js";
import { number, percent } from "./numbers.js";
import { store } from "./store.js";

/** @typedef {import("./protocol.js").Trace} Trace */

/** More classes than this are shown as the likeliest few. */
const MOST = 12;

export class AnswerBars extends HTMLElement {
  constructor() {
    super();
    this.said = h("p", { class: "said", "aria-live": "polite" });
    this.bars = h("ol", { class: "bars" });
  }

  connectedCallback() {
    if (!this.said.isConnected) this.append(this.said, this.bars);
  }

  /**
   * @param {Trace} trace
   * @param {ArrayLike<number>} output
   */
  show(trace, output) {
    const { said, truth } = trace;
    const classes = store.open?.classes ?? [];
    if (said) {
      this.rows(said.probabilities, classes, percent, said.class, truth);
      const judged = truth === null ? "" : truth === said.class ? " ✓ right" : ` ✗ wrong, it is ${classes[truth] ?? truth}`;
      this.say(h("span", {}, h("b", {}, said.name), h("span", { class: "sure" }, ` with ${percent(said.probability)}`), h("span", { class: truth === said.class ? "good" : "bad" }, judged)));
    } else {
      this.rows(Array.from(output), store.outputs, (value) => number(value), null, null);
      this.say("");
    }
  }

  /** Shows no answer. */
  clear() {
    this.rows([], [], percent, null, null);
    this.say("");
  }

  /**
   * Says the answer, if it is another one than before: a screen reader reads it aloud.
   *
   * @param {HTMLElement | string} content
   */
  say(content) {
    const text = typeof content === "string" ? content : content.textContent;
    if (this.said.textContent !== text) fill(this.said, content);
  }

  /**
   * @param {number[]} values
   * @param {string[]} names
   * @param {(value: number) => string} write
   * @param {number | null} said
   * @param {number | null} truth
   */
  rows(values, names, write, said, truth) {
    const places = values.map((_, i) => i);
    const shown = values.length > MOST ? places.sort((a, b) => values[b] - values[a]).slice(0, MOST) : places;
    const largest = Math.max(...values.map(Math.abs), 1e-12);
    while (this.bars.children.length > shown.length) this.bars.lastElementChild?.remove();
    while (this.bars.children.length < shown.length) {
      this.bars.append(h("li", {}, h("span", { class: "name" }), h("span", { class: "track" }, h("span", { class: "filled" })), h("span", { class: "num value" })));
    }
    shown.forEach((place, row) => {
      const item = /** @type {HTMLElement} */ (this.bars.children[row]);
      item.className = place === said ? "said" : "";
      const [name, track, value] = /** @type {HTMLElement[]} */ ([...item.children]);
      name.textContent = `${names[place] ?? place}${place === truth ? " ◂" : ""}`;
      name.title = place === truth ? "the truth" : "";
      const size = said === null ? Math.abs(values[place]) / largest : values[place];
      /** @type {HTMLElement} */ (track.firstElementChild).style.width = `${100 * size}%`;
      track.classList.toggle("below", values[place] < 0);
      value.textContent = write(values[place]);
    });
  }
}

customElements.define("answer-bars", AnswerBars);
