// The panels: their names, the sentence that says what each is, and why one would look at it.

import { h } from "./dom.js";

/** @typedef {{ id: string, name: string, title: string, tag: string, what: string, why: string }} PanelText */

/** @type {PanelText[]} */
export const PANELS = [
  {
    id: "draw",
    name: "Draw",
    title: "Draw and watch",
    tag: "draw-panel",
    what: "Draw something, and see what every layer of the network makes of it.",
    why: "A network is a row of simple steps. Each step turns a picture into other pictures. If you see them change while you draw, you learn what a layer looks for: an edge, a corner, an empty area.",
  },
  {
    id: "step",
    name: "Step",
    title: "Step forward and backward",
    tag: "step-panel",
    what: "Choose any number in the network, and see how it was computed and how the loss depends on it.",
    why: "Everything here is multiplication, addition and a few simple functions. The numbers are those of the engine, and they add up. Backward, the chain rule carries the loss to each weight, and the weight moves a little against its gradient. This is all that learning is.",
  },
  {
    id: "train",
    name: "Train",
    title: "Train live",
    tag: "train-panel",
    what: "Let the network learn while you watch, and change the training as it runs.",
    why: "A curve alone does not say why a training works. The mistakes, the distribution of the weights and the size of the gradients do. The alarms say in words what is wrong.",
  },
  {
    id: "film",
    name: "Film",
    title: "Time machine",
    tag: "film-panel",
    what: "Move a slider through the training of a run, and see the network as it was then.",
    why: "Filters begin as noise. In the film you see when they become edges, and which digits the network learns to tell apart first and last.",
  },
  {
    id: "why",
    name: "Why",
    title: "Why this answer?",
    tag: "why-panel",
    what: "Ask which parts of the input led to the answer, and which samples the network finds similar.",
    why: "An answer with 99 % may rest on a single dot. Different methods look at the network in different ways. Where they agree, you may believe them.",
  },
  {
    id: "build",
    name: "Build",
    title: "Build a network",
    tag: "build-panel",
    what: "Put layers together, and see shapes, costs and mistakes while you type.",
    why: "The shape of each layer follows from the layer before it. If you see sizes and costs change with every setting, you get a feeling for what a layer is worth.",
  },
];

/**
 * The head of a panel: its title, what it is, and why.
 *
 * @param {string} id
 */
export function heading(id) {
  const panel = PANELS.find((candidate) => candidate.id === id) ?? PANELS[0];
  return h(
    "header",
    { class: "panel-head" },
    h("h1", {}, panel.title),
    h("p", { class: "what" }, panel.what),
    h("details", { class: "why" }, h("summary", {}, "Why?"), h("p", {}, panel.why)),
  );
}
