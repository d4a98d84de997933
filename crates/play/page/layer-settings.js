// The settings of one layer, each with its meaning and its default.

import { field, fill, h, prose, select } from "./dom.js";

/** @typedef {import("./protocol.js").Kind} Kind */
/** @typedef {import("./protocol.js").Setting} Setting */
/** @typedef {import("./protocol.js").Settings} Settings */

/** Settings that every layer has. @type {Setting[]} */
const COMMON = [
  { key: "name", meaning: "A name of your own, for branches and messages.", type: "string", default: null, required: false, example: "", choices: [] },
  { key: "from", meaning: "The layer, or the list of layers, that this layer takes. Without it, the layer takes the output of the layer before it.", type: "any", default: null, required: false, example: "", choices: [] },
];

/**
 * The form.
 *
 * @param {Kind} kind
 * @param {Settings} layer
 * @param {(layer: Settings) => void} changed
 */
export function layerSettings(kind, layer, changed) {
  /** @param {string} key @param {unknown} value */
  const set = (key, value) => {
    const next = { ...layer, [key]: value };
    if (value === undefined) delete next[key];
    changed(next);
  };
  const known = new Set(kind.settings.map(({ key }) => key));
  const first = kind.settings.filter(({ required }) => required);
  const settings = [...first, ...kind.settings.filter(({ required }) => !required), ...COMMON.filter(({ key }) => !known.has(key))];
  return h(
    "div",
    { class: "layer-settings" },
    h("p", { class: "hint" }, prose(kind.meaning)),
    kind.formula ? h("pre", {}, kind.formula) : null,
    h("div", { class: "fields" }, settings.map((setting) => control(setting, layer[setting.key], (value) => set(setting.key, value)))),
  );
}

/**
 * The control of a setting. An empty control means the default.
 *
 * @param {Setting} setting
 * @param {unknown} value
 * @param {(value: unknown) => void} set
 */
function control(setting, value, set) {
  const usual = setting.default === null || setting.default === undefined ? "" : `Default: ${text(setting.default)}.`;
  const hint = `${setting.meaning} ${setting.required ? "" : usual}`.trim();
  /** @type {HTMLElement} */
  let element;
  if (setting.type === "boolean") {
    element = select([["", "default"], ["true", "yes"], ["false", "no"]], value === undefined ? "" : String(value), (chosen) => set(chosen === "" ? undefined : chosen === "true"));
  } else if (setting.choices.length && (value === undefined || setting.choices.includes(String(value)))) {
    element = select([["", "default"], ...setting.choices.map((choice) => /** @type {[string, string]} */ ([choice, choice]))], value === undefined ? "" : String(value), (chosen) => set(chosen === "" ? undefined : chosen));
  } else {
    const numeric = setting.type === "integer" || setting.type === "number";
    const input = h("input", { type: numeric && typeof value !== "object" ? "number" : "text", value: value === undefined ? "" : text(value), placeholder: setting.required ? "" : text(setting.default ?? "") });
    if (numeric) input.step = setting.type === "integer" ? "1" : "any";
    input.addEventListener("change", () => set(read(input.value, input.type === "number" ? "number" : setting.type)));
    element = input;
  }
  element.dataset.key = `setting-${setting.key}`;
  const made = field(setting.key, element, hint);
  const small = made.querySelector("small");
  if (small) fill(small, prose(hint));
  return made;
}

/** @param {unknown} value */
function text(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * What a person wrote: a number, a text, or else a value in JSON or a word.
 *
 * @param {string} written
 * @param {string} type
 * @returns {unknown}
 */
function read(written, type) {
  const trimmed = written.trim();
  if (trimmed === "") return undefined;
  if (type === "number") return Number(trimmed);
  if (type === "string") return trimmed;
  try {
    return JSON.parse(trimmed);
  } catch {
    return trimmed;
  }
}
