// The dialog that opens a network: an experiment, a run, a plane of points that trains at once, or a file.

import { show } from "./dialog.js";
import { fill, h } from "./dom.js";
import { store } from "./store.js";

/** Lets a person choose what is opened. */
export async function openDialog() {
  const { hello } = store;
  if (!hello) return;
  const told = h("output", { class: "bad", role: "alert" });
  const dialog = h("dialog", { class: "wide", "aria-labelledby": "open-title" });
  /** @param {Record<string, unknown>} what @param {string} [panel] */
  const open = async (what, panel) => {
    told.value = "";
    dialog.setAttribute("aria-busy", "true");
    try {
      const opened = await store.load(what);
      if (opened) dialog.close();
      if (opened && panel) location.hash = panel;
    } catch (error) {
      fill(told, error instanceof Error ? error.message : String(error));
    }
    dialog.removeAttribute("aria-busy");
  };
  /** @param {string} title @param {string} about @param {() => void} chosen */
  const card = (title, about, chosen) => h("li", {}, h("button", { type: "button", class: "card", onclick: chosen }, h("b", {}, title), h("span", {}, about)));
  const file = h("input", { type: "file", accept: ".toml", "aria-label": "Open an experiment file" });
  file.addEventListener("change", async () => {
    const [picked] = file.files ?? [];
    if (picked) await open({ toml: await picked.text() });
  });
  fill(
    dialog,
    h("h2", { id: "open-title" }, "Open a network"),
    told,
    h("h3", {}, "Trains at once"),
    h("ul", { class: "cards" }, card("points in a plane", "Two inputs, two classes: circle, XOR, Gauss or spiral. You see the decision boundary move.", () => open({ points: { set: "circle" } }, "train"))),
    hello.runs.length ? h("h3", {}, "Runs") : null,
    hello.runs.length ? h("ul", { class: "cards" }, hello.runs.map((run) => card(run, "A trained network.", () => open({ run })))) : null,
    h("h3", {}, "Experiments"),
    h("ul", { class: "cards" }, hello.experiments.map(({ name, about }) => card(name, about, () => open({ experiment: name })))),
    h("div", { class: "row" }, h("label", { class: "button" }, "Open an experiment file", file), h("form", { method: "dialog" }, h("button", {}, store.open ? "Stay here" : "Look around first"))),
  );
  show(dialog);
}
