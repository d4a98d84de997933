// The report of a run, opened from the file system.

import axe from "axe-core";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { pixels } from "./toddle.js";

const ROOT = resolve(import.meta.dirname, "../../..");
const home = mkdtempSync(join(tmpdir(), "toddle-report-"));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
after(async () => {
  await browser.close();
  rmSync(home, { recursive: true });
});

/** @param {string[]} words */
function toddle(...words) {
  execFileSync(process.env.TODDLE ?? resolve(ROOT, "target/debug/toddle"), words, { cwd: home, stdio: "pipe" });
}
const lenet = join(ROOT, "experiments/lenet5.toml");
const few = ["--set", "data.first=500", "--set", "train.epochs=3", "--quiet"];
toddle("train", lenet, "--out", "one", ...few);
toddle("train", lenet, "--out", "two", "--set", "seed=1", ...few);
toddle("report", "one", "two", "--out", "both.html");

for (const [file, sections] of /** @type {[string, number][]} */ ([["one/report.html", 12], ["both.html", 25]])) {
  for (const theme of /** @type {("light" | "dark")[]} */ (["light", "dark"])) {
    for (const width of [360, 1280, 2560]) {
      test(`${file} in ${theme}, ${width} pixels wide`, async () => {
        const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme });
        const page = await context.newPage();
        /** @type {string[]} */
        const faults = [];
        page.on("pageerror", (error) => faults.push(error.message));
        page.on("console", (message) => faults.push(message.text()));
        page.on("request", (request) => {
          if (!/^(file|data):/.test(request.url())) faults.push(`a request to ${request.url()}`);
        });
        try {
          const path = join(home, file);
          assert.ok(statSync(path).size < 3_000_000);
          await page.goto(pathToFileURL(path).href);
          assert.equal(await page.locator("section").count(), sections);
          for (const run of await page.locator("details.run > summary").all()) await run.click();

          const film = page.locator(".film").first();
          const filter = film.locator("[data-part=filters] canvas").first();
          const trained = await pixels(filter);
          await film.locator("input").focus();
          await page.keyboard.press("Home");
          assert.equal(await film.locator("output").textContent(), "0");
          assert.equal(await film.locator("input").getAttribute("aria-valuetext"), "epoch 0");
          assert.notEqual(await pixels(filter), trained);

          const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          assert.ok(over <= 0, `${over} pixels wider than the screen`);
          await page.evaluate(axe.source);
          const found = await page.evaluate(() => /** @type {{ axe: typeof import("axe-core") }} */ (/** @type {unknown} */ (window)).axe.run());
          assert.deepEqual(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`), []);
          assert.deepEqual(faults, [], "errors in the console");
        } finally {
          await context.close();
        }
      });
    }
  }
}
