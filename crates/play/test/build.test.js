// Build a network with the pointer, the keys and as text, and open the same state again.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { card, opening, stage, until } from "./toddle.js";

const toddle = await stage(["experiments/lenet5.toml"]);
after(() => toddle.stop());

/** @typedef {import("playwright-core").Page} Page */

/** The kinds of the layers in the list. @param {Page} page */
function kinds(page) {
  return page.locator(".layer-row .toggle b").allTextContents();
}

/** @param {Page} page */
function text(page) {
  return page.getByLabel("The experiment in TOML").inputValue();
}

/** A mistake is answered with status 400, and the browser writes this into its console. */
const expects = [/status of 400/];

test("a layer is added, set and removed, and the text follows", () =>
  toddle.open({ panel: "build" }, async (page) => {
    await page.locator(".layer-row").first().waitFor();
    await page.locator('[data-key="toggle-8"]').click();
    await page.getByLabel("Kind of the new layer").selectOption("dropout");
    await page.getByRole("button", { name: "Add layer" }).click();
    await until(async () => (await kinds(page))[9] === "dropout", "the layer is in its place");
    await page.getByLabel("rate").fill("0.3");
    await page.getByLabel("rate").press("Tab");
    await until(async () => /dropout[^\]]*rate = 0\.3|rate = 0\.3[^\]]*dropout/.test(await text(page)), "the setting is in the text");
    await page.getByRole("button", { name: /^Remove dropout/ }).click();
    await until(async () => !(await text(page)).includes("dropout"), "the layer is gone from the text");
    await page.getByRole("button", { name: "Undo" }).click();
    await until(async () => (await kinds(page)).includes("dropout"), "the layer is back");
  }));

test("each setting is explained with its default", () =>
  toddle.open({ panel: "build" }, async (page) => {
    await page.locator('[data-key="toggle-0"]').click();
    const settings = page.locator(".layer-settings .field");
    assert.ok((await settings.count()) >= 8);
    await page.locator(".layer-settings", { hasText: "Default: 1." }).waitFor();
    assert.equal(await page.getByLabel("filters").inputValue(), "6");
  }));

test("the keys move a layer, and a mistake stands at its layer", () =>
  toddle.open({ panel: "build", expects }, async (page) => {
    await page.locator(".layer-row").first().waitFor();
    await page.locator('[data-key="handle-6"]').focus();
    await page.keyboard.press("ArrowDown");
    const wrong = page.locator(".layer-list > li.wrong");
    await wrong.waitFor();
    assert.match((await wrong.textContent()) ?? "", /dense[\s\S]*flatten/);
    assert.ok(await page.getByRole("button", { name: "Train this network" }).isDisabled());
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("data-key")), "handle-7");
    await page.keyboard.press("ArrowUp");
    await wrong.waitFor({ state: "detached" });
  }));

test("the pointer drags a layer", () =>
  toddle.open({ panel: "build" }, async (page) => {
    await page.locator(".layer-row").first().waitFor();
    const [from, to] = await Promise.all([1, 2].map((row) => page.locator(`[data-key="handle-${row}"]`).boundingBox()));
    assert.ok(from && to);
    await page.mouse.move(from.x + 8, from.y + 8);
    await page.mouse.down();
    await page.mouse.move(to.x + 8, to.y + 14, { steps: 4 });
    await page.mouse.up();
    await until(async () => (await kinds(page)).slice(0, 3).join() === "conv2d,avg_pool2d,tanh", "the layers have changed places");
    await until(async () => (await text(page)).indexOf("avg_pool2d") < (await text(page)).indexOf("tanh"), "the text follows");
  }));

test("a change of the text changes the list, and a mistake names its line", () =>
  toddle.open({ panel: "build", expects }, async (page) => {
    await page.locator(".layer-row").first().waitFor();
    const before = await text(page);
    const area = page.getByLabel("The experiment in TOML");
    await area.fill(before.replace("outputs = 84", "outputs = 64"));
    await page.locator(".layer-row", { hasText: "outputs 64" }).waitFor();
    await page.locator(".costs tbody th", { hasText: "dense3" }).waitFor();
    await area.fill(before.replace("outputs = 84", "outputs = many"));
    await page.locator(".mistake", { hasText: "Line" }).waitFor();
  }));

test("shapes, costs and receptive fields are listed", () =>
  toddle.open({ panel: "build" }, async (page) => {
    const rows = page.locator(".costs tbody tr");
    await rows.first().waitFor();
    assert.equal(await rows.count(), 12);
    assert.match((await rows.nth(3).textContent()) ?? "", /conv2.*16×10×10.*2,416.*240,000.*14×14/);
    assert.match((await page.locator(".costs tfoot").textContent()) ?? "", /61,706.*416,520/);
  }));

test("the network is trained with other layers, and the page says what is kept", () =>
  toddle.open({ panel: "build" }, async (page) => {
    await page.locator('[data-key="toggle-9"]').click();
    await page.getByLabel("outputs").fill("32");
    await page.getByLabel("outputs").press("Tab");
    await page.locator(".layer-row", { hasText: "outputs 32" }).waitFor();
    await page.waitForTimeout(500);
    await page.getByRole("button", { name: "Train this network" }).click();
    await page.locator(".hint", { hasText: "Kept" }).waitFor();
    await page.locator('nav a[href="#draw"]').click();
    await page.locator(".layer", { hasText: "dense2" }).locator(".shape", { hasText: "32" }).waitFor();
  }));

test("a link and a file open the same state again", () =>
  toddle.open({ panel: "step" }, async (page) => {
    await page.locator("main .value").first().waitFor();
    const number = page.getByLabel("Number of the sample");
    await number.fill("42");
    await number.press("Enter");
    await page.locator(".strip li").nth(3).getByRole("button").click();
    await page.getByText("Forward · conv2").waitFor();
    const place = await page.locator(".where").textContent();
    await page.getByRole("button", { name: "Share" }).click();
    const link = await page.getByLabel("The link").inputValue();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByText("Save as a file").click()]);
    const file = await readFile(await download.path());
    await number.fill("7");
    await number.press("Enter");
    // The page is open already: only the part of the address behind # changes.
    await page.goto(link);
    await until(async () => (await number.inputValue()) === "42", "the link is read");
    await page.getByText(place ?? "").waitFor();
    assert.equal(await number.inputValue(), "42");
    await page.goto(toddle.address);
    await page.getByRole("button", { name: "Share" }).click();
    await page.getByLabel("Open a saved file").setInputFiles({ name: "state.json", mimeType: "application/json", buffer: file });
    await page.getByText(place ?? "").waitFor();
  }));

/** Opens a link in a page of its own, which has not seen the state before. @param {Page} page */
async function shared(page) {
  await page.getByRole("button", { name: "Share" }).click();
  const link = await page.getByLabel("The link").inputValue();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  return link;
}

test("a shared experiment has the changes of its training, and shared points stay points", () =>
  toddle.open({ panel: "train" }, async (page) => {
    await page.getByLabel("Learning rate").fill("0.03");
    await page.getByLabel("Learning rate").press("Tab");
    await page.locator(".cockpit .hint", { hasText: "Kept" }).waitFor();
    const changed = await shared(page);
    await page.getByRole("button", { name: "Open another" }).click();
    await page.getByRole("button", { name: /points in a plane/ }).click();
    await page.locator("canvas.plane").waitFor();
    await opening(page, () => page.getByLabel("sin πx").check());
    await page.getByLabel("Batch").fill("25");
    await page.getByLabel("Batch").press("Tab");
    await page.locator(".cockpit .hint", { hasText: "Lost" }).waitFor();
    const points = await shared(page);
    await page.goto(changed);
    await page.locator(".bar b", { hasText: "lenet5" }).waitFor();
    await until(async () => (await page.getByLabel("Learning rate").inputValue()) === "0.03", "the rate is the changed one");
    await page.goto(points);
    await page.locator("canvas.plane").waitFor();
    assert.ok(await page.getByLabel("sin πx").isChecked());
    assert.equal(await page.getByLabel("Batch").inputValue(), "25");
    await page.getByRole("button", { name: "Open another" }).click();
    await card(page, "lenet5").click();
    await page.locator(".bar b", { hasText: "lenet5" }).waitFor();
  }));

test("a link that is cut off is refused with a message", () =>
  toddle.open({ panel: "draw" }, async (page) => {
    await page.goto(`${toddle.address.split("#")[0]}#step?abc`);
    await page.locator("#notice", { hasText: "The link cannot be read" }).waitFor();
  }));

test("an edit of the list keeps the edits of the text, and all of them are trained", () =>
  toddle.open({ panel: "build" }, async (page) => {
    const area = page.getByLabel("The experiment in TOML");
    await page.locator(".layer-row").first().waitFor();
    const before = await text(page);
    await area.fill(before.replace(/batch = \d+/, "batch = 48"));
    await page.getByRole("button", { name: "Undo" }).and(page.locator(":enabled")).waitFor();
    await page.locator('[data-key="toggle-9"]').click();
    await page.getByLabel("outputs").fill("40");
    await page.getByLabel("outputs").press("Tab");
    await until(async () => /outputs = 40/.test(await text(page)), "the layer is in the text");
    assert.match(await text(page), /batch = 48/);
    // A change of the training by another panel does not replace them, and neither does another panel.
    await page.locator('nav a[href="#train"]').click();
    await page.getByLabel("Epochs").fill("12");
    await page.getByLabel("Epochs").press("Tab");
    await page.locator(".cockpit .hint", { hasText: "Kept" }).waitFor();
    await page.locator('nav a[href="#build"]').click();
    assert.match(await text(page), /batch = 48/);
    assert.match(await text(page), /outputs = 40/);
    await page.getByRole("button", { name: "Train this network" }).click();
    await page.locator(".hint", { hasText: "The experiment is open" }).waitFor();
    await page.locator('nav a[href="#train"]').click();
    assert.equal(await page.getByLabel("Batch").inputValue(), "48");
    await page.locator('nav a[href="#build"]').click();
    await page.getByLabel("outputs").fill("41");
    await page.getByLabel("outputs").press("Tab");
    await until(async () => /outputs = 41/.test(await text(page)), "the layer is in the text");
    await page.getByRole("button", { name: "Drop all changes" }).click();
    await until(async () => /outputs = 40/.test(await text(page)), "the text is that of the open network");
  }));

test("the name of a layer is a text, also if it looks like a number", () =>
  toddle.open({ panel: "build" }, async (page) => {
    await page.locator('[data-key="toggle-0"]').click();
    await page.getByLabel("name", { exact: true }).fill("7");
    await page.getByLabel("name", { exact: true }).press("Tab");
    await until(async () => /name = "7"/.test(await text(page)), "the name is a text");
  }));
