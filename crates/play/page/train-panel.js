// Train live: start and stop a training, change it, and watch what it does to the network.

import { ask } from "./client.js";
import { duelSection } from "./duel.js";
import { fill, h, keepFocus } from "./dom.js";
import { histogramSection } from "./histograms.js";
import { mistakeSection } from "./mistakes.js";
import { number, percent, whole } from "./numbers.js";
import { Pace } from "./pace.js";
import { heading } from "./panels.js";
import { pointSettings } from "./point-settings.js";
import { Panel, store } from "./store.js";
import { trainSettings } from "./train-settings.js";
import "./line-chart.js";
import "./points-plane.js";

/** @typedef {import("./protocol.js").News} News */
/** @typedef {import("./line-chart.js").LineChart} LineChart */

/** A part of the panel that is brought up to date when the training has moved. @typedef {{ element: HTMLElement, refresh: () => Promise<void> }} Part */

class TrainPanel extends Panel {
  constructor() {
    super();
    this.numbers = h("dl", { class: "figures" });
    /** @param {string} word @param {string} text @param {string} [kind] */
    const button = (word, text, kind = "") => h("button", { type: "button", class: kind, "data-do": word, onclick: () => this.command(word) }, text);
    this.buttons = h("div", { class: "row" }, button("start", "Start", "primary"), button("step", "One step"), button("epoch", "One epoch"), button("reset", "From the beginning"));
    /** What became of a change of the settings. */
    this.told = h("p", { class: "hint", "aria-live": "polite" });
    /** How the training has ended. */
    this.end = h("p", { class: "hint", "aria-live": "polite" });
    this.losses = chart("Loss", true);
    this.accuracies = chart("Accuracy", false);
    this.logarithm = h("button", { type: "button", class: "small", "data-key": "logarithm", "aria-pressed": "true", onclick: () => this.toggleLogarithm() }, "logarithmic");
    this.body = h("div", { class: "train" });
    /** @type {Part[]} */
    this.parts = [];
    /** What the parts show: the epoch and the state. */
    this.measured = "";
    this.pace = new Pace();
    this.duel = duelSection();
  }

  /** @override */
  show() {
    if (!this.firstChild) {
      this.append(heading("train"), h("div", { class: "cockpit" }, this.buttons, this.numbers, h("div", {}, this.told, this.end)), this.body);
    }
    this.on("opened", () => {
      keepFocus(this, () => this.build());
      this.duel.follow();
    });
    this.on("news", () => this.update());
    this.build();
    this.duel.follow();
  }

  build() {
    const { open } = store;
    if (!open) {
      fill(this.body, h("p", { class: "waiting" }, "Open a network first."));
      return;
    }
    const classes = open.classes.length > 1;
    this.parts = open.trains ? [...(classes ? [mistakeSection()] : []), histogramSection()] : [];
    const curves = h("section", { class: "curves" }, h("header", { class: "row" }, h("h2", {}, "Loss"), this.logarithm), this.losses, classes ? h("h2", {}, "Accuracy") : null, classes ? this.accuracies : null);
    const plane = open.points ? h("section", { class: "plane-section" }, h("h2", {}, "The decision boundary"), document.createElement("points-plane"), h("p", { class: "hint" }, "The colour of a place is the answer of the network there. Large dots are trained on. Small dots only measure.")) : null;
    const tell = (/** @type {string} */ text) => (this.told.textContent = text);
    fill(
      this.body,
      h("div", { class: "train-top" }, plane, curves, h("section", { class: "settings-section" }, h("h2", {}, "Settings"), trainSettings(tell))),
      open.points ? pointSettings(open.points, tell) : null,
      this.parts.map(({ element }) => element),
      this.duel.element,
    );
    this.measured = "";
    this.update();
  }

  /** @param {string} word */
  async command(word) {
    const running = store.news?.state === "running";
    store.hear(/** @type {News} */ (await ask("train", { do: word === "start" && running ? "pause" : word })));
  }

  update() {
    const { news, open } = store;
    if (!news || !open || !this.isConnected) return;
    const running = news.state === "running";
    for (const button of this.buttons.querySelectorAll("button")) {
      const word = button.dataset.do;
      if (word === "start") button.textContent = running ? "Pause" : news.state === "paused" ? "Go on" : "Start";
      button.disabled = !open.trains || (word === "start" ? news.state === "done" : word === "reset" ? news.state === "new" : running || news.state === "done");
    }
    this.figures(news);
    const { curves } = news;
    /** @type {[number, number][]} */
    const steps = curves.places.map((place, i) => [place, curves.losses[i]]);
    this.losses.show([
      { name: "each step", points: steps, style: "thin" },
      { name: "training", points: epochs(news, "loss"), tone: "accent" },
      { name: "validation", points: epochs(news, "validation_loss"), tone: "second", style: "dashed" },
    ]);
    this.accuracies.show([
      { name: "training", points: epochs(news, "accuracy"), tone: "accent" },
      { name: "validation", points: epochs(news, "validation_accuracy"), tone: "second", style: "dashed" },
    ]);
    this.measure(news);
  }

  /** @param {News} news */
  figures(news) {
    this.pace.hear(news);
    const { speed } = this.pace;
    /** @type {[string, string][]} */
    const figures = [
      ["epochs done", `${whole(news.epoch)} of ${whole(news.epochs)}`],
      ["step", whole(news.step)],
      ["loss", news.loss === null ? "–" : number(news.loss, 4)],
      ["accuracy", news.accuracy === null ? "–" : percent(news.accuracy)],
      ["learning rate", number(news.rate, 3)],
      ["samples a second", speed === null ? "–" : whole(speed)],
    ];
    fill(this.numbers, figures.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", { class: "num" }, value))));
    this.end.textContent = endOf(news);
  }

  /**
   * Brings the slow parts up to date: after each epoch, and when the training stops.
   *
   * @param {News} news
   */
  async measure(news) {
    const place = `${news.curves.epochs.length} ${news.state === "running" ? "" : news.moment}`;
    if (place === this.measured || this.measuring) return;
    this.measured = place;
    this.measuring = true;
    try {
      for (const part of this.parts) if (part.element.isConnected) await part.refresh();
    } finally {
      this.measuring = false;
    }
    if (store.news && this.isConnected) this.measure(store.news);
  }

  toggleLogarithm() {
    this.losses.log = !this.losses.log;
    this.logarithm.setAttribute("aria-pressed", String(this.losses.log));
    this.losses.redraw();
  }
}

/**
 * How the training has ended: its error, or the digest of its weights. Empty while it goes on.
 *
 * @param {News} news
 */
function endOf({ state, error, weights_sha256: digest }) {
  if (state === "failed") return error ?? "";
  return state === "done" && digest ? `The training is done. SHA-256 of the weights: ${digest}` : "";
}

/**
 * @param {string} name
 * @param {boolean} log
 */
function chart(name, log) {
  const element = /** @type {LineChart} */ (document.createElement("line-chart"));
  element.name = name;
  element.log = log;
  element.share = name === "Accuracy";
  return element;
}

/**
 * @param {News} news
 * @param {"loss" | "accuracy" | "validation_loss" | "validation_accuracy"} key
 * @returns {[number, number][]}
 */
function epochs(news, key) {
  return news.curves.epochs.flatMap((line) => {
    const value = line[key];
    return value === null ? [] : [/** @type {[number, number]} */ ([line.epoch, value])];
  });
}

customElements.define("train-panel", TrainPanel);
