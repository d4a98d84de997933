// The page without a server: a folder of `toddle play --static`, as any web server offers it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { after, test } from "node:test";
import { stage, until } from "./toddle.js";

/** @typedef {import("playwright-core").Page} Page */

const ROOT = resolve(import.meta.dirname, "../../..");
const home = mkdtempSync(join(tmpdir(), "toddle-static-"));
const site = join(home, "site");

/** @param {string[]} words */
function toddle(...words) {
  return execFileSync(process.env.TODDLE ?? resolve(ROOT, "target/debug/toddle"), words, { cwd: home, stdio: ["ignore", "pipe", "pipe"] }).toString();
}

const TYPES = /** @type {Record<string, string>} */ ({ ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" });

/** Serves the folder as the simplest web server does, below an address with a path. */
async function serve() {
  const server = createServer((request, response) => {
    const name = (request.url ?? "").split("?")[0].replace(/^\/class\//, "") || "index.html";
    if (request.method !== "GET" || !readdirSync(site).includes(name)) return void response.writeHead(404).end("nothing is here");
    const edited = join(ROOT, "crates/play/page", name);
    const file = process.env.TODDLE_PAGE && name !== "index.html" && existsSync(edited) ? edited : join(site, name);
    response.writeHead(200, { "Content-Type": TYPES[extname(name)] ?? "application/octet-stream" }).end(readFileSync(file));
  });
  await new Promise((/** @type {(done: void) => void} */ done) => void server.listen(0, "127.0.0.1", done));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const stop = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `http://127.0.0.1:${port}/class/`, stop };
}

let missing = "";
try {
  toddle("play", "--static", site);
} catch (error) {
  missing = String(/** @type {{ stderr?: Buffer }} */ (error).stderr ?? error);
  if (!missing.includes(".ci/wasm")) throw error;
}
const skip = missing ? "the WebAssembly is not built: .ci/wasm builds it" : false;
const page = skip ? null : await stage([], serve);
after(async () => {
  await page?.stop();
  rmSync(home, { recursive: true });
});

/**
 * Opens an experiment of the list.
 *
 * @param {Page} page
 * @param {string} name
 */
async function choose(page, name) {
  await page.getByRole("button", { name: /^Open (another|a network)$/ }).click();
  await page.getByRole("button", { name: new RegExp(`^${name} `) }).click();
  await page.locator(".bar b", { hasText: name }).waitFor();
}

/**
 * Trains an experiment for an epoch, and compares its weights with those of the command.
 *
 * @param {string} name
 */
function trains(name) {
  return () =>
    page?.open({ panel: "train" }, async (page) => {
      await choose(page, name);
      const epochs = page.getByLabel("Epochs");
      await epochs.fill("1");
      await epochs.press("Tab");
      await page.locator(".cockpit .hint", { hasText: "Changed" }).waitFor();
      await page.locator(".cockpit").getByRole("button", { name: "Start", exact: true }).click();
      const done = page.getByText("SHA-256 of the weights");
      await done.waitFor({ timeout: 240_000 });
      const [shown] = /[0-9a-f]{64}/.exec((await done.textContent()) ?? "") ?? [];
      const words = ["--set", "train.epochs=1", "--set", "data.first=2000", "--json", "--out", join(home, name)];
      const { weights_sha256 } = JSON.parse(toddle("train", join(ROOT, `experiments/${name}.toml`), ...words));
      assert.equal(shown, weights_sha256);
    });
}

test("the post's network has the weights of the command", { skip }, trains("post"));
test("LeNet-5 has the weights of the command", { skip }, trains("lenet5"));

test("a digit that is drawn has an answer", { skip }, () =>
  page?.open({}, async (page) => {
    await choose(page, "lenet5");
    await page.getByText("ms from the input").waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    const said = page.locator(".bars .value");
    const box = await page.locator("canvas.pad").boundingBox();
    assert.ok(box);
    const { x, y, width, height } = box;
    /** @param {number} column */
    const stroke = async (column) => {
      await page.mouse.move(x + column * width, y + 0.2 * height);
      await page.mouse.down();
      await page.mouse.move(x + (column + 0.05) * width, y + 0.8 * height, { steps: 20 });
      await page.mouse.up();
    };
    await stroke(0.45);
    await until(async () => (await said.count()) === 10, "there are ten bars");
    const before = await said.allTextContents();
    await stroke(0.65);
    await until(async () => (await said.allTextContents()).join() !== before.join(), "the answer follows the stroke");
  }),
);

test("asks are answered while the network trains", { skip }, () =>
  page?.open({ panel: "train" }, async (page) => {
    await choose(page, "post");
    await page.locator(".cockpit").getByRole("button", { name: "Start", exact: true }).click();
    await page.locator("#state", { hasText: "training" }).waitFor();
    await page.locator('nav a[href="#step"]').click();
    await page.locator("step-panel .numbers-column").waitFor();
    await page.locator('nav a[href="#train"]').click();
    await page.locator(".cockpit").getByRole("button", { name: "Pause", exact: true }).click();
    await page.locator("#state", { hasText: "paused" }).waitFor();
  }),
);

test("a mistake is told, and a browser without the session says what to try", { skip }, () =>
  page?.open({ expects: [/worker/i, /Failed to load/, /is not there/] }, async (page) => {
    await page.route(/train-images/, (route) => route.fulfill({ status: 404, body: "nothing is here" }));
    await page.reload();
    await page.getByText("toddle has stopped in this browser: the file train-images-idx3-ubyte.gz is not there").waitFor();
    await page.getByText("Reload the page, or open it in another browser.").waitFor();
  }),
);

test("the folder has less than 4 MB before the data", { skip }, () => {
  const files = readdirSync(site).filter((name) => !name.includes("ubyte"));
  const bytes = files.reduce((sum, name) => sum + statSync(join(site, name)).size, 0);
  assert.ok(bytes < 4_000_000, `${bytes} bytes`);
});
