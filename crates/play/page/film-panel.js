// The time machine: a slider through the film of a training, and a second film beside it.

import { turns } from "./client.js";
import { fill, h, select, still } from "./dom.js";
import { FilmView } from "./film-view.js";
import { heading } from "./panels.js";
import { Panel, store } from "./store.js";

/** The film of the training of this page; other films are those of runs. */
const HERE = "";

class FilmPanel extends Panel {
  constructor() {
    super();
    this.slider = h("input", { type: "range", min: "0", max: "1000", value: "1000", "aria-label": "Time of the training" });
    this.play = h("button", { type: "button", "aria-label": "Play the film", title: "Play the film", "aria-pressed": "false", onclick: () => this.toggle() }, "▶");
    this.time = h("p", { class: "where", "aria-live": "polite" });
    this.choices = h("div", { class: "row" });
    this.views = h("div", { class: "films" });
    /** @type {[FilmView, FilmView | null]} */
    this.films = [new FilmView(HERE), null];
    this.playing = 0;
    /** How far the training was when its film was loaded. */
    this.seen = "";
    this.loading = false;
    this.begin = turns();
  }

  /** @override */
  show() {
    if (!this.firstChild) {
      this.append(heading("film"), h("div", { class: "cockpit" }, this.choices, h("div", { class: "row walk" }, this.play, this.slider), this.time), this.views);
      this.slider.addEventListener("input", () => this.turn());
      this.views.addEventListener("sample", (event) => {
        for (const film of this.films) film?.look(/** @type {CustomEvent<number>} */ (event).detail);
      });
    }
    this.on("opened", () => this.build());
    this.on("news", () => this.follow());
    this.build();
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    this.pause();
  }

  async build() {
    const { hello, open } = store;
    if (!hello || !open) {
      fill(this.views, h("p", { class: "waiting" }, "Open a network first."));
      return;
    }
    const runs = hello.runs.map((run) => /** @type {[string, string]} */ ([run, run]));
    const first = select([[HERE, `this training (${open.name})`], ...runs], this.films[0].source, (source) => this.choose(0, source));
    const second = select([["none", "nothing"], [HERE, `this training (${open.name})`], ...runs], this.films[1]?.source ?? "none", (source) => this.choose(1, source));
    fill(this.choices, h("label", { class: "inline" }, "Film ", first), h("label", { class: "inline" }, "beside ", second));
    await this.load();
  }

  /**
   * @param {0 | 1} place
   * @param {string} source
   */
  async choose(place, source) {
    if (place === 0) this.films[0] = new FilmView(source);
    else this.films[1] = source === "none" ? null : new FilmView(source);
    await this.load();
  }

  /** Asks for the films, and shows the frame of the slider. */
  async load() {
    const films = this.films.filter((film) => film !== null);
    fill(this.views, films);
    this.views.dataset.films = String(films.length);
    this.seen = this.place;
    this.loading = true;
    try {
      for (const film of films) await film.load();
      await this.turn();
    } finally {
      this.loading = false;
    }
    await this.follow();
  }

  /** How far the training is. */
  get place() {
    return `${store.news?.epoch} ${store.news?.state}`;
  }

  /** A training that goes on makes its film longer. */
  async follow() {
    if (this.loading || !this.isConnected || this.place === this.seen || this.films.every((film) => film?.source !== HERE)) return;
    await this.load();
  }

  /** Shows the frames of the place of the slider. */
  async turn() {
    const isNewest = this.begin();
    const share = Number(this.slider.value) / 1000;
    const texts = [];
    for (const film of this.films) if (film) texts.push(await film.turn(share));
    if (!isNewest()) return;
    this.time.textContent = texts.filter(Boolean).join(" · ");
    this.slider.setAttribute("aria-valuetext", this.time.textContent);
  }

  toggle() {
    if (this.playing) {
      this.pause();
      return;
    }
    const frames = Math.max(2, ...this.films.map((film) => film?.film?.frames.length ?? 0));
    if (Number(this.slider.value) >= 1000) this.slider.value = "0";
    this.play.setAttribute("aria-pressed", "true");
    this.playing = window.setInterval(async () => {
      this.slider.value = String(Number(this.slider.value) + 1000 / (frames - 1));
      await this.turn();
      if (Number(this.slider.value) >= 1000) this.pause();
    }, still() ? 1200 : 350);
  }

  pause() {
    clearInterval(this.playing);
    this.playing = 0;
    this.play.setAttribute("aria-pressed", "false");
  }
}

customElements.define("film-panel", FilmPanel);
