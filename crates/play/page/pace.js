// How fast a training goes.

/** After so many milliseconds the pace is measured again. */
const WINDOW = 900;

/** Measures the samples of a second, from the news of a training. */
export class Pace {
  constructor() {
    this.time = 0;
    this.samples = 0;
    this.running = false;
    /** Samples a second; null: not known yet. @type {number | null} */
    this.speed = null;
  }

  /**
   * @param {Pick<import("./protocol.js").News, "state" | "epoch" | "samples" | "seen">} news
   * @param {number} [now] in milliseconds
   */
  hear({ state, epoch, samples: ofEpoch, seen }, now = performance.now()) {
    const samples = epoch * ofEpoch + seen;
    const running = state === "running";
    const goesOn = running && this.running && samples >= this.samples;
    if (goesOn && now - this.time < WINDOW) return;
    this.speed = goesOn ? ((samples - this.samples) / (now - this.time)) * 1000 : null;
    Object.assign(this, { time: now, samples, running });
  }
}
