// The settings of the running training. A change takes effect with the next step.

import { ask } from "./client.js";
import { field, h, select } from "./dom.js";
import { numberField } from "./number-field.js";
import { store } from "./store.js";

/** @typedef {import("./protocol.js").Changed} Changed */

/**
 * The form of the settings.
 *
 * @param {(text: string) => void} tell says what a change kept and what it lost
 */
export function trainSettings(tell) {
  const { open, hello } = store;
  if (!open || !hello) return h("div");
  /** @param {Record<string, unknown>} what */
  const change = async (what) => {
    const { kept, lost } = /** @type {Changed} */ (await ask("change", what));
    await store.refresh();
    tell(`Changed. ${kept.length ? `Kept: ${kept.join(", ")}. ` : ""}${lost.length ? `Lost: ${lost.join(", ")}.` : ""}`);
  };
  // The rate of a schedule has many digits. What the field shows is what is sent.
  const rate = () => Number((store.news?.rate || open.rate).toPrecision(6));
  const kinds = hello.optimizers.map((kind) => /** @type {[string, string]} */ ([kind, kind]));
  const optimizer = select(kinds, open.optimizer.kind, async (kind) => {
    try {
      await change({ optimizer: { kind, rate: rate() }, rate: rate() });
    } catch (error) {
      optimizer.value = open.optimizer.kind;
      throw error;
    }
  });
  const fields = [
    numberField("Learning rate", { value: rate(), least: 0, hint: "How far a step goes.", send: (value) => change({ rate: value }), tell }),
    numberField("Batch", { value: open.batch, least: 1, whole: true, hint: "Samples of one step.", send: (batch) => change({ batch }), tell }),
    field("Optimizer", optimizer, "How a gradient becomes a step."),
    numberField("Epochs", { value: open.epochs, least: 1, whole: true, hint: "Passes over the samples.", send: (epochs) => change({ epochs }), tell }),
  ];
  return h(
    "fieldset",
    { class: "plain", disabled: !open.trains },
    h("div", { class: "fields" }, fields),
    h("p", { class: "hint" }, "The layers are changed in ", h("a", { href: "#build" }, "Build"), ". Layers of the same name and shape keep their weights."),
  );
}
