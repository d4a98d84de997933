// Draw and watch, as a person does it.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { pixels, stage, until } from "./toddle.js";

const toddle = await stage(["experiments/lenet5.toml"]);
after(() => toddle.stop());

/** @typedef {import("playwright-core").Page} Page */

/**
 * Draws a one with the mouse.
 *
 * @param {Page} page
 */
async function drawOne(page) {
  const box = await page.locator("canvas.pad").boundingBox();
  assert.ok(box);
  /** @param {number} x @param {number} y */
  const at = (x, y) => /** @type {const} */ ([box.x + x * box.width, box.y + y * box.height]);
  await page.mouse.move(...at(0.42, 0.25));
  await page.mouse.down();
  for (let step = 0; step <= 20; step += 1) await page.mouse.move(...at(0.52, 0.2 + 0.03 * step));
  await page.mouse.up();
}

/** The sum of the bars, in per cent. @param {Page} page */
async function sumOfBars(page) {
  const texts = await page.locator(".bars .value").allTextContents();
  assert.equal(texts.length, 10);
  return texts.reduce((sum, text) => sum + Number.parseFloat(text), 0);
}

test("a stroke with the mouse changes every map and the answer", () =>
  toddle.open({}, async (page) => {
    const all = async () => Promise.all((await page.locator(".layer > feature-maps canvas").all()).map(pixels));
    await page.getByText("ms from the input").waitFor();
    const before = await all();
    assert.equal(before.length, 11);
    await page.getByRole("button", { name: "Clear" }).click();
    await until(async () => (await page.locator(".bars li").count()) === 0, "an empty canvas has no answer");
    assert.equal(await page.locator(".said").textContent(), "");
    await drawOne(page);
    await until(async () => (await all()).every((map, i) => map !== before[i] && map.length > 100), "every map follows the stroke");
    assert.ok(Math.abs((await sumOfBars(page)) - 100) < 1);
    assert.equal(await page.locator(".layer").count(), 12);
    assert.equal(await page.locator(".layer colour-scale").count(), 11);
    assert.match((await page.locator(".gets .hint").textContent()) ?? "", /\w/);
  }));

test("the picture follows a stroke in less than 50 ms", () =>
  toddle.open({}, async (page) => {
    await page.getByText("ms from the input").waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    await drawOne(page);
    /** The time of the middle one of twenty strokes. */
    const median = async () => {
      /** @type {number[]} */
      const times = [];
      for (let dot = 0; dot < 20; dot += 1) {
        const time = page.locator("#stroke-time");
        await time.evaluate((element) => delete element.dataset.time);
        await page.locator("canvas.pad").click({ position: { x: 90 + 5 * dot, y: 200 } });
        await until(async () => (await time.getAttribute("data-time")) !== null, "the time is measured");
        times.push(Number(await time.getAttribute("data-time")));
      }
      times.sort((a, b) => a - b);
      console.log(`from a stroke to the pictures: ${[0, 10, 19].map((place) => times[place].toFixed(1)).join(", ")} ms (fastest, median, slowest)`);
      return times[10];
    };
    // Another program may have slowed down the first measurement.
    const first = await median();
    const best = first < 50 ? first : Math.min(first, await median());
    assert.ok(best < 50, `the median is ${best} ms`);
  }));

test("a finger draws", () =>
  toddle.open({ width: 360, touch: true }, async (page) => {
    await page.getByText("ms from the input").waitFor();
    await page.getByRole("button", { name: "Clear" }).tap();
    await until(async () => (await page.locator(".bars li").count()) === 0, "the canvas is empty");
    const before = await pixels(page.locator("canvas.pad"));
    await page.locator("canvas.pad").tap({ position: { x: 120, y: 120 } });
    await until(async () => (await pixels(page.locator("canvas.pad"))) !== before, "the finger leaves a dot");
  }));

test("the keys draw, and take a stroke back", () =>
  toddle.open({}, async (page) => {
    await page.getByText("ms from the input").waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    const pad = page.locator("canvas.pad");
    await pad.focus();
    await page.waitForTimeout(100);
    const empty = await pixels(pad);
    for (const key of ["Space", "ArrowDown", "ArrowDown", "ArrowDown", "Space"]) await page.keyboard.press(key);
    await until(async () => (await pixels(pad)) !== empty, "the keys leave a line");
    const drawn = await pixels(pad);
    await page.keyboard.press("Backspace");
    await until(async () => (await pixels(pad)) !== drawn, "the stroke is taken back");
  }));

test("a sample of the data is shown with its label, and the next one after it", () =>
  toddle.open({}, async (page) => {
    await page.locator(".said b").waitFor();
    const number = page.getByLabel("Number of the sample");
    await number.fill("7");
    await number.press("Enter");
    await page.getByText(/right|wrong, it is 9/).waitFor();
    assert.equal(await page.locator(".bars .name", { hasText: "◂" }).textContent(), "9 ◂");
    await page.getByRole("button", { name: "Next sample" }).click();
    assert.equal(await number.inputValue(), "8");
    await page.locator(".bars .name", { hasText: "5 ◂" }).waitFor();
  }));

test("a picture from a file is looked at", () =>
  toddle.open({}, async (page) => {
    await page.locator(".said b").waitFor();
    const png = await page.evaluate(() => {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 64;
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      return ["white", "transparent"].map((paper) => {
        context.clearRect(0, 0, 64, 64);
        context.fillStyle = paper;
        context.fillRect(0, 0, 64, 64);
        context.fillStyle = "black";
        context.fillRect(28, 8, 8, 48);
        return canvas.toDataURL("image/png").split(",")[1];
      });
    });
    const gets = page.locator(".gets canvas");
    /** @param {string} name @param {string} bytes */
    const look = async (name, bytes) => {
      const before = await pixels(gets);
      await page.getByLabel("Open a picture").setInputFiles({ name, mimeType: "image/png", buffer: Buffer.from(bytes, "base64") });
      await until(async () => (await pixels(gets)) !== before, "the network gets the picture");
    };
    await look("one.png", png[0]);
    const onPaper = await pixels(gets);
    await page.getByRole("button", { name: "Next sample" }).click();
    await until(async () => (await pixels(gets)) !== onPaper, "the sample is shown");
    await look("transparent.png", png[1]);
    assert.equal(await pixels(gets), onPaper, "what is transparent is paper");
  }));

test("the camera takes a picture and is switched off", () =>
  toddle.open({}, async (page) => {
    await page.locator(".said b").waitFor();
    const before = await pixels(page.locator("canvas.pad"));
    await page.getByRole("button", { name: "Camera" }).click();
    const video = page.getByLabel("What the camera sees");
    await until(() => video.evaluate((element) => /** @type {HTMLVideoElement} */ (element).videoWidth > 0), "the camera runs");
    await page.getByRole("button", { name: "Take the picture" }).click();
    await until(async () => (await pixels(page.locator("canvas.pad"))) !== before, "the picture is on the canvas");
    assert.equal(await page.locator("dialog").count(), 0);
  }));

test("a click on a map opens its element in Step", () =>
  toddle.open({}, async (page) => {
    await page.locator(".said b").waitFor();
    await page.locator(".layer canvas.maps").first().click({ position: { x: 40, y: 40 } });
    await page.getByRole("heading", { name: /^conv1\[0, \d+, \d+\] = / }).waitFor();
  }));
