// The tour: ten steps through the post "A journey through Neural Networks, part 1: Baby Steps", each at the panel where one sees it.

import { fill, h, still } from "./dom.js";
import { store } from "./store.js";

/** @typedef {{ title: string, text: string, panel: string, at?: () => void, target?: string }} Stage */

/**
 * Leads the panel Step to the first layer of a kind.
 *
 * @param {string} kind
 * @param {"forward" | "backward"} way
 */
function walkTo(kind, way) {
  const node = store.network?.nodes.find((each) => each.kind === kind) ?? store.network?.nodes.at(-1);
  if (node) store.walk(node.name, way);
}

/** @type {Stage[]} */
const STAGES = [
  { title: "A picture is numbers", panel: "draw", target: ".side", text: "The post learns handwritten digits. A digit is 28×28 numbers from 0 to 1: the post divides each pixel by 255. Choose a sample, or draw a digit of your own." },
  { title: "A network is a row of layers", panel: "draw", target: ".layers", text: "Each layer takes the numbers of the layer before it and makes new ones. A layer has two methods: forward computes the output, and backward carries the error back and moves the weights." },
  { title: "The convolution", panel: "step", at: () => walkTo("conv2d", "forward"), target: ".numbers-column", text: "A window of 3×3 weights slides over the image. At each place, nine products and a bias are added. Click another place of the output to see another sum." },
  { title: "The activation", panel: "step", at: () => walkTo("tanh", "forward"), target: ".numbers-column", text: "tanh bends every number into the range from −1 to 1. Without such a bend, two layers would do no more than one." },
  { title: "The fully connected layer", panel: "step", at: () => walkTo("dense", "forward"), target: ".numbers-column", text: "Each output is a weighted sum of all inputs: x·W + b. The table shows the inputs that matter most for this output." },
  { title: "Ten probabilities", panel: "step", at: () => walkTo("softmax", "forward"), target: ".numbers-column", text: "Softmax turns ten numbers into ten probabilities. All are positive, and their sum is 1. The largest one is the answer." },
  { title: "The loss", panel: "step", at: () => store.walk("", "loss"), target: ".numbers-column", text: "The loss says how wrong the answer is: the mean of (y − t)² over the ten outputs. Its gradient, 2/10 · (y − t), is where the way back begins." },
  { title: "The chain rule", panel: "step", at: () => walkTo("dense", "backward"), target: ".backward", text: "Going back, each layer multiplies the gradient to its output by its own derivative, and adds up over all places that took the number. This is the chain rule, written by hand in the post." },
  { title: "A weight moves", panel: "step", at: () => walkTo("conv2d", "backward"), target: ".weight-step", text: "The gradient of a weight says how the loss changes with it. One step moves the weight a little against its gradient. This is done for every weight and for every sample, and it is all that learning is." },
  { title: "Learning, and a question", panel: "train", target: ".cockpit", text: "Press Start and watch the loss fall. Then scroll to the question of the post: does a second convolution help, and is softmax better than tanh?" },
];

/** Begins the tour, with the network of the post. */
export async function startTour() {
  const box = /** @type {HTMLElement} */ (document.getElementById("tour"));
  const post = store.hello?.experiments.find(({ name }) => name === "post");
  if (post && store.open?.name !== "post" && !(await store.load({ experiment: "post" }))) return;
  show(box, 0);
}

/**
 * @param {HTMLElement} box
 * @param {number} place
 */
function show(box, place) {
  const stage = STAGES[place];
  location.hash = stage.panel;
  stage.at?.();
  const next = h("button", { type: "button", class: "primary", onclick: () => (place + 1 < STAGES.length ? show(box, place + 1) : end(box)) }, place + 1 < STAGES.length ? "Next" : "Done");
  fill(
    box,
    h(
      "section",
      { class: "tour", role: "dialog", "aria-labelledby": "tour-title", "aria-describedby": "tour-text", onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && end(box) },
      h("p", { class: "hint num" }, `Baby steps, ${place + 1} of ${STAGES.length}`),
      h("h2", { id: "tour-title" }, stage.title),
      h("p", { id: "tour-text" }, stage.text),
      h(
        "div",
        { class: "row" },
        h("button", { type: "button", disabled: place === 0, onclick: () => show(box, place - 1) }, "Back"),
        next,
        h("button", { type: "button", class: "quiet", onclick: () => end(box) }, "End the tour"),
      ),
    ),
  );
  next.focus({ preventScroll: true });
  clearTimeout(waiting);
  waiting = window.setTimeout(() => point(stage.target), 500);
}

let waiting = 0;

/**
 * Marks the part of the page that a step is about.
 *
 * @param {string | undefined} target
 */
function point(target) {
  unmark();
  const element = target ? document.querySelector(`main ${target}`) : null;
  if (!element) return;
  element.classList.add("tour-target");
  element.scrollIntoView({ block: "nearest", behavior: still() ? "auto" : "smooth" });
}

function unmark() {
  for (const element of document.querySelectorAll(".tour-target")) element.classList.remove("tour-target");
}

/** @param {HTMLElement} box */
function end(box) {
  clearTimeout(waiting);
  unmark();
  fill(box);
  document.getElementById("tour-button")?.focus();
}
