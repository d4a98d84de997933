// How numbers are written: no number is shown as one that it is not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { number, percent } from "../page/numbers.js";

test("a number that is not finite is no large number", () => {
  assert.equal(number(null), "not finite");
  assert.equal(number(Number.NaN), "not finite");
  assert.equal(percent(null), "not finite");
  assert.equal(number(-Infinity), "−∞");
});

test("a small number is not zero, and nearly all is not all", () => {
  assert.equal(number(3.5e-6, 3), "3.50·10⁻⁶");
  assert.equal(percent(59_999 / 60_000), "> 99.99 %");
  assert.equal(percent(1 / 60_000), "< 0.01 %");
  assert.deepEqual([0, 0.0993, 0.5, 0.9812, 0.9994, 1].map(percent), ["0.00 %", "9.93 %", "50.0 %", "98.1 %", "99.94 %", "100.00 %"]);
});
