// Pictures in colour: the network gets the colours of a file, and the canvas shows them.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { crc32, deflateSync } from "node:zlib";
import { stage, until } from "./toddle.js";

/**
 * A PNG file of 8×8 pixels of one colour.
 *
 * @param {number[]} colour
 */
function png(colour) {
  /** @param {string} kind @param {Buffer} data */
  const chunk = (kind, data) => {
    const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
    const ends = [Buffer.alloc(4), Buffer.alloc(4)];
    ends[0].writeUInt32BE(data.length);
    ends[1].writeUInt32BE(crc32(body));
    return Buffer.concat([ends[0], body, ends[1]]);
  };
  const head = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0]);
  const rows = Buffer.concat(Array.from({ length: 8 }, () => Buffer.from([0, ...Array(8).fill(colour).flat()])));
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

const home = mkdtempSync(join(tmpdir(), "toddle-colour-"));
for (const [name, place] of /** @type {[string, number][]} */ ([["blue", 2], ["red", 0]])) {
  mkdirSync(join(home, "pictures", name), { recursive: true });
  for (let n = 0; n < 10; n += 1) {
    const colour = [20, 30, 40];
    colour[place] = 150 + 10 * n;
    writeFileSync(join(home, "pictures", name, `${n}.png`), png(colour));
  }
}
writeFileSync(
  join(home, "colours.toml"),
  `version = 1
name = "colours"
[data]
images = ${JSON.stringify(join(home, "pictures"))}
validation = { samples = 4 }
[network]
layers = [{ kind = "conv2d", filters = 2, kernel = 3 }, { kind = "leaky_relu", slope = 0.3 }, "flatten", { kind = "dense", outputs = 2 }]
[train]
loss = "cross_entropy"
optimizer = { kind = "sgd", rate = 0.1 }
`,
);
const toddle = await stage([join(home, "colours.toml")]);
after(async () => {
  await toddle.stop();
  rmSync(home, { recursive: true });
});

test("a picture in colour stays in colour, and a stroke is drawn over it", () =>
  toddle.open({}, async (page) => {
    await page.locator(".said b").waitFor();
    const middle = () =>
      page.locator("canvas.pad").evaluate((canvas) => {
        const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext("2d"));
        context.drawImage(/** @type {HTMLCanvasElement} */ (canvas), -60, -60);
        return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
      });
    const asked = page.waitForRequest((request) => (request.postData() ?? "").includes('"picture"'));
    const file = png([10, 200, 90]);
    await page.getByLabel("Open a picture").setInputFiles({ name: "green.png", mimeType: "image/png", buffer: file });
    assert.equal(JSON.parse((await asked).postData() ?? "").input.picture, file.toString("base64"));
    await until(async () => String(await middle()) === "10,200,90", "the canvas has the colour");
    const drawn = page.waitForRequest((request) => (request.postData() ?? "").includes('"drawn"'));
    await page.locator("canvas.pad").click({ position: { x: 200, y: 200 } });
    const { shape, u8 } = JSON.parse((await drawn).postData() ?? "").input.drawn;
    assert.deepEqual(shape, [3, 140, 140]);
    const bytes = Buffer.from(u8, "base64");
    assert.deepEqual([0, 1, 2].map((channel) => bytes[channel * 140 * 140]), [10, 200, 90]);
  }));

test("the curve of an activation has the settings of its layer", () =>
  toddle.open({ panel: "step" }, async (page) => {
    await page.locator("main .value").first().waitFor();
    await page.getByLabel("Place on the way through the network").fill("1");
    const plot = page.locator(".function-plot");
    await plot.waitFor();
    // On the left the curve is 0.3 times as far below the axis as it is above the axis on the right.
    const [axis, curve] = await Promise.all([".axis", ".curve"].map((name) => plot.locator(name).getAttribute("d")));
    const heights = [...(curve ?? "").matchAll(/[ML]\S+ (\S+?)(?=L|$)/g)].map(([, y]) => Number(y));
    const zero = Number(/^M0 ([\d.]+)/.exec(axis ?? "")?.[1]);
    const slope = ((heights.at(0) ?? 0) - zero) / (zero - (heights.at(-1) ?? 0));
    assert.ok(Math.abs(slope - 0.3) < 0.01, `slope ${slope}`);
  }));
