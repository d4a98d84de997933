// Train live: digits, points in a plane, and the question of the post.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { pixels, read, stage, until } from "./toddle.js";

const toddle = await stage(["experiments/lenet5.toml"]);
after(() => toddle.stop());

/** @typedef {import("playwright-core").Page} Page */

/** A number of the row of figures. @param {Page} page @param {string} name */
async function figure(page, name) {
  return read(await page.locator(".figures div").filter({ has: page.getByText(name, { exact: true }) }).locator("dd").textContent());
}

/** @param {Page} page @param {string} name */
function press(page, name) {
  return page.locator(".cockpit").getByRole("button", { name, exact: true }).click();
}

/** @param {Page} page @param {string} text */
function stateIs(page, text) {
  return page.locator("#state", { hasText: text }).waitFor({ timeout: 120_000 });
}

test("a training runs, pauses, makes one step, and begins again", () =>
  toddle.open({ panel: "train" }, async (page) => {
    await press(page, "Start");
    await stateIs(page, "training");
    await until(async () => (await figure(page, "step")) > 5, "some steps are made");
    await press(page, "Pause");
    await stateIs(page, "paused");
    const step = await figure(page, "step");
    await press(page, "One step");
    await until(async () => (await figure(page, "step")) === step + 1, "one step is made");
    assert.ok((await figure(page, "loss")) > 0);
    await press(page, "From the beginning");
    await until(async () => (await figure(page, "step")) === 0, "the training begins again");
  }));

test("settings change while it runs, and the page says what is kept", () =>
  toddle.open({ panel: "train" }, async (page) => {
    const rate = page.getByLabel("Learning rate");
    await rate.fill("0.01");
    await rate.press("Tab");
    await page.locator(".cockpit .hint", { hasText: "Kept" }).waitFor();
    await until(async () => (await figure(page, "learning rate")) === 0.01, "the rate is the new one");
    await page.getByLabel("Optimizer").selectOption("adam");
    await page.locator(".cockpit .hint", { hasText: "Lost" }).waitFor();
    const batch = page.getByLabel("Batch");
    await batch.fill("32");
    await batch.press("Tab");
    await until(async () => (await page.getByLabel("Batch").inputValue()) === "32", "the batch is the new one");
  }));

test("a cell of the confusion matrix opens its samples, and a sample opens in Draw", () =>
  toddle.open({ panel: "train" }, async (page) => {
    await page.locator(".matrix button").first().waitFor({ timeout: 60_000 });
    assert.equal(await page.locator(".matrix tbody tr").count(), 10);
    await page.locator(".samples .sample").first().waitFor();
    await page.locator(".matrix button").filter({ hasText: /^[1-9]/ }).first().click();
    await page.getByText(/\d taken for \d: [\d,]+ sample/).waitFor();
    await page.locator(".samples .sample").first().click();
    await page.getByRole("heading", { name: "Draw and watch" }).waitFor();
    await page.locator(".said b").waitFor();
  }));

test("histograms and alarms are there for each layer", () =>
  toddle.open({ panel: "train" }, async (page) => {
    await page.locator(".histograms tbody tr").first().waitFor({ timeout: 60_000 });
    assert.equal(await page.locator(".histograms tbody tr").count(), 12);
    assert.ok((await page.locator(".histograms svg").count()) > 20);
    await page.locator(".alarms li").first().waitFor();
  }));

test("points in a plane learn at once, and the boundary moves", () =>
  toddle.open({ panel: "train" }, async (page) => {
    await page.getByRole("button", { name: "Open another" }).click();
    await page.getByRole("button", { name: /points in a plane/ }).click();
    const plane = page.locator("canvas.plane");
    await plane.waitFor();
    await page.waitForTimeout(500);
    const before = await pixels(plane);
    await press(page, "Start");
    await until(async () => (await pixels(plane)) !== before, "the boundary moves");
    await until(async () => (await page.locator(".figures dd").allTextContents()).some((text) => /^(9\d|100)/.test(text)), "most points are right", 60_000);
    await page.getByLabel("Points", { exact: true }).selectOption("xor");
    await page.getByLabel("x·y").check();
    await page.locator("#state", { hasText: "not trained" }).waitFor();
    await page.locator(".bar .facts", { hasText: "3 layers" }).waitFor();
    await page.locator('nav a[href="#draw"]').click();
    await page.locator("canvas.plane").click({ position: { x: 60, y: 60 } });
    await page.locator(".said b").waitFor();
  }));

test("the question of the post is answered side by side", () =>
  toddle.open({ panel: "train" }, async (page) => {
    await page.getByRole("button", { name: "One convolution or two?" }).click();
    const rows = page.locator(".duel tbody tr");
    await until(async () => (await rows.count()) === 2, "there are two networks");
    await until(async () => (await rows.allTextContents()).every((text) => /[1-9]\d* of 20/.test(text)), "both have learned for an epoch", 120_000);
    await until(async () => (await page.locator(".duel line-chart path.curve").count()) === 4, "there are four curves");
    await page.locator(".duel").getByRole("button", { name: "Pause" }).click();
    await page.locator(".duel").getByRole("button", { name: "Pause" }).waitFor({ state: "hidden" });
  }));
