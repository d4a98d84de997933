// Why this answer: maps of the input, similar samples, the plane of the last hidden layer, and what units look for.

import { ask, decode, maps, turns } from "./client.js";
import { fill, h, select } from "./dom.js";
import { card, picture } from "./mistakes.js";
import { counted, number, percent } from "./numbers.js";
import { heading } from "./panels.js";
import { samplePicker } from "./sample-picker.js";
import { Panel, store } from "./store.js";
import "./answer-bars.js";
import "./feature-maps.js";
import "./sample-map.js";

/** @typedef {import("./protocol.js").Trace} Trace */
/** @typedef {import("./protocol.js").WhyAnswer} WhyAnswer */
/** @typedef {import("./protocol.js").Excited} Excited */
/** @typedef {import("./protocol.js").Nearest} Nearest */
/** @typedef {import("./protocol.js").Nudged} Nudged */
/** @typedef {import("./feature-maps.js").FeatureMaps} FeatureMaps */
/** @typedef {import("./feature-maps.js").ColourScale} ColourScale */

/** @type {{ by: string, name: string, text: string }[]} */
const WAYS = [
  { by: "occlusion", name: "Occlusion", text: "A square covers one part of the picture after the other. Orange: the score falls without this part." },
  { by: "gradient", name: "Gradient × input", text: "What each pixel adds to the score if the network were linear here." },
  { by: "integrated", name: "Integrated gradients", text: "The same, as the mean over all pictures between an empty one and this one. The parts add up to the change of the score." },
];

class WhyPanel extends Panel {
  constructor() {
    super();
    this.side = h("section", { class: "side", "aria-label": "Input and answer" });
    this.body = h("div", { class: "why-body" });
    this.answer = /** @type {import("./answer-bars.js").AnswerBars} */ (document.createElement("answer-bars"));
    this.seen = /** @type {FeatureMaps} */ (document.createElement("feature-maps"));
    this.question = h("div", {});
    this.parts = h("div", { class: "why-maps" });
    this.nudged = h("div", { class: "nudge", "aria-live": "polite" });
    this.near = h("div", {});
    this.plane = /** @type {import("./sample-map.js").SampleMap} */ (document.createElement("sample-map"));
    this.excited = h("div", { class: "excited", "aria-live": "polite" });
    /** The class that is asked about; null: the answer of the network. @type {number | null} */
    this.class = null;
    // The answers of each part come by themselves. A part shows the newest one.
    this.beginInput = turns();
    this.beginMaps = turns();
    this.beginNudge = turns();
    this.beginUnit = turns();
  }

  /** @override */
  show() {
    if (!this.firstChild) this.append(heading("why"), h("div", { class: "draw" }, this.side, this.body));
    this.on("opened", () => this.build());
    this.on("input", () => this.refresh());
    this.build();
  }

  build() {
    const { open, network } = store;
    if (!open || !network) {
      fill(this.body, h("p", { class: "waiting" }, "Open a network first."));
      return;
    }
    this.class = null;
    this.seen.name = "The input of the network";
    this.seen.size = 160;
    this.seen.picks = false;
    this.seen.grey = open.kind === "pictures";
    fill(this.side, open.halves ? samplePicker() : null, this.seen, this.answer, h("p", { class: "hint" }, "A drawing of your own is asked about too: ", h("a", { href: "#draw" }, "draw one"), "."));
    const nudge = h("button", { type: "button", onclick: () => this.nudge() }, "Find it");
    fill(
      this.body,
      h("section", {}, h("header", { class: "row" }, h("h2", {}, "What speaks for it, and what against?"), this.question), this.parts),
      open.kind === "pictures" ? h("section", {}, h("h2", {}, "The smallest change that turns the answer"), h("p", { class: "explain" }, "Every pixel moves by the same small amount, in the direction that hurts most. People call this an adversarial example."), nudge, this.nudged) : null,
      open.trains ? h("section", {}, h("h2", {}, "Samples that are alike for the network"), this.near) : null,
      open.trains ? h("section", {}, h("h2", {}, "A map of the samples"), this.plane) : null,
      h("section", {}, h("h2", {}, "What a unit looks for"), h("p", { class: "explain" }, "The input starts as weak noise and follows the gradient of one unit. What grows is what excites this unit most."), this.units(), this.excited),
    );
    this.beginUnit();
    fill(this.excited);
    this.refresh();
  }

  async refresh() {
    const { input, open } = store;
    const isNewest = this.beginInput();
    // What is on its way is about another input.
    this.beginMaps();
    this.beginNudge();
    fill(this.nudged);
    if (!input || !open) {
      this.seen.clear();
      this.answer.clear();
      fill(this.question);
      fill(this.parts, h("p", { class: "hint" }, "There is no input yet."));
      fill(this.near);
      return;
    }
    const trace = /** @type {Trace} */ (await ask("trace", { input }));
    if (!isNewest() || !this.isConnected) return;
    this.seen.show(trace.picture && trace.picture.shape[0] === 1 ? maps(trace.picture) : maps(trace.input));
    this.answer.show(trace, decode(trace.output));
    const about = this.class ?? trace.said?.class ?? 0;
    this.choices(about);
    await this.explain(about);
    if (!open.trains || !isNewest() || !this.isConnected) return;
    const near = /** @type {Nearest} */ (await ask("nearest", { input, half: "train", most: 12 }));
    if (!isNewest() || !this.isConnected) return;
    this.neighbours(near);
    await this.plane.show(input);
  }

  /** @param {number} about */
  choices(about) {
    const { classes } = store.open ?? { classes: [] };
    const choice = select(classes.map((name, i) => [String(i), name]), String(about), (value) => {
      this.class = Number(value);
      this.explain(this.class);
    });
    choice.setAttribute("aria-label", "The class that is asked about");
    fill(this.question, classes.length > 1 ? h("label", { class: "inline" }, "Why ", choice, "?") : null);
  }

  /**
   * Shows the maps of the input, one way after the other.
   *
   * @param {number} about
   */
  async explain(about) {
    const { input, open } = store;
    const isNewest = this.beginMaps();
    const ways = open?.kind === "pictures" ? WAYS : WAYS.filter(({ by }) => by !== "occlusion");
    const figures = ways.map(({ name, text }) => {
      const view = /** @type {FeatureMaps} */ (document.createElement("feature-maps"));
      view.name = name;
      view.size = 200;
      view.picks = false;
      const scale = /** @type {ColourScale} */ (document.createElement("colour-scale"));
      const sum = h("p", { class: "hint num" });
      return { view, scale, sum, figure: h("figure", {}, h("figcaption", {}, h("b", {}, name)), view, scale, h("p", { class: "hint" }, text), sum) };
    });
    fill(this.parts, figures.map(({ figure }) => figure));
    for (const [i, { by }] of ways.entries()) {
      const found = /** @type {WhyAnswer} */ (await ask("why", { input, by, class: about }));
      if (!isNewest() || !this.isConnected) return;
      const { view, scale, sum } = figures[i];
      const shown = maps(found.parts);
      const range = Math.max(-shown.low, shown.high);
      view.show(shown);
      scale.show(-range, range);
      sum.textContent = found.baseline === null || found.sum === null ? `Score ${number(found.score)}.` : `The parts add up to ${number(found.sum)}. The score is ${number(found.score)}, and ${number(found.baseline)} for zeros.`;
    }
  }

  async nudge() {
    const { input, open } = store;
    if (!input) return;
    const isNewest = this.beginNudge();
    const found = /** @type {Nudged} */ (await ask("nudge", { input }));
    if (!isNewest() || !this.isConnected) return;
    const name = (/** @type {number | null} */ place) => (place === null ? "" : open?.classes[place] ?? String(place));
    if (!found.found || !found.picture || !found.changed || !found.change) {
      fill(this.nudged, h("p", {}, "No small change along the gradient turns this answer."));
      return;
    }
    const change = /** @type {FeatureMaps} */ (document.createElement("feature-maps"));
    change.name = "The change";
    change.size = 140;
    change.picks = false;
    const shown = maps(found.change);
    fill(
      this.nudged,
      h("p", {}, `A change of ${percent(found.size)} of the range of a pixel turns ${name(found.was)} into ${name(found.is)}.`),
      h(
        "div",
        { class: "nudge-row" },
        h("figure", {}, h("figcaption", {}, h("b", {}, name(found.was))), picture(found.picture)),
        h("span", { class: "operator" }, "+"),
        h("figure", {}, h("figcaption", {}, "the change"), change),
        h("span", { class: "operator" }, "="),
        h("figure", {}, h("figcaption", {}, h("b", { class: "bad" }, name(found.is))), picture(found.changed)),
      ),
    );
    change.show(shown);
  }

  /** @param {Nearest} found */
  neighbours(found) {
    fill(
      this.near,
      h("p", { class: "explain" }, `These of ${counted(found.of, "training sample")} lie nearest in the layer ${found.layer}, where the network has made up its mind.`),
      h("ul", { class: "samples" }, found.samples.map((sample) => h("li", {}, card(sample, found.half)))),
    );
  }

  /** The choice of a unit. */
  units() {
    const nodes = store.network?.nodes.filter(({ kind }) => kind !== "flatten") ?? [];
    const unit = h("input", { type: "number", min: "0", value: "0", "aria-label": "Number of the unit" });
    let node = nodes[0]?.name ?? "";
    const limit = () => {
      const shape = nodes.find(({ name }) => name === node)?.shape ?? [1];
      unit.max = String(shape[0] - 1);
      unit.value = String(Math.min(Number(unit.value), shape[0] - 1));
    };
    limit();
    const which = select(nodes.map(({ name }) => [name, name]), node, (value) => {
      node = value;
      limit();
    });
    which.setAttribute("aria-label", "Layer of the unit");
    const show = async () => {
      const isNewest = this.beginUnit();
      const found = /** @type {Excited} */ (await ask("excite", { node, unit: Number(unit.value) }));
      if (!isNewest() || !this.isConnected) return;
      const view = /** @type {FeatureMaps} */ (document.createElement("feature-maps"));
      view.name = `The input that excites unit ${found.unit} of ${found.node}`;
      view.size = 200;
      view.picks = false;
      fill(this.excited, h("figure", {}, h("figcaption", {}, h("b", {}, `${found.node}, unit ${found.unit}`)), view), h("p", { class: "hint num" }, `The unit has ${number(found.before)} for the noise and ${number(found.after)} for this input.`));
      view.show(maps(found.values));
    };
    return h("div", { class: "row" }, which, unit, h("button", { type: "button", onclick: show }, "Show"));
  }
}

customElements.define("why-panel", WhyPanel);
