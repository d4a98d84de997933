// The way back: how the loss depends on an element, and what one step does to a weight.

import { signedBar } from "./arithmetic.js";
import { h } from "./dom.js";
import { numberGrid, numberTable, sizeOf } from "./number-grid.js";
import { number, whole } from "./numbers.js";
import { store } from "./store.js";

/** @typedef {import("./protocol.js").ElementAnswer} ElementAnswer */
/** @typedef {import("./protocol.js").Backward} Backward */
/** @typedef {import("./protocol.js").Share} Share */

const SHOWN = 10;

/**
 * The loss: the outputs, the targets, and the gradient of each output.
 *
 * @param {Backward} backward
 */
export function loss(backward) {
  const largest = sizeOf(backward.output_gradient) || 1;
  const rows = backward.output.map((output, i) => [store.outputs[i], number(output), number(backward.target[i]), signedBar(backward.output_gradient[i], largest), number(backward.output_gradient[i])]);
  return h(
    "section",
    { class: "numbers-column wide" },
    h("h2", {}, `${backward.loss} = `, h("span", { class: "value num" }, number(backward.loss_value))),
    h("p", { class: "explain" }, "The loss is one number: how far the outputs are from the targets. Its gradient says for each output in which direction the loss grows. On the way back, every layer turns the gradient to its output into the gradient to its input."),
    numberTable(["output", "value", "target", "", "gradient"], rows, "Outputs, targets and gradients"),
  );
}

/**
 * The gradient of an element, from the gradients of the nodes that take it.
 *
 * @param {ElementAnswer} answer
 * @param {Backward} backward
 */
export function backward({ node, place, index }, backward) {
  const name = `${node}[${place.length > 1 ? place.join(", ") : index}]`;
  return h(
    "div",
    { class: "backward" },
    h("h2", {}, "∂loss / ∂", name, " = ", h("span", { class: "value num" }, number(backward.gradient))),
    h("p", { class: "explain" }, meaning(name, backward.gradient)),
    backward.from.map(share),
    backward.from.length > 1 ? h("p", { class: "sum num" }, `${backward.from.map((each) => number(each.share)).join(" + ")} = ${number(backward.gradient)}`) : null,
  );
}

/**
 * @param {string} name
 * @param {number} gradient
 */
function meaning(name, gradient) {
  if (gradient === 0) return `A small change of ${name} does not change the loss.`;
  return `If ${name} grows by 0.01, the loss ${gradient > 0 ? "grows" : "falls"} by about ${number(Math.abs(0.01 * gradient), 3)}.`;
}

/** @param {Share} part */
function share({ node, kind, share: value, terms, order }) {
  if (node === "loss") return h("p", {}, "This is an output of the network. Its gradient comes from the loss directly.");
  if (!terms.length) return h("p", {}, h("code", {}, node), ` (${kind}) computes this gradient as a whole: `, h("span", { class: "num" }, number(value)));
  const sorted = terms.slice().sort((a, b) => Math.abs(b.product ?? 0) - Math.abs(a.product ?? 0));
  const largest = Math.abs(sorted[0].product ?? 0) || 1;
  const rows = sorted.slice(0, SHOWN).map((term) => [`[${term.place.join(", ")}]`, number(term.dy), term.factor === null ? "" : number(term.factor), signedBar(term.product ?? 0, largest), term.product === null ? "" : number(term.product)]);
  const rest = sorted.slice(SHOWN).reduce((sum, { product }) => sum + (product ?? 0), 0);
  if (sorted.length > SHOWN) rows.push([`${whole(sorted.length - SHOWN)} others`, "", "", signedBar(rest, largest), number(rest)]);
  return h(
    "div",
    { class: "share" },
    h("p", { class: "hint" }, h("code", {}, node), ` takes this element ${terms.length === 1 ? "once" : `${whole(terms.length)} times`}. The chain rule multiplies the gradient there by the factor of this element.`),
    numberTable([`place in ${node}`, "gradient there", "factor", "", "product"], rows, `Gradient through ${node}`),
    h("p", { class: "sum num" }, h("span", { class: "part" }, h("small", {}, order === "lanes" ? "sixteen partial sums, added by a tree" : "sum of the products"), number(value))),
  );
}

/**
 * What one step does to the chosen weight.
 *
 * @param {ElementAnswer} answer
 * @param {Backward} backward
 * @param {number | null} chosen the number of the chosen term
 * @param {(term: number) => void} choose
 */
export function weightStep({ forward }, { step, gradient }, chosen, choose) {
  const place = chosen ?? forward.terms.findIndex(({ w }) => w !== null);
  const term = forward.terms[place];
  if (!step || !term) return null;
  return h(
    "div",
    { class: "weight-step" },
    h("h2", {}, "One step of the training"),
    h("p", { class: "explain" }, "The element was computed from weights, and each of them gets a gradient too. Choose a weight."),
    weightGrid(forward.terms, place, choose),
    h(
      "dl",
      { class: "steps" },
      ...row("gradient of this element · x", `${number(gradient)} · ${number(term.x)} = ${number(term.to_w ?? 0)}`),
      ...row("gradient of the weight, from all elements", number(step.gradient)),
      ...row("weight before", number(step.before)),
      ...step.slots.flatMap(({ name, before, after }) => row(name, `${number(before)} → ${number(after)}`)),
      ...row(`weight after one step, ${step.optimizer}`, number(step.after)),
      ...row("change", number(step.after - step.before)),
    ),
    step.note ? h("p", { class: "hint" }, step.note) : null,
  );
}

/**
 * @param {string} name
 * @param {string} value
 */
function row(name, value) {
  return [h("dt", {}, name), h("dd", { class: "num" }, value)];
}

/**
 * The weights of the element as buttons: as a window, or the ones with the largest gradients.
 *
 * @param {import("./protocol.js").Term[]} terms
 * @param {number} chosen
 * @param {(term: number) => void} choose
 */
function weightGrid(terms, chosen, choose) {
  const { tap } = terms[chosen];
  const weighted = terms.map((term, place) => ({ term, place })).filter(({ term }) => term.w !== null);
  const near = tap ? weighted.filter(({ term }) => term.tap?.[0] === tap[0]) : weighted.sort((a, b) => Math.abs(b.term.gradient_w ?? 0) - Math.abs(a.term.gradient_w ?? 0)).slice(0, 16);
  const columns = tap ? Math.max(...near.map(({ term }) => term.tap?.[2] ?? 0)) + 1 : 8;
  /** @type {(number | null)[][]} */
  const rows = [];
  /** The number of the term in each cell. @type {Map<string, number>} */
  const cells = new Map();
  near.forEach(({ term, place }, i) => {
    const [y, x] = term.tap ? [term.tap[1], term.tap[2]] : [Math.floor(i / columns), i % columns];
    while (rows.length <= y) rows.push(Array(columns).fill(null));
    rows[y][x] = term.gradient_w;
    cells.set(`${y},${x}`, place);
  });
  const marked = [...cells].find(([, place]) => place === chosen)?.[0].split(",").map(Number);
  return numberGrid({
    title: tap ? `gradients of the weights, channel ${tap[0]}` : "the largest gradients of the weights",
    rows,
    marked: marked ? [marked[0], marked[1]] : null,
    picked: (y, x) => choose(cells.get(`${y},${x}`) ?? 0),
    empty: "",
  });
}
