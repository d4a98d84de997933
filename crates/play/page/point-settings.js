// The data of the plane: which set, how much noise, which inputs, and how many hidden layers.

import { field, h, select } from "./dom.js";
import { store } from "./store.js";

/** @type {[string, string][]} */
const SETS = [["circle", "Circle"], ["xor", "XOR"], ["gauss", "Gauss"], ["spiral", "Spiral"]];

/** @type {[string, string][]} */
const FEATURES = [["x", "x"], ["y", "y"], ["x2", "x²"], ["y2", "y²"], ["xy", "x·y"], ["sin_x", "sin πx"], ["sin_y", "sin πy"]];

/** What was chosen last. It is kept while the page is open. */
const chosen = { set: "circle", noise: 0.1, features: ["x", "y"], hidden: [4], activation: "tanh", rate: 0.03, seed: 0 };

/** The form. A change draws new samples and begins a new network. */
export function pointSettings() {
  const again = () =>
    store.load({
      points: { set: chosen.set, noise: chosen.noise, count: 400, features: chosen.features, seed: chosen.seed },
      layers: [...chosen.hidden.flatMap((outputs) => [{ kind: "dense", outputs }, { kind: chosen.activation }]), { kind: "dense", outputs: 2 }],
      optimizer: { kind: "adam", rate: store.open?.rate ?? chosen.rate },
      batch: 10,
      epochs: 500,
      seed: chosen.seed,
    });
  const noise = h("input", { type: "range", min: "0", max: "1", step: "0.05", value: String(chosen.noise) });
  noise.addEventListener("change", () => {
    chosen.noise = Number(noise.value);
    again();
  });
  const seed = h("input", { type: "number", min: "0", step: "1", value: String(chosen.seed) });
  seed.addEventListener("change", () => {
    chosen.seed = Number(seed.value) || 0;
    again();
  });
  const hidden = h("input", { type: "text", inputMode: "numeric", value: chosen.hidden.join(", "), pattern: "[0-9, ]*" });
  hidden.addEventListener("change", () => {
    chosen.hidden = hidden.value.split(/[ ,]+/).map(Number).filter((units) => units > 0 && units <= 64).slice(0, 6);
    again();
  });
  const features = FEATURES.map(([value, text]) => {
    const box = h("input", { type: "checkbox", checked: chosen.features.includes(value) });
    box.addEventListener("change", () => {
      const wanted = FEATURES.map(([name]) => name).filter((name) => (name === value ? box.checked : chosen.features.includes(name)));
      if (!wanted.length) {
        box.checked = true;
        return;
      }
      chosen.features = wanted;
      again();
    });
    return h("label", { class: "check" }, box, text);
  });
  /** @param {"set" | "activation"} key @param {[string, string][]} choices */
  const choice = (key, choices) => select(choices, chosen[key], (value) => {
    chosen[key] = value;
    again();
  });
  return h(
    "section",
    { class: "point-settings" },
    h("h2", {}, "The points and the network"),
    h(
      "div",
      { class: "fields" },
      field("Points", choice("set", SETS)),
      field("Noise", noise),
      field("Hidden layers", hidden, "Units of each, such as 8, 4"),
      field("Activation", choice("activation", ["tanh", "relu", "sigmoid", "gelu"].map((kind) => [kind, kind]))),
      field("Seed", seed),
    ),
    h("fieldset", { class: "features" }, h("legend", {}, "Inputs"), features),
  );
}
