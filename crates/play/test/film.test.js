// The time machine: the film of this training, a slider through it, and a second film beside it.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { pixels, stage, until } from "./toddle.js";

const toddle = await stage(["experiments/lenet5.toml"]);
after(() => toddle.stop());

test("a slider goes through the film of a training, and a second film stands beside it", () =>
  toddle.open({ panel: "train" }, async (page) => {
    for (let epoch = 1; epoch <= 2; epoch += 1) {
      await page.locator(".cockpit").getByRole("button", { name: "One epoch" }).click();
      await until(async () => (await page.locator(".figures dd").nth(1).textContent()) === (938 * epoch).toLocaleString("en"), `epoch ${epoch} is over`, 120_000);
    }
    await page.locator('nav a[href="#film"]').click();
    const time = page.locator("film-panel .where");
    await until(async () => /epoch 2/.test((await time.textContent()) ?? ""), "the last frame is shown");
    const filters = page.locator("film-view .frame canvas.maps").first();
    const last = await pixels(filters);
    await page.getByLabel("Time of the training").fill("0");
    await until(async () => /epoch 0, step 0/.test((await time.textContent()) ?? ""), "the first frame is shown");
    await until(async () => (await pixels(page.locator("film-view .frame canvas.maps").first())) !== last, "the filters are those of the beginning");
    assert.equal(await page.locator(".film-samples .sample").count(), 12);
    const map = page.locator("film-view figure", { hasText: "Output of" }).locator("canvas").first();
    const one = await pixels(map);
    await page.locator(".film-samples .sample").nth(3).click();
    await until(async () => (await pixels(page.locator("film-view figure", { hasText: "Output of" }).locator("canvas").first())) !== one, "the maps are of another sample");
    await page.locator(".confusion-picture").waitFor();
    await page.getByLabel("beside").selectOption({ index: 1 });
    await until(async () => (await page.locator("film-view").count()) === 2, "there are two films");
    await page.getByRole("button", { name: "Play the film" }).click();
    await until(async () => /epoch 2.*epoch 2/.test((await time.textContent()) ?? ""), "both films play to the end");
  }));
