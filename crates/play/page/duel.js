// The question of the post: does a second convolution help, and is softmax better than tanh? Networks with one seed and the same samples
// are trained side by side.

import { ask } from "./client.js";
import { fill, h } from "./dom.js";
import { number, percent, whole } from "./numbers.js";
import "./line-chart.js";

/** @typedef {import("./protocol.js").Duel} Duel */
/** @typedef {import("./protocol.js").Side} Side */
/** @typedef {import("./line-chart.js").LineChart} LineChart */

/** @type {Record<string, string>} */
const NAMES = { "1-softmax": "one convolution, softmax", "2-softmax": "two convolutions, softmax", "1-tanh": "one convolution, tanh", "2-tanh": "two convolutions, tanh" };

/** @type {[text: string, between: string[]][]} */
const QUESTIONS = [
  ["One convolution or two?", ["1-softmax", "2-softmax"]],
  ["Softmax or tanh?", ["2-softmax", "2-tanh"]],
  ["All four", ["1-softmax", "2-softmax", "1-tanh", "2-tanh"]],
];

/** @type {{ tone: "accent" | "second" | "ink", style?: "dashed" | "thin" }[]} */
const STYLES = [{ tone: "accent" }, { tone: "second" }, { tone: "accent", style: "dashed" }, { tone: "second", style: "dashed" }];

/** The section with the buttons and the result. */
export function duelSection() {
  const losses = /** @type {LineChart} */ (document.createElement("line-chart"));
  losses.name = "Loss of the post's networks";
  losses.log = true;
  const accuracies = /** @type {LineChart} */ (document.createElement("line-chart"));
  accuracies.name = "Accuracy of the post's networks on new digits";
  accuracies.share = true;
  const result = h("div", { class: "duel-result", hidden: true });
  const pause = h("button", { type: "button", hidden: true, onclick: () => ask("duel", { do: "pause" }) }, "Pause");
  /** @param {string[]} between */
  const start = async (between) => {
    show(/** @type {Duel} */ (await ask("duel", { do: "start", between, samples: 1000, epochs: 20 })));
    follow();
  };
  const follow = async () => {
    /** @type {Duel} */
    let duel;
    do {
      await new Promise((resolve) => setTimeout(resolve, 400));
      if (!element.isConnected) return;
      duel = await ask("duel", { do: "news" });
      show(duel);
    } while (duel.state === "running");
  };
  /** @param {Duel} duel */
  const show = ({ state, sides }) => {
    result.hidden = false;
    pause.hidden = state !== "running";
    losses.show(sides.map((side, i) => ({ name: NAMES[side.name] ?? side.name, points: points(side.losses), ...STYLES[i % 4] })));
    accuracies.show(sides.map((side, i) => ({ name: NAMES[side.name] ?? side.name, points: points(side.validation), ...STYLES[i % 4] })));
    fill(table, h("thead", {}, h("tr", {}, ["network", "weights", "epoch", "loss", "new digits"].map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, sides.map(row)));
  };
  const table = h("table", { class: "number-table" });
  fill(result, h("div", { class: "duel-charts" }, h("div", {}, h("h3", {}, "Loss"), losses), h("div", {}, h("h3", {}, "Accuracy on new digits"), accuracies)), h("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "The networks side by side" }, table));
  const element = h(
    "section",
    { class: "duel" },
    h("h2", {}, "The question of the post"),
    h("p", { class: "explain" }, "The post trains the same network with one and with two convolutions, and with softmax and with tanh at the end. Here they learn side by side: the same seed, the same 1,000 digits, one at a time."),
    h("div", { class: "row" }, QUESTIONS.map(([text, between]) => h("button", { type: "button", onclick: () => start(between) }, text)), pause),
    result,
  );
  return element;
}

/** @param {number[]} values @returns {[number, number][]} */
function points(values) {
  return values.map((value, i) => [i + 1, value]);
}

/** @param {Side} side */
function row(side) {
  const loss = side.losses.at(-1);
  const right = side.validation.at(-1);
  return h("tr", {}, [NAMES[side.name] ?? side.name, whole(side.parameters), `${side.epoch} of ${side.epochs}`, loss === undefined ? "–" : number(loss, 4), right === undefined ? "–" : percent(right)].map((text) => h("td", {}, text)));
}
