// The figures of the page: how numbers are written, and how fast a training goes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { number, percent } from "../page/numbers.js";
import { Pace } from "../page/pace.js";

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

test("the pace is that of the training while it runs, with any batch", () => {
  const pace = new Pace();
  /** @param {number} now @param {"running" | "paused"} state @param {number} seen @param {number} [epoch] */
  const hear = (now, state, seen, epoch = 0) => {
    pace.hear({ state, epoch, samples: 60_000, seen }, now);
    return pace.speed;
  };
  assert.equal(hear(100_000, "paused", 5000), null, "a page that was just opened does not know it");
  assert.equal(hear(200_000, "running", 5000), null, "the time of the pause does not count");
  assert.equal(hear(200_500, "running", 6000), null, "half a second is too short");
  assert.equal(hear(201_000, "running", 7000), 2000);
  assert.equal(hear(201_500, "running", 9000), 2000);
  assert.equal(hear(202_000, "running", 500, 1), 53_500, "an epoch is over");
  assert.equal(hear(203_000, "running", 0, 1), null, "another batch begins the epoch again");
  assert.equal(hear(204_000, "running", 300, 1), 300);
  assert.equal(hear(204_100, "paused", 300, 1), null);
});
