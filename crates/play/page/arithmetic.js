// How one element was computed, as numbers that add up.

import { h } from "./dom.js";
import { functionPlot } from "./function-plot.js";
import { numberGrid, numberTable, sizeOf } from "./number-grid.js";
import { counted, number, whole } from "./numbers.js";
import { store } from "./store.js";

/** @typedef {import("./protocol.js").ElementAnswer} ElementAnswer */
/** @typedef {import("./protocol.js").Term} Term */

/** Windows with more rows or columns are shown as a table. */
const WIDEST = 7;
/** As many terms of a long sum are shown at first. */
const SHOWN = 10;

/** The channel of a window that is looked at. */
const view = { channel: 0 };

/**
 * The calculation of an element.
 *
 * @param {ElementAnswer} answer
 * @param {number | null} weight the number of the chosen term
 * @param {(term: number) => void} choose
 */
export function arithmetic(answer, weight, choose) {
  const { forward, node, value, derivation, formula } = answer;
  const place = answer.place.length > 1 ? answer.place.join(", ") : String(answer.index);
  return [
    h("h2", {}, `${node}[${place}] = `, h("span", { class: "value num" }, number(value))),
    ...calculation(answer, weight, choose),
    forward.terms.length > 1 ? everyTerm(answer) : null,
    derived(formula, derivation),
  ];
}

/**
 * The formula of a layer, and the same formula with the numbers of this element.
 *
 * @param {string} formula
 * @param {string[]} derivation
 */
function derived(formula, derivation) {
  return h(
    "div",
    { class: "derived" },
    h("h3", {}, "The formula"),
    h("pre", { tabIndex: 0 }, formula),
    derivation.length ? h("h3", {}, "With the numbers of this element") : null,
    derivation.length ? h("pre", { tabIndex: 0 }, derivation.join("\n")) : null,
  );
}

/**
 * @param {ElementAnswer} answer
 * @param {number | null} weight
 * @param {(term: number) => void} choose
 * @returns {(Node | null)[]}
 */
function calculation(answer, weight, choose) {
  const { forward, value, kind } = answer;
  const [first] = forward.terms;
  switch (forward.by) {
    case "chain":
      return windowOf(answer) ? windowed(answer, weight, choose) : listed(answer);
    case "average":
      return [pooled(answer), sumLine([["sum", forward.terms.at(-1)?.sum ?? 0]], `· ${number(forward.factor ?? 1)} = ${number(value)}`)];
    case "largest":
      return [pooled(answer), h("p", { class: "sum num" }, `The largest of them is ${number(value)}.`)];
    case "each":
      return [h("p", { class: "sum num" }, `${kind}(${number(first?.x ?? 0)}) = ${number(value)}`), functionPlot(layerOf(answer) ?? { kind }, first?.x ?? 0, value), steps(answer)];
    case "copy":
      return [h("p", {}, "The element is copied. Only the shape changes."), h("p", { class: "sum num" }, `y = x = ${number(value)}`)];
    case "sum":
    case "product":
      return [numberTable(["from", "x", forward.by === "sum" ? "sum so far" : "product so far"], forward.terms.map((term) => [`${term.value}[${term.place.join(", ")}]`, number(term.x), number(term.sum ?? 0)]))];
    case "softmax":
      return [h("p", {}, `Each element is compared with all others: its exponential is divided by the sum of all exponentials.${kind === "log_softmax" ? " The output is the logarithm of the quotient." : ""}`), steps(answer), h("p", { class: "sum num" }, `y = ${number(value)}`)];
    case "norm":
      return [h("p", {}, "The element is moved and scaled, so that mean and variance are as the layer wants."), h("p", { class: "sum num" }, `x = ${number(first?.x ?? 0)}`), steps(answer), h("p", { class: "sum num" }, `y = ${number(value)}`)];
    default:
      return [h("p", {}, "The layer computes this element together with others. There is no short sum for it."), steps(answer)];
  }
}

/** @param {ElementAnswer} answer */
function steps({ forward }) {
  if (!forward.steps.length) return null;
  return h("dl", { class: "steps" }, forward.steps.flatMap(({ what, value }) => [h("dt", {}, what), h("dd", { class: "num" }, number(value))]));
}

/**
 * A sum in one line.
 *
 * @param {[name: string, value: number][]} parts
 * @param {string} end
 */
function sumLine(parts, end) {
  const terms = parts.map(([name, value], i) => h("span", { class: "part" }, h("small", {}, name), `${i ? (value < 0 ? "− " : "+ ") : ""}${number(i ? Math.abs(value) : value)}`));
  return h("p", { class: "sum num" }, terms, h("span", { class: "part end" }, end));
}

/** The settings of the layer of an element. @param {ElementAnswer} answer */
function layerOf({ node }) {
  return store.network?.nodes.find(({ name }) => name === node)?.layer;
}

/**
 * Rows and columns of the window, if the terms come from a window that is small enough.
 *
 * @param {ElementAnswer} answer
 * @returns {[rows: number, columns: number, channels: number] | null}
 */
function windowOf(answer) {
  const { forward } = answer;
  const taps = forward.terms.map(({ tap }) => tap);
  if (!taps.length || taps.some((tap) => tap === null)) return null;
  const known = /** @type {number[][]} */ (taps);
  const layer = layerOf(answer);
  const size = layer?.kernel ?? layer?.window;
  const [rows, columns] = Array.isArray(size) ? size.map(Number) : typeof size === "number" ? [size, size] : [0, 0];
  const most = [0, 1, 2].map((axis) => known.reduce((least, tap) => Math.max(least, tap[axis]), 0) + 1);
  const window = /** @type {[number, number, number]} */ ([Math.max(rows, most[1]), Math.max(columns, most[2]), most[0]]);
  return window[0] <= WIDEST && window[1] <= WIDEST ? window : null;
}

/**
 * The terms of one channel as rows and columns.
 *
 * @param {ElementAnswer} answer
 * @param {number} channel
 * @param {(term: Term) => number | null} value
 */
function gridOf(answer, channel, value) {
  const [rows, columns] = windowOf(answer) ?? [0, 0];
  const grid = Array.from({ length: rows }, () => /** @type {(number | null)[]} */ (Array(columns).fill(null)));
  for (const term of answer.forward.terms) if (term.tap?.[0] === channel) grid[term.tap[1]][term.tap[2]] = value(term);
  return grid;
}

/**
 * A window of a convolution: what it sees, its weights and the products.
 *
 * @param {ElementAnswer} answer
 * @param {number | null} weight
 * @param {(term: number) => void} choose
 */
function windowed(answer, weight, choose) {
  const { forward } = answer;
  const channels = [...new Set(forward.terms.map(({ tap }) => tap?.[0] ?? 0))];
  if (!channels.includes(view.channel)) view.channel = channels[0];
  const box = h("div", {});
  const draw = () => {
    const { channel } = view;
    const chosen = weight === null ? undefined : forward.terms[weight];
    const marked = chosen?.tap && chosen.tap[0] === channel ? /** @type {[number, number]} */ ([chosen.tap[1], chosen.tap[2]]) : null;
    const products = forward.terms.map(({ product }) => product);
    /** @param {number} row @param {number} column */
    const picked = (row, column) => {
      const term = forward.terms.findIndex(({ tap }) => tap?.[0] === channel && tap[1] === row && tap[2] === column);
      if (term >= 0) choose(term);
    };
    const grids = h(
      "div",
      { class: "equation" },
      numberGrid({ title: "window", rows: gridOf(answer, channel, ({ x }) => x), largest: sizeOf(forward.terms.map(({ x }) => x)), marked }),
      h("span", { class: "operator" }, "·"),
      numberGrid({ title: "weights", rows: gridOf(answer, channel, ({ w }) => w), largest: sizeOf(forward.terms.map(({ w }) => w)), marked, picked }),
      h("span", { class: "operator" }, "="),
      numberGrid({ title: "products", rows: gridOf(answer, channel, ({ product }) => product), largest: sizeOf(products), marked }),
    );
    const pills = channels.length > 1 ? h("div", { class: "row pills", role: "group", "aria-label": "Channel of the window" }, h("span", { class: "hint" }, "channel"), channels.map((each) => h("button", { type: "button", class: "small", "aria-pressed": String(each === channel), onclick: () => { view.channel = each; draw(); } }, each))) : null;
    box.replaceChildren(...[pills, grids].filter((part) => part !== null));
  };
  draw();
  const sums = channels.map((channel) => /** @type {[string, number]} */ ([channels.length > 1 ? `channel ${channel}` : "products", total(forward.terms.filter(({ tap }) => tap?.[0] === channel))]));
  const outside = forward.skipped ? h("p", { class: "hint" }, `Places of the window that lie outside of the image and add nothing: ${whole(forward.skipped)}.`) : null;
  return [box, outside, sumLine([...start(answer), ...sums], `= ${number(answer.value)}`)];
}

/** @param {ElementAnswer} answer @returns {[string, number][]} */
function start({ forward }) {
  return forward.start ? [[forward.start.what, forward.start.value]] : [];
}

/** @param {Term[]} terms */
function total(terms) {
  return terms.reduce((sum, { product, x }) => sum + (product ?? x), 0);
}

/**
 * A long sum: the largest products, and the sum of all others.
 *
 * @param {ElementAnswer} answer
 */
function listed(answer) {
  const { forward } = answer;
  const sorted = forward.terms.slice().sort((a, b) => Math.abs(b.product ?? 0) - Math.abs(a.product ?? 0));
  const [shown, rest] = [sorted.slice(0, SHOWN), sorted.slice(SHOWN)];
  const largest = Math.abs(shown[0]?.product ?? 0) || 1;
  const rows = shown.map((term) => [`${term.value}[${term.place.join(", ")}]`, number(term.x), number(term.w ?? 1), signedBar(term.product ?? 0, largest), number(term.product ?? 0)]);
  if (rest.length) rows.push([`${whole(rest.length)} others`, "", "", signedBar(total(rest), largest), number(total(rest))]);
  return [
    h("p", { class: "hint" }, `${counted(forward.terms.length, "input")} multiplied by ${forward.terms.length === 1 ? "a weight" : "weights, the largest products first"}.`),
    numberTable(["input", "x", "w", "", "x·w"], rows, "The largest products"),
    sumLine([...start(answer), ["products", total(forward.terms)]], `= ${number(answer.value)}`),
  ];
}

/**
 * A bar from the middle: to the left below zero, to the right above zero.
 *
 * @param {number} value
 * @param {number} largest
 */
export function signedBar(value, largest) {
  const bar = h("span", {});
  bar.style.width = `${Math.min(50, (50 * Math.abs(value)) / largest)}%`;
  bar.className = value < 0 ? "below" : "above";
  return h("span", { class: "signed-bar", "aria-hidden": "true" }, bar);
}

/**
 * A window of pooling.
 *
 * @param {ElementAnswer} answer
 */
function pooled(answer) {
  const { forward } = answer;
  const [channel] = forward.terms.map(({ tap }) => tap?.[0] ?? 0);
  if (!windowOf(answer)) return numberTable(["input", "x"], forward.terms.slice(0, 50).map((term) => [`[${term.place.join(", ")}]`, number(term.x)]));
  const chosen = forward.chosen === null ? null : forward.terms[forward.chosen]?.tap;
  return h("div", { class: "equation" }, numberGrid({ title: "window", rows: gridOf(answer, channel, ({ x }) => x), marked: chosen ? [chosen[1], chosen[2]] : null }));
}

/**
 * All terms in the order of the engine, with the sum after each. The rows are made when a person asks for them.
 *
 * @param {ElementAnswer} answer
 */
function everyTerm({ forward }) {
  const box = h("details", { class: "every" }, h("summary", {}, `Every term, in the order of the engine`));
  box.addEventListener("toggle", () => {
    if (!box.open || box.children.length > 1) return;
    const rows = forward.terms.map((term, i) => [String(i), `[${term.place.join(", ")}]`, number(term.x), term.w === null ? "" : number(term.w), term.product === null ? "" : number(term.product), term.sum === null ? "" : number(term.sum)]);
    if (forward.start) rows.unshift(["", forward.start.what, "", "", "", number(forward.start.value)]);
    box.append(h("p", { class: "hint" }, "Each sum is rounded once, after the multiplication and the addition. So it may differ in the last digit from the sum of the rounded products."), numberTable(["", "place", "x", "w", "x·w", "sum"], rows, "Every term"));
  });
  return box;
}
