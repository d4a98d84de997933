// How numbers are written. A minus sign is as wide as a digit, so that columns of numbers stand in line.

/** @type {number} */
let digits = 4;

/** How many significant digits numbers have. */
export function shownDigits() {
  return digits;
}

/** @param {number} count */
export function showDigits(count) {
  digits = count;
  document.dispatchEvent(new CustomEvent("digits"));
}

/**
 * A number with a fixed count of significant digits. A number that is not finite comes as null.
 *
 * @param {number | null} value
 * @param {number} [count]
 */
export function number(value, count = digits) {
  if (value === null || Number.isNaN(value)) return "not finite";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value).replace("-", "−");
  const size = Math.abs(value);
  const text = size < 1e-4 || size >= 1e7 ? power(size, count) : plain(size, count);
  return value < 0 ? `−${text}` : text;
}

/**
 * @param {number} size
 * @param {number} count
 */
function plain(size, count) {
  const text = size.toPrecision(Math.max(count, Math.floor(Math.log10(size)) + 1));
  return text.includes("e") ? String(Number(text)) : text;
}

/**
 * @param {number} size
 * @param {number} count
 */
function power(size, count) {
  const [mantissa, exponent] = size.toExponential(count - 1).split("e");
  return `${mantissa}·${powerOfTen(Number(exponent))}`;
}

/**
 * "10⁻³".
 *
 * @param {number} exponent
 */
export function powerOfTen(exponent) {
  return `10${[...String(exponent)].map((sign) => RAISED[sign]).join("")}`;
}

/** @type {Record<string, string>} */
const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/**
 * A part of a whole. Only the whole is 100 %, and only nothing is 0 %.
 *
 * @param {number | null} share
 */
export function percent(share) {
  if (share === null || Number.isNaN(share)) return "not finite";
  if (share > 0 && share < 0.00005) return "< 0.01 %";
  if (share < 1 && share > 0.99995) return "> 99.99 %";
  return `${(100 * share).toFixed(share > 0.999 || share < 0.0995 ? 2 : 1)} %`;
}

/**
 * A whole number with a comma between groups of three digits.
 *
 * @param {number} value
 */
export function whole(value) {
  return Math.round(value).toLocaleString("en");
}

/**
 * "1 filter", "6 filters".
 *
 * @param {number} value
 * @param {string} thing
 */
export function counted(value, thing) {
  return `${whole(value)} ${thing}${value === 1 ? "" : "s"}`;
}

/** @param {number[]} shape */
export function shapeText(shape) {
  return shape.join("×");
}
