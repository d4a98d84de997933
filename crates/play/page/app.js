// Starts the page: the navigation, the theme, the bar that says what is open, and the panel that the address names.

import { AskError } from "./client.js";
import { colourChanged, theme } from "./colour.js";
import { fill, h } from "./dom.js";
import { counted, whole } from "./numbers.js";
import { PANELS } from "./panels.js";
import { readLink, shareDialog } from "./link.js";
import { store } from "./store.js";
import { startTour } from "./tour.js";
import { openDialog } from "./open-dialog.js";
import "./draw-panel.js";
import "./step-panel.js";
import "./train-panel.js";
import "./film-panel.js";
import "./why-panel.js";
import "./build-panel.js";

const main = part("main");
const notice = part("notice");

/** @param {string} id */
function part(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** The panels that were shown. A panel that is shown again still has what a person wrote or drew in it. @type {Map<string, HTMLElement>} */
const panels = new Map();

/** Shows the panel that the fragment of the address names. */
function route() {
  const id = location.hash.slice(1).split("?")[0];
  const panel = PANELS.find((candidate) => candidate.id === id) ?? PANELS[0];
  for (const link of part("panels").querySelectorAll("a")) {
    if (link.hash === `#${panel.id}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${panel.title} · ${store.open?.name ?? "toddle"}`;
  if (main.firstElementChild?.localName !== panel.tag) {
    const element = panels.get(panel.tag) ?? document.createElement(panel.tag);
    panels.set(panel.tag, element);
    main.replaceChildren(element);
    scrollTo(0, 0);
  }
}

function navigation() {
  fill(part("panels"), PANELS.map(({ id, name }) => h("a", { href: `#${id}` }, name)));
  const shade = h("button", { class: "quiet", type: "button" });
  const shown = () => {
    const now = theme();
    document.documentElement.dataset.shown = now;
    shade.textContent = now === "dark" ? "☀" : "☾";
    shade.setAttribute("aria-label", now === "dark" ? "Light colours" : "Dark colours");
    shade.title = shade.getAttribute("aria-label") ?? "";
    colourChanged();
  };
  shade.addEventListener("click", () => {
    document.documentElement.dataset.theme = theme() === "dark" ? "light" : "dark";
    shown();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", shown);
  fill(
    part("tools"),
    h("button", { class: "quiet", type: "button", id: "tour-button", onclick: () => startTour() }, "Tour"),
    h("button", { class: "quiet", type: "button", onclick: () => shareDialog() }, "Share"),
    shade,
  );
  shown();
}

/** The line that says which network is open. */
function bar() {
  const { open, network } = store;
  const choose = h("button", { type: "button", class: "small", onclick: () => openDialog() }, open ? "Open another" : "Open a network");
  if (!open || !network) {
    fill(part("bar"), h("p", {}, "No network is open."), choose);
    return;
  }
  const facts = [counted(network.nodes.length, "layer"), counted(network.parameters, "weight"), open.loss, open.precision];
  fill(part("bar"), h("p", {}, h("b", {}, open.name), h("span", { class: "facts" }, facts.join(" · "))), h("span", { class: "state", id: "state" }), choose);
  state();
}

/** How far the training is, beside the name of the network. */
function state() {
  const { news } = store;
  const element = document.getElementById("state");
  if (!element || !news) return;
  const texts = {
    none: "",
    new: "not trained here yet",
    running: `training · ${whole(news.epoch)} of ${counted(news.epochs, "epoch")} done`,
    paused: `paused · ${whole(news.epoch)} of ${counted(news.epochs, "epoch")} done`,
    done: `trained for ${counted(news.epochs, "epoch")}`,
    failed: "the training has failed",
  };
  element.textContent = texts[news.state];
  element.dataset.state = news.state;
}

/** @param {unknown} reason */
function complain(reason) {
  if (reason instanceof DOMException && reason.name === "AbortError") return;
  const mistake = reason instanceof AskError ? reason.mistake : null;
  const close = h("button", { class: "quiet", type: "button", "aria-label": "Close this message", onclick: () => fill(notice) }, "✕");
  const what = mistake?.what ?? (reason instanceof Error ? reason.message : String(reason));
  fill(notice, h("div", { class: "message" }, h("div", {}, h("p", {}, what), mistake?.try ? h("p", { class: "try" }, mistake.try) : null), close));
}

addEventListener("hashchange", () => (location.hash.includes("?") ? readLink() : route()));
part("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  complain(event.reason);
});
store.addEventListener("opened", () => {
  bar();
  route();
});
store.addEventListener("news", state);
store.addEventListener("lost", () => complain(new Error("The connection to toddle is lost. The page tries again.")));
store.addEventListener("found", () => fill(notice));

navigation();
try {
  await store.begin();
  await readLink();
  if (!store.open) await openDialog();
} catch (error) {
  complain(error);
}
route();
