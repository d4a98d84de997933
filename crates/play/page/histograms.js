// How weights, values and gradients of each layer are distributed, and what is wrong with them.

import { ask } from "./client.js";
import { fill, h, prose, svg } from "./dom.js";
import { number } from "./numbers.js";

/** @typedef {import("./protocol.js").Histogram} Histogram */
/** @typedef {import("./protocol.js").Histograms} Histograms */

const [WIDTH, HEIGHT] = [220, 46];

/** The section, and how it is brought up to date. */
export function histogramSection() {
  const alarms = h("ul", { class: "alarms", "aria-live": "polite" });
  const table = h("div", { class: "scroll histograms", tabIndex: 0, role: "region", "aria-label": "Histograms" });
  const refresh = async () => {
    const found = /** @type {Histograms} */ (await ask("histograms"));
    fill(
      alarms,
      found.alarms.length
        ? found.alarms.map(({ level, text, try: remedy }) => h("li", { class: level }, h("b", {}, level === "wrong" ? "Wrong: " : "Doubtful: "), prose(text), remedy ? h("span", { class: "hint" }, " ", prose(remedy)) : null))
        : h("li", { class: "fine" }, "Nothing looks wrong: no dead or saturated units, and no gradient vanishes or explodes."),
    );
    const rows = found.nodes.map(({ name, weights, values, gradients }) => h("tr", {}, h("th", { scope: "row" }, name), [weights, values, gradients].map((each, i) => h("td", {}, each ? bars(each, `${["Weights", "Values", "Gradients"][i]} of ${name}`) : ""))));
    fill(table, h("table", {}, h("thead", {}, h("tr", {}, h("td", {}), ["weights", "values", "gradients"].map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, rows)));
  };
  const element = h(
    "section",
    { class: "inside" },
    h("h2", {}, "Inside the layers"),
    h("p", { class: "hint" }, "Distributions over some training samples, 64 at most. A healthy layer has values that are neither all zero nor all at the ends, and gradients of about the same size as its neighbours."),
    alarms,
    table,
  );
  return { element, refresh };
}

/**
 * A histogram as bars. Zero is marked by a line.
 *
 * @param {Histogram} histogram
 * @param {string} name
 */
export function bars({ least, most, counts, mean, deviation }, name) {
  const highest = Math.max(1, ...counts);
  const step = WIDTH / counts.length;
  const zero = most > least ? ((0 - least) / (most - least)) * WIDTH : -1;
  const path = counts.map((count, i) => (count ? `M${(i * step).toFixed(1)} ${HEIGHT}v${(-Math.max(1, (count / highest) * (HEIGHT - 4))).toFixed(1)}h${Math.max(0.5, step - 1).toFixed(1)}V${HEIGHT}z` : "")).join("");
  return h(
    "figure",
    {},
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": `${name}: from ${number(least, 3)} to ${number(most, 3)}, mean ${number(mean, 3)}, deviation ${number(deviation, 3)}` },
      svg("path", { class: "bars-path", d: path }),
      zero >= 0 && zero <= WIDTH ? svg("path", { class: "zero", d: `M${zero.toFixed(1)} 0V${HEIGHT}` }) : null,
    ),
    h("figcaption", { class: "num" }, h("span", {}, number(least, 2)), h("span", { title: "standard deviation" }, `σ ${number(deviation, 2)}`), h("span", {}, number(most, 2))),
  );
}
