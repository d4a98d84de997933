// What the panels have in common: the open network, its news, and the input that is looked at.

import { ask, gate, keeps, listen, quiet, turns } from "./client.js";
import { agree } from "./dialog.js";

/**
 * @typedef {import("./protocol.js").Hello} Hello
 * @typedef {import("./protocol.js").Network} Network
 * @typedef {import("./protocol.js").News} News
 * @typedef {import("./protocol.js").Input} Input
 * @typedef {import("./protocol.js").Built} Built
 * @typedef {"opened" | "news" | "moment" | "input" | "walk" | "lost" | "found"} Happening
 */

class Store extends EventTarget {
  constructor() {
    super();
    /** @type {Hello | null} */
    this.hello = null;
    /** @type {Network | null} */
    this.network = null;
    /** @type {News | null} */
    this.news = null;
    /** @type {Input | null} */
    this.input = null;
    /** The element that is looked at: the name of a node, and an index. @type {{ node: string, index: number } | null} */
    this.element = null;
    /** The class that the panel Step takes as the truth; undefined: the label of the sample. @type {number | undefined} */
    this.truth = undefined;
    /** The moment of the training when the network was opened. */
    this.begun = 0;
    /** Where the walk of the panel Step shall be. @type {{ node: string, way: "forward" | "loss" | "backward" } | null} */
    this.stop = null;
    /** Where the walk is. @type {"forward" | "loss" | "backward"} */
    this.way = "forward";
    this.lost = false;
    this.newest = turns();
    /** The refreshes that are on their way. */
    this.refreshing = 0;
  }

  /**
   * Leads the panel Step to a node.
   *
   * @param {string} node
   * @param {"forward" | "loss" | "backward"} way
   */
  walk(node, way) {
    this.stop = { node, way };
    this.say("walk");
  }

  /** The open network, if there is one. */
  get open() {
    return this.hello?.open ?? null;
  }

  /** Whether the open network has taken steps that a person may want to keep. Points are trained anew in seconds. */
  get hasTrained() {
    const { news, open } = this;
    return Boolean(news && open && !open.points && news.state !== "new" && news.moment > this.begun);
  }

  /** The class names of the outputs of a network: the single output of a network for two classes speaks for the second one. */
  get outputs() {
    const { classes, output } = this.open ?? { classes: [], output: [] };
    const count = sizeOf(output);
    if (classes.length === count) return classes;
    return count === 1 && classes.length === 2 ? [classes[1]] : Array.from({ length: count }, (_, i) => (count === 1 ? "output" : `output ${i}`));
  }

  /** What opens the points of now again, with the network of now. */
  async points() {
    const open = /** @type {import("./protocol.js").Open} */ (this.open);
    const { layers } = /** @type {Built} */ (await ask("build", { toml: open.toml }));
    const { points, optimizer, batch, epochs, seed } = open;
    return { points, layers, optimizer, batch, epochs, seed };
  }

  /** Asks what is open, and listens from then on. */
  async begin() {
    await this.refresh();
    listen((news) => this.hear(news));
  }

  /**
   * Opens another network. If the open one has learned, the person is asked first.
   *
   * @param {Record<string, unknown>} what
   * @returns {Promise<boolean>} whether it is open now
   */
  async load(what) {
    const after = keeps ? "What the network has learned is kept as a new run. The terminal says in which folder." : "What the network has learned is lost.";
    if (this.hasTrained && !(await agree(`This ends the training of ${this.open?.name}`, after, "Open the other network", "Stay here"))) return false;
    gate.opening = true;
    // A refresh that is on its way is about the network before.
    this.newest();
    try {
      await quiet();
      await this.accept(ask("open", what), true);
    } finally {
      gate.opening = false;
    }
    return true;
  }

  /** Asks what is open. */
  async refresh() {
    this.refreshing += 1;
    await this.accept(ask("hello")).finally(() => (this.refreshing -= 1));
  }

  /**
   * Takes over what is open. While an older call is on its way, a newer one replaces it.
   *
   * @param {Promise<Hello>} asked
   * @param {boolean} [opened] whether another network was opened, and not the same one changed
   */
  async accept(asked, opened = false) {
    const isNewest = this.newest();
    const hello = await asked;
    const network = hello.open ? /** @type {Network} */ (await ask("network")) : null;
    const news = hello.open ? /** @type {News} */ (await ask("news")) : null;
    if (!isNewest()) return;
    const before = this.open;
    const other = opened || before?.name !== hello.open?.name || JSON.stringify(before?.points) !== JSON.stringify(hello.open?.points);
    Object.assign(this, { hello, network, news });
    if (other) {
      this.begun = opened || hello.open?.from === "run" ? (news?.moment ?? 0) : 0;
      this.truth = undefined;
    }
    if (other || !this.inputFits()) this.input = this.firstInput();
    if (other || !this.elementFits()) this.element = null;
    gate.opening = false;
    this.say("opened");
    this.say("news");
  }

  /** Whether the input that is looked at fits the open network. */
  inputFits() {
    const { input, open } = this;
    if (!input || !open) return false;
    if ("half" in input) return (open.halves?.[input.half] ?? 0) > input.index;
    return "values" in input ? sizeOf(input.values.shape) === sizeOf(open.input) : open.kind === "pictures";
  }

  /** Whether the open network has the element that is looked at. */
  elementFits() {
    const { element } = this;
    const node = this.network?.nodes.find(({ name }) => name === element?.node);
    return Boolean(element && node && element.index < sizeOf(node.shape));
  }

  /** The half whose samples are shown first: one that the network has not learned from. */
  get half() {
    const halves = this.open?.halves ?? {};
    return ["test", "validation", "train"].find((half) => halves[half]) ?? null;
  }

  /** @returns {Input | null} */
  firstInput() {
    return this.half ? { half: this.half, index: 0 } : null;
  }

  /** @param {Input | null} input null: nothing is drawn yet */
  look(input) {
    this.input = input;
    this.say("input");
  }

  /** @param {News | null} news */
  hear(news) {
    if (!news) {
      this.lost = true;
      this.say("lost");
      return;
    }
    if (this.lost) {
      this.lost = false;
      this.say("found");
    }
    if (news.revision !== this.hello?.revision) {
      // The news are about something that the page does not show yet.
      if (!gate.opening && !this.refreshing) this.refresh();
      return;
    }
    const moved = news.moment !== this.news?.moment;
    this.news = news;
    this.say("news");
    if (moved) this.say("moment");
  }

  /** @param {Happening} happening */
  say(happening) {
    this.dispatchEvent(new CustomEvent(happening));
  }
}

/** The number of elements of a shape. @param {number[]} shape */
function sizeOf(shape) {
  return shape.reduce((product, size) => product * size, 1);
}

export const store = new Store();

/** A panel of the page. It listens to the store only while it is shown. */
export class Panel extends HTMLElement {
  constructor() {
    super();
    /** @type {AbortController | null} */
    this.shown = null;
  }

  connectedCallback() {
    this.shown = new AbortController();
    this.show();
  }

  disconnectedCallback() {
    this.shown?.abort();
    this.shown = null;
  }

  /** Builds the panel, or brings it up to date. */
  show() {}

  /**
   * Listens to the store until the panel is taken away.
   *
   * @param {Happening} happening
   * @param {() => void} heard
   */
  on(happening, heard) {
    if (this.shown) store.addEventListener(happening, heard, { signal: this.shown.signal });
  }
}
