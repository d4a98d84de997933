// The data of the plane: which set, how much noise, which inputs, and how many hidden layers. The form shows the open network.

import { field, h, select } from "./dom.js";
import { numberField } from "./number-field.js";
import { store } from "./store.js";

/** @typedef {import("./protocol.js").PointSettings} PointSettings */
/** @typedef {import("./protocol.js").Settings} Settings */

/** @type {[string, string][]} */
const SETS = [["circle", "Circle"], ["xor", "XOR"], ["gauss", "Gauss"], ["spiral", "Spiral"]];

/** @type {[string, string][]} */
const FEATURES = [["x", "x"], ["y", "y"], ["x2", "x²"], ["y2", "y²"], ["xy", "x·y"], ["sin_x", "sin πx"], ["sin_y", "sin πy"]];

const ACTIVATIONS = ["tanh", "relu", "sigmoid", "gelu"];

/** The most hidden layers, and the most units of a hidden layer, that the form takes. */
const [MOST_LAYERS, MOST_UNITS] = [6, 64];

/**
 * The form. A change draws new samples and begins a new network.
 *
 * @param {PointSettings} points
 * @param {(text: string) => void} tell says what is refused
 */
export function pointSettings(points, tell) {
  /** @param {Partial<PointSettings>} changed @param {Record<string, unknown>} [others] */
  const again = async (changed, others = {}) => {
    const now = await store.points();
    return store.load({ ...now, ...others, points: { ...now.points, ...changed } });
  };
  const noise = h("input", { type: "range", min: "0", max: "1", step: "0.05", value: String(points.noise) });
  noise.addEventListener("change", () => again({ noise: Number(noise.value) }));
  const features = FEATURES.map(([value, text]) => {
    const box = h("input", { type: "checkbox", "data-key": `feature-${value}`, checked: points.features.includes(value) });
    box.addEventListener("change", () => {
      const wanted = FEATURES.map(([name]) => name).filter((name) => (name === value ? box.checked : points.features.includes(name)));
      if (wanted.length) again({ features: wanted });
      else box.checked = true;
    });
    return h("label", { class: "check" }, box, text);
  });
  return h(
    "section",
    { class: "point-settings" },
    h("h2", {}, "The points and the network"),
    h(
      "div",
      { class: "fields" },
      field("Points", select(SETS, points.set, (set) => again({ set }))),
      field("Noise", noise),
      hiddenFields((layers) => again({}, { layers }), tell),
      numberField("Seed", { value: points.seed, least: 0, most: 2 ** 32 - 1, whole: true, send: (seed) => again({ seed }, { seed }), tell }),
    ),
    h("fieldset", { class: "features" }, h("legend", {}, "Inputs"), features),
  );
}

/**
 * The fields of the hidden layers. A network with other layers has none.
 *
 * @param {(layers: Settings[]) => void} send
 * @param {(text: string) => void} tell
 */
function hiddenFields(send, tell) {
  const now = hiddenLayers();
  if (!now) return [];
  const layersOf = (/** @type {number[]} */ units, /** @type {string} */ kind) => [...units.flatMap((outputs) => [{ kind: "dense", outputs }, { kind }]), { kind: "dense", outputs: 2 }];
  const hidden = h("input", { type: "text", inputMode: "numeric", value: now.units.join(", ") });
  hidden.addEventListener("change", () => {
    const units = hidden.value.split(/[ ,]+/).filter(Boolean).map(Number);
    if (units.length <= MOST_LAYERS && units.every((count) => Number.isInteger(count) && count >= 1 && count <= MOST_UNITS)) {
      send(layersOf(units, now.activation));
      return;
    }
    tell(`The hidden layers stay as they are: a list of at most ${MOST_LAYERS} whole numbers from 1 to ${MOST_UNITS} is possible.`);
    hidden.value = now.units.join(", ");
  });
  const kinds = [...new Set([...ACTIVATIONS, now.activation])].map((kind) => /** @type {[string, string]} */ ([kind, kind]));
  return [field("Hidden layers", hidden, "Units of each, such as 8, 4"), field("Activation", select(kinds, now.activation, (kind) => send(layersOf(now.units, kind))))];
}

/**
 * The units of the hidden layers and their activation, if the network is a row of dense layers with one kind of activation between them.
 *
 * @returns {{ units: number[], activation: string } | null}
 */
function hiddenLayers() {
  const nodes = store.network?.nodes ?? [];
  const dense = nodes.filter((_, i) => i % 2 === 0);
  const between = nodes.filter((_, i) => i % 2 === 1);
  const [activation = ACTIVATIONS[0], ...others] = new Set(between.map(({ kind }) => kind));
  const fits = nodes.length % 2 === 1 && !others.length && dense.every(({ kind }) => kind === "dense") && between.every(({ kind }) => kind !== "dense");
  return fits ? { units: dense.slice(0, -1).map(({ shape }) => shape[0]), activation } : null;
}
