// Chooses a sample of the data: its half, its number, the one before, the next, or any.

import { h, select } from "./dom.js";
import { whole } from "./numbers.js";
import { store } from "./store.js";

/** Makes the controls. They follow the input that is looked at. */
export function samplePicker() {
  const halves = Object.entries(store.open?.halves ?? {}).filter(([, count]) => count);
  const { input } = store;
  const now = input && "half" in input ? input : { half: store.half ?? "train", index: 0 };
  let { half } = now;
  const count = () => store.open?.halves?.[half] ?? 1;
  const place = h("input", { type: "number", min: "0", max: String(count() - 1), value: String(now.index), "aria-label": "Number of the sample" });
  /** @param {number} index */
  const go = (index) => {
    const inside = ((Math.round(index) % count()) + count()) % count();
    place.value = String(inside);
    store.look({ half, index: inside });
  };
  const of = h("span", { class: "hint" }, `of ${whole(count())}`);
  const which = select(halves.map(([name]) => [name, `${name} sample`]), half, (value) => {
    half = value;
    place.max = String(count() - 1);
    of.textContent = `of ${whole(count())}`;
    go(Math.min(Number(place.value), count() - 1));
  });
  which.setAttribute("aria-label", "Which samples");
  place.addEventListener("change", () => go(Number(place.value) || 0));
  /** @param {string} sign @param {string} name @param {() => void} pressed */
  const button = (sign, name, pressed) => h("button", { type: "button", "aria-label": name, title: name, onclick: pressed }, sign);
  const element = h(
    "div",
    { class: "sample-picker", role: "group", "aria-label": "Sample" },
    h("div", { class: "row" }, which, h("button", { type: "button", onclick: () => go(Math.random() * count()) }, "Any")),
    h(
      "div",
      { class: "row" },
      button("‹", "Sample before", () => go(Number(place.value) - 1)),
      place,
      button("›", "Next sample", () => go(Number(place.value) + 1)),
      of,
    ),
  );
  const follow = () => {
    if (!element.isConnected) {
      store.removeEventListener("input", follow);
      return;
    }
    const { input: looked } = store;
    if (!looked || !("half" in looked)) return;
    ({ half } = looked);
    which.value = half;
    place.max = String(count() - 1);
    place.value = String(looked.index);
    of.textContent = `of ${whole(count())}`;
  };
  store.addEventListener("input", follow);
  return element;
}
