// The colours of numbers: blue below zero, orange above zero, and the colour of the paper at zero. People with any common colour
// blindness can tell blue from orange.

/** @typedef {[number, number, number]} Rgb */

/** @type {Record<"light" | "dark", { below: Rgb[], zero: Rgb, above: Rgb[], paper: Rgb, ink: Rgb }>} */
const THEMES = {
  light: {
    below: [[137, 181, 222], [24, 82, 148]],
    zero: [245, 243, 239],
    above: [[240, 167, 107], [158, 62, 4]],
    paper: [250, 249, 246],
    ink: [32, 33, 36],
  },
  dark: {
    below: [[45, 108, 171], [168, 212, 252]],
    zero: [37, 39, 43],
    above: [[190, 94, 24], [255, 205, 150]],
    paper: [28, 30, 33],
    ink: [236, 234, 228],
  },
};

const STEPS = 255;

/** @type {{ signed: Uint32Array, grey: Uint32Array } | null} */
let tables = null;

/** The theme that is shown now. */
export function theme() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Says to everything that draws that the colours have changed. */
export function colourChanged() {
  tables = null;
  document.dispatchEvent(new CustomEvent("colours"));
}

/**
 * The colours of the current theme, as words of a picture: from −1 to 1 for signed numbers, from 0 to 1 for grey.
 */
function table() {
  if (tables) return tables;
  const { below, zero, above, paper, ink } = THEMES[theme()];
  const signed = new Uint32Array(2 * STEPS + 1);
  for (let step = -STEPS; step <= STEPS; step += 1) {
    const [middle, end] = step < 0 ? below : above;
    const share = Math.abs(step) / STEPS;
    signed[step + STEPS] = word(share < 0.5 ? mix(zero, middle, 2 * share) : mix(middle, end, 2 * share - 1));
  }
  const grey = new Uint32Array(STEPS + 1);
  for (let step = 0; step <= STEPS; step += 1) grey[step] = word(mix(paper, ink, step / STEPS));
  tables = { signed, grey };
  return tables;
}

/**
 * @param {Rgb} from
 * @param {Rgb} to
 * @param {number} share
 * @returns {Rgb}
 */
function mix(from, to, share) {
  return /** @type {Rgb} */ (from.map((channel, i) => Math.round(channel + (to[i] - channel) * share)));
}

/** @param {Rgb} colour */
function word([red, green, blue]) {
  return (255 << 24) | (blue << 16) | (green << 8) | red;
}

/**
 * Writes numbers as pixels.
 *
 * @param {Uint32Array} pixels
 * @param {ArrayLike<number>} values
 * @param {number} start the first value
 * @param {{ low: number, high: number, grey?: boolean }} scale
 */
export function paint(pixels, values, start, { low, high, grey }) {
  const colours = table();
  if (grey) {
    const factor = STEPS / (high - low || 1);
    for (let i = 0; i < pixels.length; i += 1) {
      pixels[i] = colours.grey[Math.max(0, Math.min(STEPS, Math.round((values[start + i] - low) * factor)))];
    }
  } else {
    const factor = STEPS / (Math.max(-low, high) || 1);
    for (let i = 0; i < pixels.length; i += 1) {
      const step = Math.max(-STEPS, Math.min(STEPS, Math.round(values[start + i] * factor)));
      pixels[i] = colours.signed[(step || 0) + STEPS];
    }
  }
}

/**
 * The colour of one signed number, for elements of the page.
 *
 * @param {number} value
 * @param {number} largest
 */
export function signedColour(value, largest) {
  const step = Math.max(-STEPS, Math.min(STEPS, Math.round((STEPS * value) / (largest || 1)))) || 0;
  return css(table().signed[step + STEPS]);
}

/**
 * The colour of text that can be read on the colour of a number: black or white, whichever has the larger contrast.
 *
 * @param {number} value
 * @param {number} largest
 */
export function textOn(value, largest) {
  const [red, green, blue] = (/\d+ \d+ \d+/.exec(signedColour(value, largest)) ?? ["0 0 0"])[0].split(" ").map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000000" : "#ffffff";
}

/** @param {number} colour */
function css(colour) {
  return `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`;
}

/**
 * A colour of the style sheet, for canvases.
 *
 * @param {string} name
 */
export function colourOf(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
