// Train live: digits, points in a plane, and the question of the post.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { agree, card, opening, pixels, read, stage, until } from "./toddle.js";

// The training has to go on for longer than a slow page needs.
const folder = await mkdtemp(join(tmpdir(), "toddle-"));
const experiment = await readFile(new URL("../../../experiments/lenet5.toml", import.meta.url), "utf8");
await writeFile(join(folder, "lenet5.toml"), experiment.replace("epochs = 10\n", "epochs = 1000\n"));
const toddle = await stage([join(folder, "lenet5.toml")]);
after(async () => {
  await toddle.stop();
  await rm(folder, { recursive: true });
});

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
    await beginAgain(page);
  }));

/** @param {Page} page */
async function beginAgain(page) {
  await press(page, "From the beginning");
  await until(async () => (await figure(page, "step")) === 0, "the training begins again");
}

/** The places of the first curve of the losses along the axis below. @param {Page} page @returns {Promise<number[]>} */
function places(page) {
  return page.locator("line-chart").first().evaluate((chart) => /** @type {import("../page/line-chart.js").LineChart} */ (chart).curves[0].points.map(([x]) => x));
}

test("settings change while it runs, and the page says what is kept", () =>
  toddle.open({ panel: "train" }, async (page) => {
    await press(page, "Start");
    await until(async () => (await figure(page, "step")) > 5, "some steps are made");
    const rate = page.getByLabel("Learning rate");
    await rate.fill("0.01");
    await rate.press("Tab");
    await page.locator(".cockpit .hint", { hasText: "Kept" }).waitFor();
    // The schedule makes the rate a little smaller with each step.
    const isNew = async () => Math.abs((await figure(page, "learning rate")) - 0.01) < 0.002;
    await until(isNew, "the rate is the new one");
    await page.getByLabel("Optimizer").selectOption("adam");
    await page.locator(".cockpit .hint", { hasText: "Lost" }).waitFor();
    await until(async () => (await page.getByLabel("Optimizer").inputValue()) === "adam", "the optimizer is the new one");
    assert.ok(await isNew(), "another optimizer has the same rate");
    if (await page.locator(".cockpit").getByRole("button", { name: "Pause" }).count()) await press(page, "Pause");
    await stateIs(page, "paused");
    // The curve of many steps has one place for several of them.
    await beginAgain(page);
    const batch = page.getByLabel("Batch");
    await batch.fill("32");
    await batch.press("Tab");
    await page.locator(".cockpit .hint", { hasText: "the place in the epoch" }).waitFor();
    await press(page, "One step");
    await until(async () => Math.abs((((await places(page)).at(-1) ?? 0) % 1) - 32 / 60_000) < 1e-6, "a step has 32 of 60,000 samples");
    const now = await places(page);
    assert.ok(now.every((place, i) => i === 0 || place > now[i - 1]), `the curve goes forward: ${now}`);
    await beginAgain(page);
  }));

test("a field that is emptied or wrong keeps its value", () =>
  toddle.open({ panel: "train", expects: [/status of 400/] }, async (page) => {
    const before = await figure(page, "learning rate");
    for (const [label, wrong] of [["Learning rate", ["", "-1"]], ["Batch", ["", "0", "1.5"]], ["Epochs", ["", "0"]]]) {
      const field = page.getByLabel(/** @type {string} */ (label));
      const value = await field.inputValue();
      for (const text of wrong) {
        await field.fill(text);
        await field.press("Tab");
        await until(async () => (await field.inputValue()) === value, `${label} is ${value} again`);
        await page.locator(".cockpit .hint", { hasText: `${label} stays ${value}` }).waitFor();
      }
    }
    // The session refuses what the field allows.
    const epochs = page.getByLabel("Epochs");
    const value = await epochs.inputValue();
    await epochs.fill("100000000000000000000");
    await epochs.press("Tab");
    await page.locator("#notice .message").waitFor();
    await until(async () => (await epochs.inputValue()) === value, "the number is the old one");
    assert.equal(await figure(page, "learning rate"), before);
  }));

test("the focus stays where it is when the panel is built again", () =>
  toddle.open({ panel: "train" }, async (page) => {
    const epochs = page.getByLabel("Epochs");
    await epochs.fill("11");
    await epochs.press("Enter");
    await page.locator(".cockpit .hint", { hasText: "Kept" }).waitFor();
    await page.waitForTimeout(300);
    assert.equal(await page.evaluate(() => document.activeElement?.closest(".field")?.querySelector("label")?.textContent), "Epochs");
    await page.locator(".matrix button").nth(4).focus();
    await press(page, "One epoch");
    await page.locator(".matrix button").nth(4).focus();
    await until(async () => (await figure(page, "epochs done")) === 1, "an epoch is over", 180_000);
    await page.waitForTimeout(3000);
    assert.equal(await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement)?.dataset.key), "0,4");
    await beginAgain(page);
  }));

test("the keys read the first curve that has values", () =>
  toddle.open({ panel: "train" }, async (page) => {
    await press(page, "One step");
    await until(async () => (await places(page)).length === 1, "the curve has a value");
    await page.locator("line-chart svg").first().focus();
    await page.keyboard.press("ArrowLeft");
    await page.locator("line-chart output").first().getByText(/each step [\d.]+ at epoch 0\.00/).waitFor();
    await beginAgain(page);
  }));

test("a trained network is not lost by one click", () =>
  toddle.open({ panel: "train" }, async (page) => {
    await press(page, "One step");
    await until(async () => (await figure(page, "step")) === 1, "one step is made");
    await page.getByRole("button", { name: "Tour" }).click();
    await page.getByRole("button", { name: "Stay here" }).click();
    assert.equal(await page.locator(".tour").count(), 0);
    await page.getByRole("button", { name: "Open another" }).click();
    await card(page, "xor").click();
    await page.getByRole("button", { name: "Stay here" }).last().click();
    assert.equal(await page.locator(".bar b").textContent(), "lenet5");
    assert.equal(await figure(page, "step"), 1);
    await card(page, "xor").click();
    await agree(page);
    await page.locator(".bar b", { hasText: "xor" }).waitFor();
    await page.getByRole("button", { name: "Open another" }).click();
    await card(page, "lenet5").click();
    await page.locator(".bar b", { hasText: "lenet5" }).waitFor();
  }));

test("a network without classes shows its numbers in every panel", () =>
  toddle.open({ panel: "train" }, async (page) => {
    await page.getByRole("button", { name: "Open another" }).click();
    await card(page, "xor").click();
    await page.locator(".bar b", { hasText: "xor" }).waitFor();
    await press(page, "One epoch");
    await until(async () => (await figure(page, "epochs done")) === 1, "an epoch is over");
    assert.equal(await page.locator(".mistakes").count(), 0);
    await page.locator('nav a[href="#film"]').click();
    await page.locator(".film-samples .sample").first().waitFor();
    assert.equal(await page.locator(".film-samples .bad").count(), 0);
    await page.locator('nav a[href="#why"]').click();
    await page.locator(".why-body .sample").first().waitFor();
    assert.doesNotMatch((await page.locator(".why-body").textContent()) ?? "", /→ \?|undefined/);
    await page.locator(".sample-map").focus();
    await page.keyboard.press("ArrowRight");
    await page.locator("sample-map output", { hasText: /^Sample \d$/ }).waitFor();
    // A link may have numbers as the input. Their target is not known.
    await page.evaluate(async (file) => (await import(file)).store.look({ values: { shape: [2], f64: btoa("\0".repeat(16)) } }), "./store.js");
    await page.locator('nav a[href="#step"]').click();
    await page.locator("main .value").first().waitFor();
    await page.getByLabel("Place on the way through the network").fill("4");
    await page.getByText("The target of this input is not known").waitFor();
    await page.getByRole("button", { name: "Open another" }).click();
    await card(page, "lenet5").click();
    await agree(page);
    await page.locator(".bar b", { hasText: "lenet5" }).waitFor();
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
    await until(async () => (await page.locator(".figures dt", { hasText: "accuracy" }).locator("..").locator("dd").textContent())?.match(/^(9\d|100)/) !== null, "most points are right", 60_000);
    // The form shows the open network, and a change keeps the settings of the training.
    const hidden = page.getByLabel("Hidden layers");
    assert.equal(await hidden.inputValue(), "8, 8");
    // The panel may be built again between the text and the key.
    const batch = page.getByLabel("Batch");
    const lost = page.locator(".cockpit .hint", { hasText: "Lost" });
    await until(async () => {
      if ((await batch.inputValue()) !== "20") {
        await batch.fill("20");
        await batch.press("Tab");
      }
      return (await lost.count()) === 1;
    }, "the page says what the new batch has lost");
    await opening(page, () => page.getByLabel("Points", { exact: true }).selectOption("xor"));
    await page.locator("#state", { hasText: "not trained" }).waitFor();
    assert.equal(await page.getByLabel("Batch").inputValue(), "20");
    await opening(page, async () => {
      await hidden.fill("6");
      await hidden.press("Enter");
    });
    await page.locator(".bar .facts", { hasText: "3 layers" }).waitFor();
    await hidden.fill("6, many");
    await hidden.press("Enter");
    await until(async () => (await hidden.inputValue()) === "6", "a wrong list is taken back");
    await opening(page, () => page.getByLabel("x·y").check());
    await opening(page, async () => {
      await page.getByLabel("Seed").fill("3");
      await page.getByLabel("Seed").press("Enter");
    });
    // A new page of this session shows the same points in its form.
    await page.reload();
    await until(async () => (await page.getByLabel("Seed").inputValue()) === "3", "the form shows the seed");
    assert.ok(await page.getByLabel("x·y").isChecked());
    assert.equal(await page.getByLabel("Points", { exact: true }).inputValue(), "xor");
    assert.equal(await hidden.inputValue(), "6");
    await page.locator('nav a[href="#draw"]').click();
    await page.locator("canvas.plane").click({ position: { x: 60, y: 60 } });
    await page.locator(".said b").waitFor();
  }));

test("the question of the post is answered side by side", () =>
  toddle.open({ panel: "train" }, async (page) => {
    const rows = page.locator(".duel tbody tr");
    /** @param {string} name */
    const toggle = (name) => page.locator(".duel").getByRole("button", { name, exact: true });
    // The networks of the post learn in seconds, so they are paused at once.
    await page.getByRole("button", { name: "One convolution or two?" }).click();
    await toggle("Pause").click();
    await toggle("Go on").waitFor();
    await until(async () => (await rows.count()) === 2, "there are two networks");
    // The networks are there when the panel is shown again, also in a new page.
    await page.locator('nav a[href="#draw"]').click();
    await page.locator('nav a[href="#train"]').click();
    await until(async () => (await page.locator(".duel").count()) === 1, "there is one question");
    await until(async () => (await rows.count()) === 2, "the networks are still there");
    await page.reload();
    await until(async () => (await rows.count()) === 2, "a new page shows them");
    await toggle("Go on").click();
    await until(async () => (await rows.allTextContents()).every((text) => /[1-9]\d* of 20/.test(text)), "both have learned for an epoch", 120_000);
    await until(async () => (await page.locator(".duel line-chart path.curve").count()) === 4, "there are four curves");
  }));
