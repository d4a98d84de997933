// Why this answer: each method as a person uses it.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { pixels, read, stage, until } from "./toddle.js";

const toddle = await stage(["experiments/lenet5.toml"]);
after(() => toddle.stop());

test("three maps say what speaks for the answer and what against it", () =>
  toddle.open({ panel: "why" }, async (page) => {
    const maps = page.locator(".why-maps canvas.maps");
    await page.locator(".why-maps .num", { hasText: "The parts add up" }).first().waitFor({ timeout: 60_000 });
    assert.equal(await maps.count(), 3);
    const text = (await page.locator(".why-maps .hint.num", { hasText: "The parts add up" }).last().textContent()) ?? "";
    const [sum, score, zeros] = text.split(/score is|, and /).map(read);
    assert.ok(Math.abs(score - zeros - sum) < 0.02 * Math.max(1, Math.abs(score)), text);
    const before = await pixels(maps.first());
    const asked = page.getByLabel("The class that is asked about");
    await asked.selectOption((await asked.inputValue()) === "3" ? "5" : "3");
    await until(async () => (await maps.count()) === 3 && (await pixels(maps.first())) !== before, "the maps are about another class");
  }));

test("another class, asked in between, does not keep the rest from coming", () =>
  toddle.open({ panel: "why" }, async (page) => {
    await page.getByLabel("The class that is asked about").waitFor();
    for (const digit of ["2", "8", "4"]) await page.getByLabel("The class that is asked about").selectOption(digit);
    await page.locator(".why-body .sample").first().waitFor({ timeout: 60_000 });
    await page.getByText("of the variance").waitFor();
    // An answer about the sample before does not stay.
    await page.getByRole("button", { name: "Find it" }).click();
    await page.getByRole("button", { name: "Next sample" }).click();
    await page.locator(".why-body .sample").first().waitFor({ timeout: 60_000 });
    await page.waitForTimeout(1000);
    assert.equal(await page.locator(".nudge-row").count(), 0);
  }));

test("the smallest change turns the answer", () =>
  toddle.open({ panel: "why" }, async (page) => {
    await page.getByRole("button", { name: "Find it" }).click();
    await page.getByText(/A change of [\d.]+ % of the range of a pixel turns \d into \d\./).waitFor();
    assert.equal(await page.locator(".nudge-row figure").count(), 3);
    const [before, after] = await page.locator(".nudge-row figcaption b").allTextContents();
    assert.notEqual(before, after);
  }));

test("the nearest training samples are shown, and one of them opens", () =>
  toddle.open({ panel: "why" }, async (page) => {
    const samples = page.locator(".why-body .sample");
    await samples.first().waitFor({ timeout: 60_000 });
    assert.equal(await samples.count(), 12);
    await samples.first().click();
    await page.getByRole("heading", { name: "Draw and watch" }).waitFor();
    assert.equal(await page.getByLabel("Which samples").inputValue(), "train");
  }));

test("a point of the map opens its sample, with the pointer and with the keys", () =>
  toddle.open({ panel: "why" }, async (page) => {
    const map = page.locator(".sample-map");
    await page.getByText("of the variance").waitFor({ timeout: 60_000 });
    const number = page.getByLabel("Number of the sample");
    await map.focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.getByText(/Sample \d+: \d, the network says \d/).waitFor();
    const [, chosen] = /Sample (\d+)/.exec((await page.locator("sample-map output").textContent()) ?? "") ?? [];
    await page.keyboard.press("Enter");
    await until(async () => (await number.inputValue()) === chosen, "the sample is the input");
  }));

test("a unit shows what excites it most", () =>
  toddle.open({ panel: "why" }, async (page) => {
    await page.getByLabel("Layer of the unit").selectOption("conv2");
    await page.getByLabel("Number of the unit").fill("5");
    await page.getByRole("button", { name: "Show" }).click();
    const text = page.getByText(/The unit has .* for the noise and .* for this input/);
    await text.waitFor();
    const [before, afterwards] = ((await text.textContent()) ?? "").split("noise").map(read);
    assert.ok(afterwards > before);
  }));
