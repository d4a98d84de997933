// What holds for the whole page: every width and both themes, people who use a keyboard or a screen reader, its size, and the tour.

import axe from "axe-core";
import assert from "node:assert/strict";
import { readdir, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { after, test } from "node:test";
import { stage } from "./toddle.js";

const toddle = await stage(["experiments/lenet5.toml"]);
after(() => toddle.stop());

const PAGE = resolve(import.meta.dirname, "../page");
const PANELS = ["draw", "step", "train", "film", "why", "build"];

for (const panel of PANELS) {
  for (const width of [360, 1280, 2560]) {
    for (const theme of /** @type {const} */ (["light", "dark"])) {
      test(`${panel} at ${width} pixels, ${theme}`, () =>
        toddle.open({ panel, width, theme }, async (page) => {
          await page.waitForLoadState("networkidle").catch(() => {});
          await page.waitForTimeout(700);
          const [inside, outside] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
          assert.ok(inside <= outside, `the page is ${inside} pixels wide, and the window has ${outside}`);
          await page.evaluate(axe.source);
          const found = await page.evaluate(() => /** @type {{ axe: typeof import("axe-core") }} */ (/** @type {unknown} */ (window)).axe.run());
          const serious = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
          assert.deepEqual(serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`), []);
          const shown = await page.evaluate(() => document.documentElement.dataset.shown);
          assert.equal(shown, theme);
        }));
    }
  }
}

test("each panel says in one sentence what it is, and why", () =>
  toddle.open({}, async (page) => {
    for (const panel of PANELS) {
      await page.locator(`nav a[href="#${panel}"]`).click();
      await page.locator(`${panel}-panel h1`).waitFor();
      assert.match((await page.locator(".panel-head .what").textContent()) ?? "", /^[A-Z][^.]+\.$/);
      await page.locator(".why summary").click();
      assert.ok(await page.locator(".why p").isVisible());
    }
  }));

test("the button changes the theme", () =>
  toddle.open({ theme: "light" }, async (page) => {
    const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const before = await paper();
    await page.getByRole("button", { name: "Dark colours" }).click();
    assert.notEqual(await paper(), before);
  }));

test("the tour leads through the post in ten steps", () =>
  toddle.open({}, async (page) => {
    await page.getByRole("button", { name: "Tour" }).click();
    const titles = new Set();
    for (let step = 1; step <= 10; step += 1) {
      await page.getByText(`Baby steps, ${step} of 10`).waitFor();
      titles.add(await page.locator(".tour h2").textContent());
      await page.locator("main .tour-target").waitFor();
      await page.locator(".tour .primary").click();
    }
    assert.equal(titles.size, 10);
    assert.equal(await page.locator(".tour").count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Tour");
    await page.locator(".bar b", { hasText: "post" }).waitFor();
  }));

test("the keyboard alone reaches every panel", () =>
  toddle.open({}, async (page) => {
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.className), "skip");
    for (const panel of PANELS) {
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.locator(`${panel}-panel`).waitFor();
    }
  }));

test("the first link leads to the panel that is shown", () =>
  toddle.open({ panel: "train" }, async (page) => {
    await page.locator("train-panel").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
    await page.waitForTimeout(200);
    assert.equal(await page.locator("train-panel").count(), 1);
  }));

test("the page is smaller than 600 kB", async () => {
  const files = await readdir(PAGE);
  const sizes = await Promise.all(files.map(async (file) => (await stat(resolve(PAGE, file))).size));
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 600_000);
});
