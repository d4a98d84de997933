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

/** The section with the buttons and the result, and how it begins to follow the networks. */
export function duelSection() {
  const losses = /** @type {LineChart} */ (document.createElement("line-chart"));
  losses.name = "Loss of the post's networks";
  losses.log = true;
  const accuracies = /** @type {LineChart} */ (document.createElement("line-chart"));
  accuracies.name = "Accuracy of the post's networks on new digits";
  accuracies.share = true;
  const result = h("div", { class: "duel-result", hidden: true });
  const toggle = h("button", { type: "button", hidden: true, "data-key": "duel-toggle", onclick: () => command({ do: running ? "pause" : "start" }) });
  let [running, following] = [false, false];
  /** @param {Record<string, unknown>} what */
  const command = async (what) => {
    show(await ask("duel", what));
    follow();
  };
  /** Shows how far the networks are, until they stop or the panel is left. */
  const follow = async () => {
    if (following) return;
    following = true;
    try {
      do {
        show(await ask("duel", { do: "news" }));
        await new Promise((resolve) => setTimeout(resolve, 400));
      } while (running && element.isConnected);
    } finally {
      following = false;
    }
  };
  /** @param {Duel} duel */
  const show = ({ state, sides }) => {
    running = state === "running";
    result.hidden = !sides.length;
    toggle.hidden = state !== "running" && state !== "paused";
    toggle.textContent = running ? "Pause" : "Go on";
    losses.show(sides.map((side, i) => ({ name: NAMES[side.name] ?? side.name, points: points(side.losses), ...STYLES[i % 4] })));
    accuracies.show(sides.map((side, i) => ({ name: NAMES[side.name] ?? side.name, points: points(side.validation), ...STYLES[i % 4] })));
    fill(table, h("thead", {}, h("tr", {}, ["network", "weights", "epochs done", "loss", "new digits"].map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, sides.map(row)));
  };
  const table = h("table", { class: "number-table" });
  fill(result, h("div", { class: "duel-charts" }, h("div", {}, h("h3", {}, "Loss"), losses), h("div", {}, h("h3", {}, "Accuracy on new digits"), accuracies)), h("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "The networks side by side" }, table));
  const element = h(
    "section",
    { class: "duel" },
    h("h2", {}, "The question of the post"),
    h("p", { class: "explain" }, "The post trains the same network with one and with two convolutions, and with softmax and with tanh at the end. Here they learn side by side: the same seed, the same 1,000 digits, one at a time."),
    h("div", { class: "row" }, QUESTIONS.map(([text, between]) => h("button", { type: "button", "data-key": text, onclick: () => command({ do: "start", between, samples: 1000, epochs: 20 }) }, text)), toggle),
    result,
  );
  return { element, follow };
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
