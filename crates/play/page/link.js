// The state of the page as a link or as a file: what is open, what is looked at, and which panel is shown. A link keeps its state behind
// the sign #, so that no server gets it.

import { show } from "./dialog.js";
import { fill, h } from "./dom.js";
import { store } from "./store.js";

/** @typedef {{ panel: string, open: Record<string, unknown> | null, input: import("./protocol.js").Input | null, element: { node: string, index: number } | null, way: "forward" | "loss" | "backward" }} State */

/** @returns {Promise<State>} */
async function current() {
  const { input, element, way } = store;
  const panel = location.hash.slice(1).split("?")[0] || "draw";
  return { panel, open: await what(), input, element, way };
}

/** What opens the network of now again: the name of what is listed, or all of its settings. */
async function what() {
  const { open } = store;
  if (!open) return null;
  if (open.points) return store.points();
  if (open.from === "experiment") return { experiment: open.name };
  if (open.from === "run") return { run: open.name };
  return { toml: open.toml };
}

/**
 * Opens a state. A person who stays with the open network stays with its panel too.
 *
 * @param {State} state
 */
async function apply(state) {
  const same = JSON.stringify(state.open) === JSON.stringify(await what());
  if (state.open && !same && !(await store.load(state.open))) return;
  if (state.element) {
    store.element = state.element;
    store.walk(state.element.node, state.way);
  }
  if (state.input) store.look(state.input);
  location.hash = state.panel;
}

/** Opens the state that the address names, if it names one. */
export async function readLink() {
  const [panel, packed] = location.hash.slice(1).split("?");
  if (!packed) return;
  location.hash = panel;
  const text = await unpack(packed).catch(() => null);
  if (text === null) throw new Error("The link cannot be read. Copy the whole link again.");
  await apply({ .../** @type {State} */ (JSON.parse(text)), panel });
}

/** @param {string} text */
async function pack(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {string} packed */
async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
}

/** Offers the state as a link and as a file, and opens a file. */
export async function shareDialog() {
  const state = await current();
  const text = JSON.stringify(state);
  const address = `${location.href.split("#")[0]}#${state.panel}?${await pack(text)}`;
  const link = h("input", { type: "text", readOnly: true, value: address, "aria-label": "The link" });
  const told = h("output", { "aria-live": "polite", class: "hint" });
  const copy = async () => {
    link.select();
    await navigator.clipboard.writeText(address).catch(() => document.execCommand("copy"));
    told.value = "The link is copied.";
  };
  const file = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const save = h("a", { class: "button", download: `${store.open?.name ?? "page"}.toddle.json`, href: file }, "Save as a file");
  const chosen = h("input", { type: "file", accept: ".json,application/json", "aria-label": "Open a saved file" });
  const dialog = h(
    "dialog",
    { "aria-labelledby": "share-title" },
    h("h2", { id: "share-title" }, "Share what you see"),
    h("p", {}, "The link opens the same network, the same input and the same panel in the page of ", h("code", {}, "toddle play"), ". A drawing is part of the link."),
    h("div", { class: "row" }, link, h("button", { type: "button", class: "primary", onclick: copy }, "Copy")),
    h("div", { class: "row" }, save, h("label", { class: "button" }, "Open a file", chosen)),
    told,
    h("form", { method: "dialog" }, h("button", {}, "Close")),
  );
  chosen.addEventListener("change", async () => {
    const [picked] = chosen.files ?? [];
    if (!picked) return;
    try {
      await apply(JSON.parse(await picked.text()));
      dialog.close();
    } catch (error) {
      fill(told, `${picked.name} cannot be opened: ${error instanceof Error ? error.message : error}`);
    }
  });
  dialog.addEventListener("close", () => URL.revokeObjectURL(file));
  show(dialog);
}
