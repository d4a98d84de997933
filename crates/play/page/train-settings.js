// The settings of the running training. A change takes effect with the next step.

import { ask } from "./client.js";
import { field, h, select } from "./dom.js";
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
    tell(`Changed. ${kept.length ? `Kept: ${kept.join(", ")}. ` : ""}${lost.length ? `Lost: ${lost.join(", ")}.` : ""}`);
    await store.refresh();
  };
  const rate = h("input", { type: "number", min: "0", step: "any", value: String(open.rate) });
  rate.addEventListener("change", () => change({ rate: Number(rate.value) }));
  const batch = h("input", { type: "number", min: "1", step: "1", value: String(open.batch) });
  batch.addEventListener("change", () => change({ batch: Number(batch.value) }));
  const epochs = h("input", { type: "number", min: "1", step: "1", value: String(open.epochs) });
  epochs.addEventListener("change", () => change({ epochs: Number(epochs.value) }));
  const kinds = hello.optimizers.map((kind) => /** @type {[string, string]} */ ([kind, kind]));
  const optimizer = select(kinds, String(open.optimizer.kind), (kind) => change({ optimizer: { kind, rate: Number(rate.value) } }));
  const fields = [
    field("Learning rate", rate, "How far a step goes."),
    field("Batch", batch, "Samples of one step."),
    field("Optimizer", optimizer, "How a gradient becomes a step."),
    field("Epochs", epochs, "Passes over the samples."),
  ];
  return h(
    "fieldset",
    { class: "plain", disabled: !open.trains },
    h("div", { class: "fields" }, fields),
    h("p", { class: "hint" }, "The layers are changed in ", h("a", { href: "#build" }, "Build"), ". Layers of the same name and shape keep their weights."),
  );
}
