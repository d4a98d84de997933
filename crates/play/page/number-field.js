// A field for a number. A number that the field or the session refuses is taken back.

import { field, h } from "./dom.js";

/**
 * @typedef {object} NumberField
 * @property {number} value
 * @property {number} least
 * @property {number} [most]
 * @property {boolean} [whole]
 * @property {string} [hint]
 * @property {(value: number) => Promise<unknown>} send
 * @property {(text: string) => void} tell says what is refused
 */

/**
 * @param {string} label
 * @param {NumberField} settings
 */
export function numberField(label, { value, least, most, whole = false, hint, send, tell }) {
  const input = h("input", { type: "number", required: true, min: String(least), max: most === undefined ? "" : String(most), step: whole ? "1" : "any", value: String(value) });
  let good = input.value;
  input.addEventListener("change", async () => {
    const wanted = input.value;
    if (!input.checkValidity()) {
      const range = most === undefined ? `${least} or more` : `from ${least} to ${most}`;
      tell(`${label} stays ${good}: it must be a ${whole ? "whole number" : "number"}, ${range}.`);
      input.value = good;
      return;
    }
    try {
      await send(input.valueAsNumber);
      good = wanted;
    } catch (error) {
      input.value = good;
      throw error;
    }
  });
  return field(label, input, hint);
}
