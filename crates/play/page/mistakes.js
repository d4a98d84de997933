// What the network takes for what: the confusion matrix, and the samples of one cell or the worst samples.

import { ask, decode, turns } from "./client.js";
import { signedColour, textOn } from "./colour.js";
import { pictureOf } from "./digit-pad.js";
import { fill, h, keepFocus, select } from "./dom.js";
import { counted, number, percent, whole } from "./numbers.js";
import { store } from "./store.js";

/** @typedef {import("./protocol.js").Confusion} Confusion */
/** @typedef {import("./protocol.js").Samples} Samples */

/** The section, and how it is brought up to date. */
export function mistakeSection() {
  const matrix = h("div", { class: "scroll matrix-box", tabIndex: 0, role: "region", "aria-label": "Confusion matrix" });
  const summary = h("p", { class: "hint num" });
  const title = h("h3", {});
  const list = h("ul", { class: "samples" });
  const halves = Object.entries(store.open?.halves ?? {}).filter(([, count]) => count);
  let half = store.half ?? "validation";
  /** @type {[truth: number, said: number] | null} */
  let cell = null;
  const begin = turns();
  const refresh = async () => {
    const isNewest = begin();
    const confusion = /** @type {Confusion} */ (await ask("confusion", { half }));
    if (!isNewest() || !element.isConnected) return;
    summary.textContent = `${percent(confusion.accuracy)} of ${counted(confusion.samples, "sample")} are right.`;
    keepFocus(matrix, () => fill(matrix, table(confusion, cell, choose)));
    await samples(confusion.classes);
  };
  /** @param {number} truth @param {number} said */
  const choose = async (truth, said) => {
    cell = cell?.[0] === truth && cell[1] === said ? null : [truth, said];
    for (const button of matrix.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.key === String(cell)));
    await samples(store.open?.classes ?? []);
  };
  /** @param {string[]} classes */
  const samples = async (classes) => {
    const isNewest = begin();
    const chosen = cell;
    const found = /** @type {Samples} */ (chosen ? await ask("cell", { half, truth: chosen[0], said: chosen[1], most: 18 }) : await ask("worst", { half, most: 18 }));
    if (!isNewest()) return;
    title.textContent = chosen ? `${classes[chosen[0]]} taken for ${classes[chosen[1]]}: ${counted(found.of, "sample")}, the surest first` : "The worst samples: those with the largest loss";
    keepFocus(list, () => fill(list, found.samples.length ? found.samples.map((sample) => h("li", {}, card(sample, found.half))) : h("li", { class: "hint" }, "There is none.")));
  };
  const which = select(halves.map(([name]) => [name, `${name} samples`]), half, (value) => {
    half = value;
    refresh();
  });
  which.dataset.key = "measured";
  which.setAttribute("aria-label", "Which samples are measured");
  const element = h(
    "section",
    { class: "mistakes" },
    h("header", { class: "row" }, h("h2", {}, "Mistakes"), which, summary),
    h("div", { class: "mistakes-body" }, matrix, h("div", {}, title, list)),
  );
  return { element, refresh };
}

/**
 * The matrix: a row is a true class, and a column is an answer.
 *
 * @param {Confusion} confusion
 * @param {[number, number] | null} chosen
 * @param {(truth: number, said: number) => void} choose
 */
function table({ classes, rows, recall }, chosen, choose) {
  const wrong = Math.max(1, ...rows.flatMap((row, truth) => row.filter((_, said) => said !== truth)));
  const body = rows.map((row, truth) => {
    const cells = row.map((count, said) => {
      const right = truth === said;
      const size = right ? -Math.sqrt(count / Math.max(1, ...row)) * 0.55 : Math.sqrt(count / wrong);
      const button = h("button", { type: "button", "data-key": `${truth},${said}`, "aria-pressed": String(String(chosen) === `${truth},${said}`), "aria-label": `${classes[truth]} taken for ${classes[said]}: ${count}`, onclick: () => choose(truth, said) }, count ? whole(count) : "·");
      const item = h("td", {}, button);
      if (count) {
        item.style.background = signedColour(size, 1);
        item.style.color = textOn(size, 1);
      }
      return item;
    });
    return h("tr", {}, h("th", { scope: "row" }, classes[truth]), cells, h("td", { class: "recall num" }, recall[truth] === null ? "–" : percent(recall[truth] ?? 0)));
  });
  return h(
    "table",
    { class: "matrix" },
    h("caption", { class: "hint" }, "Rows: the truth. Columns: the answer. Blue is right, orange is wrong. Click a cell to see its samples."),
    h("thead", {}, h("tr", {}, h("td", {}), classes.map((name) => h("th", { scope: "col" }, name)), h("th", { scope: "col", class: "recall" }, "found"))),
    h("tbody", {}, body),
  );
}

/**
 * A sample as a button that opens it in the panel Draw.
 *
 * @param {import("./protocol.js").JudgedSample} sample
 * @param {string} half
 */
export function card(sample, half) {
  const { classes } = store.open ?? { classes: [] };
  const name = (/** @type {number | null} */ place) => (place === null ? "?" : classes[place] ?? String(place));
  const text = sample.said === null ? sample.caption : `${name(sample.truth)} → ${name(sample.said)}`;
  const sure = sample.probability === null ? "" : percent(sample.probability);
  const open = () => {
    store.look({ half, index: sample.index });
    location.hash = store.open?.points ? "step" : "draw";
  };
  return h(
    "button",
    { type: "button", class: "sample", "data-key": `sample-${sample.index}`, title: `Sample ${sample.index}, loss ${number(sample.loss, 3)}`, onclick: open },
    h("span", { class: sample.picture ? "visually-hidden" : "num" }, `#${sample.index} `),
    sample.picture ? picture(sample.picture) : null,
    h("span", { class: sample.said === null || sample.truth === sample.said ? "" : "bad" }, text),
    h("small", { class: "num" }, sure),
  );
}

/**
 * The picture of a sample, in the ink of the page.
 *
 * @param {import("./protocol.js").Encoded} encoded
 */
export function picture(encoded) {
  const [channels, rows, columns] = encoded.shape;
  const values = decode(encoded);
  const canvas = pictureOf(values, channels, rows, columns);
  canvas.className = channels === 1 ? "ink-picture" : "picture";
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}
