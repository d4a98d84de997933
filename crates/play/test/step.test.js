// Step forward and backward: the numbers add up, and a walk goes through all layers and back.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { read, stage } from "./toddle.js";

const toddle = await stage(["experiments/lenet5.toml"]);
after(() => toddle.stop());

/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} page @param {string} text */
async function walkTo(page, text) {
  const slider = page.getByLabel("Place on the way through the network");
  await page.locator("main .value").first().waitFor();
  for (let place = 0; place < 40; place += 1) {
    await slider.fill(String(place));
    await page.waitForTimeout(150);
    if ((await page.locator(".where").textContent())?.startsWith(text)) return;
  }
  assert.fail(`there is no ${text}`);
}

/** A number of the engine, which has 24 bits. @param {string} text */
function single(text) {
  return Math.fround(read(text));
}

/** Shows as many digits as there are. @param {Page} page */
async function allDigits(page) {
  const digits = page.getByLabel("Digits of the numbers");
  await digits.fill((await digits.getAttribute("max")) ?? "9");
}

// With all digits, the numbers of the page are those of the engine, and each sum is rounded once.
test("the terms of an element add up to its value, in the engine's order", () =>
  toddle.open({ panel: "step" }, async (page) => {
    for (const layer of ["Forward · conv1", "Forward · conv2", "Forward · dense1", "Forward · pool1"]) {
      await walkTo(page, layer);
      await allDigits(page);
      await page.getByText("Every term").click();
      await page.locator(".every tbody tr").first().waitFor();
      const rows = await page.locator(".every tbody tr").evaluateAll((found) => found.map((row) => [...row.children].map((cell) => cell.textContent)));
      const value = read(await page.locator("h2 .value").textContent());
      let before = 0;
      for (const [n, , x, w, , after] of rows) {
        const sum = Math.fround(read(after ?? ""));
        if (x) assert.equal(Math.fround(before + single(x) * (w ? single(w) : 1)), sum, `${layer}, term ${n}`);
        before = sum;
      }
      assert.equal(layer.includes("pool") ? Math.fround(before / 4) : before, Math.fround(value), layer);
    }
  }));

test("the products on the way back add up to the gradient", () =>
  toddle.open({ panel: "step" }, async (page) => {
    for (const layer of ["Backward · dense2", "Backward · tanh2", "Backward · conv1"]) {
      await walkTo(page, layer);
      await allDigits(page);
      const products = await page.locator(".backward tbody td:last-child").allTextContents();
      const sum = products.reduce((total, text) => total + read(text), 0);
      const gradient = read(await page.locator(".backward h2 .value").textContent());
      assert.ok(Math.abs(sum - gradient) <= 1e-5 * Math.abs(gradient) + 1e-9, `${layer}: ${sum} and ${gradient}`);
    }
  }));

test("one step moves a weight against its gradient, and another weight can be chosen", () =>
  toddle.open({ panel: "step" }, async (page) => {
    await walkTo(page, "Backward · conv1");
    await allDigits(page);
    const numbers = async () => {
      const entries = await page.locator(".weight-step dl").evaluate((list) => [...list.children].map((child) => child.textContent ?? ""));
      /** @param {string} name */
      const of = (name) => read(entries[entries.findIndex((text) => text.startsWith(name)) + 1]);
      return { gradient: of("gradient of the weight"), before: of("weight before"), after: of("weight after"), change: of("change") };
    };
    const first = await numbers();
    assert.ok(Math.abs(first.before + first.change - first.after) < 1e-6);
    assert.ok(first.gradient === 0 || Math.sign(first.change) === -Math.sign(first.gradient));
    await page.locator(".weight-step .number-grid button").nth(7).click();
    await page.waitForTimeout(400);
    assert.notDeepEqual(await numbers(), first);
  }));

test("the loss is shown with the gradient of each output, and another truth changes it", () =>
  toddle.open({ panel: "step" }, async (page) => {
    await walkTo(page, "The loss");
    const loss = page.locator("h2 .value");
    const before = read(await loss.textContent());
    assert.equal(await page.locator(".number-table tbody tr").count(), 10);
    await page.getByLabel("The class that is taken as the truth").selectOption("3");
    await page.waitForTimeout(400);
    assert.notEqual(read(await loss.textContent()), before);
    const targets = await page.locator(".number-table tbody td:nth-child(3)").allTextContents();
    assert.deepEqual(targets.map(Number), [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  }));

test("the keys walk through the network and choose elements", () =>
  toddle.open({ panel: "step" }, async (page) => {
    await page.locator("main .value").first().waitFor();
    await page.getByLabel("Place on the way through the network").focus();
    await page.keyboard.press("ArrowRight");
    await page.getByText("Forward · tanh1").waitFor();
    await page.keyboard.press("End");
    await page.getByText("Backward · conv1").waitFor();
    await page.keyboard.press("Home");
    await page.getByText("Forward · conv1").waitFor();
    const output = page.getByRole("application", { name: /^Output: conv1/ });
    await output.focus();
    await page.keyboard.press("ArrowRight");
    const place = await page.locator(".where").textContent();
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction((before) => document.querySelector(".where")?.textContent !== before, place);
  }));

test("the walk goes on by itself and stops at a press", () =>
  toddle.open({ panel: "step" }, async (page) => {
    await page.locator("main .value").first().waitFor();
    const play = page.getByRole("button", { name: "Walk through the network" });
    await play.click();
    await page.getByText("Forward · tanh1").waitFor();
    assert.equal(await play.getAttribute("aria-pressed"), "true");
    await play.click();
    assert.equal(await play.getAttribute("aria-pressed"), "false");
  }));
