// Takes the pictures of docs/play.md: `TODDLE=… node pictures.js`. The network has learned for two epochs.

import { resolve } from "node:path";
import { stage, until } from "./toddle.js";

const FOLDER = resolve(import.meta.dirname, "../../../docs/pictures");
const toddle = await stage(["experiments/lenet5.toml"]);

await toddle.open({ panel: "train", width: 1120, height: 760 }, async (page) => {
  /** @param {string} name */
  const take = async (name) => {
    await page.waitForTimeout(1500);
    await page.screenshot({ path: resolve(FOLDER, `play-${name}.png`) });
  };
  /** @param {string} panel */
  const go = async (panel) => {
    await page.locator(`nav a[href="#${panel}"]`).click();
    await page.evaluate(() => scrollTo(0, 100));
  };
  await page.locator(".cockpit").getByRole("button", { name: "Start" }).click();
  await until(async () => (await page.locator(".figures dd").first().textContent())?.startsWith("2") === true, "two epochs are over", 180_000);
  await page.locator(".cockpit").getByRole("button", { name: "Pause" }).click();
  await page.locator(".samples .sample").first().waitFor({ timeout: 60_000 });
  await page.evaluate(() => scrollTo(0, 240));
  await take("train");
  await go("draw");
  await page.getByRole("button", { name: "Clear" }).click();
  const box = await page.locator("canvas.pad").boundingBox();
  if (!box) throw new Error("there is no canvas");
  const points = [[0.3, 0.35], [0.4, 0.22], [0.6, 0.22], [0.66, 0.36], [0.5, 0.48], [0.66, 0.6], [0.6, 0.78], [0.42, 0.8], [0.3, 0.7]];
  await page.mouse.move(box.x + points[0][0] * box.width, box.y + points[0][1] * box.height);
  await page.mouse.down();
  for (const [x, y] of points) await page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 6 });
  await page.mouse.up();
  await take("draw");
  await go("step");
  await page.locator(".strip li").nth(3).getByRole("button").click();
  await page.evaluate(() => scrollTo(0, 250));
  await take("step");
  await go("why");
  await page.getByText("of the variance").waitFor({ timeout: 60_000 });
  await take("why");
  await go("build");
  await take("build");
});
await toddle.stop();
