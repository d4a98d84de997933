// The weights of a convolution as pictures, beside its feature maps.

import { ask, decode } from "./client.js";
import { h } from "./dom.js";
import { Maps } from "./feature-maps.js";
import { store } from "./store.js";

/** @typedef {import("./protocol.js").NetworkNode} NetworkNode */

/** As many windows are shown. */
const MOST = 64;

/**
 * A part that shows the filters of a convolution when a person opens it. While it is open, it follows the training.
 *
 * @param {NetworkNode} node
 */
export function filtersOf(node) {
  const weights = node.parameters.find(({ shape }) => shape.length === 4);
  if (!weights) return null;
  const view = /** @type {import("./feature-maps.js").FeatureMaps} */ (document.createElement("feature-maps"));
  view.name = `Filters of ${node.name}`;
  view.size = 44;
  view.picks = false;
  const box = h("details", { class: "filters" }, h("summary", {}, "Filters"), view);
  const refresh = async () => {
    if (!box.open || !box.isConnected) return;
    const { values } = /** @type {{ values: import("./protocol.js").Encoded }} */ (await ask("weights", { parameter: weights.name }));
    view.show(windows(values.shape, decode(values)));
  };
  const follow = () => {
    if (box.isConnected) refresh();
    else store.removeEventListener("moment", follow);
  };
  box.addEventListener("toggle", () => {
    if (box.open) store.addEventListener("moment", follow);
    else store.removeEventListener("moment", follow);
    refresh();
  });
  return box;
}

/**
 * Weights in the order rows, columns, channels, filters as one picture for each filter and channel.
 *
 * @param {number[]} shape
 * @param {ArrayLike<number>} values
 */
function windows([rows, columns, channels, filters], values) {
  const count = Math.min(MOST, channels * filters);
  const size = rows * columns;
  const windows = new Float64Array(count * size);
  for (let window = 0; window < count; window += 1) {
    const [filter, channel] = [Math.floor(window / channels), window % channels];
    for (let tap = 0; tap < size; tap += 1) windows[window * size + tap] = values[(tap * channels + channel) * filters + filter];
  }
  return new Maps([count, rows, columns], windows);
}
