// What the panels have in common: the open network, its news, and the input that is looked at.

import { ask, gate, listen, quiet } from "./client.js";

/**
 * @typedef {import("./protocol.js").Hello} Hello
 * @typedef {import("./protocol.js").Network} Network
 * @typedef {import("./protocol.js").News} News
 * @typedef {import("./protocol.js").Input} Input
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
    /** Where the walk of the panel Step shall be. @type {{ node: string, way: "forward" | "loss" | "backward" } | null} */
    this.stop = null;
    /** Where the walk is. @type {"forward" | "loss" | "backward"} */
    this.way = "forward";
    this.lost = false;
    this.asking = false;
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

  /** Asks what is open, and listens from then on. */
  async begin() {
    await this.refresh();
    listen((news) => this.hear(news));
  }

  /**
   * Opens another network.
   *
   * @param {Record<string, unknown>} what
   */
  async load(what) {
    gate.opening = true;
    try {
      await quiet();
      await this.accept(await ask("open", what));
    } finally {
      gate.opening = false;
    }
  }

  async refresh() {
    await this.accept(await ask("hello"));
  }

  /** @param {Hello} hello */
  async accept(hello) {
    const other = this.hello?.open?.name !== hello.open?.name || this.hello?.open?.from !== hello.open?.from;
    this.hello = hello;
    this.network = hello.open ? await ask("network") : null;
    this.news = hello.open ? await ask("news") : null;
    if (other || !this.fits()) {
      this.input = this.firstInput();
      this.element = null;
    }
    gate.opening = false;
    this.say("opened");
    this.say("news");
  }

  /** Whether the input that is looked at fits the open network. */
  fits() {
    const { input, open } = this;
    if (!input || !open) return false;
    return "half" in input ? (open.halves?.[input.half] ?? 0) > input.index : open.kind === "pictures" || "values" in input;
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

  /** @param {Input} input */
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
    const moved = news.moment !== this.news?.moment;
    this.news = news;
    this.say("news");
    if (moved) this.say("moment");
    if (news.revision !== this.hello?.revision && !this.asking) {
      this.asking = true;
      this.refresh().finally(() => (this.asking = false));
    }
  }

  /** @param {Happening} happening */
  say(happening) {
    this.dispatchEvent(new CustomEvent(happening));
  }
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
