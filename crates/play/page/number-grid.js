// A small table of numbers whose colours follow their values.

import { signedColour, textOn } from "./colour.js";
import { h } from "./dom.js";
import { number, powerOfTen } from "./numbers.js";

/**
 * @typedef {object} Grid
 * @property {string} title
 * @property {(number | null)[][]} rows null: there is no number
 * @property {number} [largest] the value with the strongest colour
 * @property {[row: number, column: number] | null} [marked]
 * @property {(row: number, column: number) => void} [picked] makes the cells buttons
 * @property {string} [empty] what is written where there is no number
 */

/** @param {Grid} grid */
export function numberGrid({ title, rows, largest = sizeOf(rows.flat()), marked = null, picked, empty = "·" }) {
  const [write, factor] = shortly(sizeOf(rows.flat()));
  const body = rows.map((row, y) =>
    h("tr", {}, row.map((value, x) => {
      const cell = h("td", {});
      if (marked?.[0] === y && marked[1] === x) cell.className = "marked";
      if (value === null) {
        cell.textContent = empty;
        return cell;
      }
      const text = write(value);
      cell.title = number(value, 9);
      cell.style.background = signedColour(value, largest);
      cell.style.color = textOn(value, largest);
      if (picked) cell.append(h("button", { type: "button", "aria-label": `${title}, row ${y}, column ${x}: ${text}${factor}`, "aria-pressed": String(cell.className === "marked"), onclick: () => picked(y, x) }, text));
      else cell.textContent = text;
      return cell;
    })),
  );
  return h("table", { class: "number-grid" }, h("caption", {}, title + factor), h("tbody", {}, body));
}

/**
 * How the numbers of a table are written: with few digits, and with a common factor if they are very small or very large.
 *
 * @param {number} largest
 * @returns {[write: (value: number) => string, factor: string]}
 */
function shortly(largest) {
  const power = largest > 0 && Number.isFinite(largest) ? Math.floor(Math.log10(largest)) : 0;
  const shifted = power < -2 || power > 2;
  const unit = shifted ? 10 ** power : 1;
  const decimals = shifted || power === 0 || power === -1 ? 2 : power < -1 ? 3 : 2 - power;
  /** @param {number} value */
  const write = (value) => {
    const text = (value / unit).toFixed(decimals);
    return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
  };
  return [write, shifted ? ` · ${powerOfTen(power)}` : ""];
}

/**
 * The largest absolute value.
 *
 * @param {(number | null)[]} values
 */
export function sizeOf(values) {
  return values.reduce((/** @type {number} */ most, value) => Math.max(most, Math.abs(value ?? 0)), 0);
}

/**
 * A table whose columns are numbers.
 *
 * @param {string[]} head
 * @param {(string | Node)[][]} rows
 * @param {string} [name]
 */
export function numberTable(head, rows, name) {
  return h(
    "div",
    { class: "scroll", tabIndex: 0, role: "region", "aria-label": name ?? head.join(", ") },
    h("table", { class: "number-table" }, h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell)))))),
  );
}
