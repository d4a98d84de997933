// Starts `toddle play` and a browser, and opens pages whose errors fail the test.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { chromium } from "playwright-core";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {{ width?: number, height?: number, theme?: "light" | "dark", panel?: string, touch?: boolean, expects?: RegExp[] }} Look */

const ROOT = resolve(import.meta.dirname, "../../..");

/**
 * Starts the command, and waits for the address that it prints.
 *
 * @param {string[]} words
 * @returns {Promise<{ address: string, stop: () => Promise<void> }>}
 */
async function start(words) {
  const given = process.env.TODDLE_PLAY_ADDRESS;
  if (given) return { address: given, stop: async () => {} };
  const child = spawn(process.env.TODDLE ?? resolve(ROOT, "target/debug/toddle"), ["play", ...words, "--no-browser"], { cwd: ROOT });
  let said = "";
  const address = await new Promise((found, failed) => {
    /** @param {Buffer} text */
    const read = (text) => {
      said += text;
      const [match] = /http:\/\/\S+/.exec(said) ?? [];
      if (match) found(match);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("exit", (status) => failed(new Error(`toddle play ended with ${status}: ${said}`)));
  });
  const stop = () => new Promise((/** @type {(done: void) => void} */ done) => {
    child.removeAllListeners("exit");
    child.on("exit", () => done());
    child.kill("SIGTERM");
  });
  return { address, stop };
}

/**
 * Runs a server and a browser for the tests of one file.
 *
 * @param {string[]} words what `toddle play` opens
 * @param {typeof start} serve what serves the page
 */
export async function stage(words, serve = start) {
  const server = await serve(words);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
  });
  return {
    address: server.address,
    /**
     * Opens a page, uses it, and fails if the page has complained.
     *
     * @param {Look} look
     * @param {(page: Page) => Promise<void>} use
     */
    async open(look, use) {
      const { width = 1280, height = width < 600 ? 740 : 900, theme = "light", panel = "draw", touch = false, expects = [] } = look;
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, hasTouch: touch, reducedMotion: "reduce", permissions: ["camera"] });
      const page = await context.newPage();
      page.setDefaultTimeout(Number(process.env.PATIENCE ?? 60_000));
      /** @type {string[]} */
      const faults = [];
      /** @param {string} text */
      const note = (text) => {
        if (!expects.some((expected) => expected.test(text))) faults.push(text);
      };
      page.on("pageerror", (error) => note(error.message));
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) note(message.text());
      });
      page.on("response", async (response) => {
        if (response.status() >= 400 && !expects.length) faults.push(`${response.request().postData()}: ${await response.text().catch(() => "")}`);
      });
      page.on("request", (request) => {
        const { protocol, origin } = new URL(request.url());
        if (protocol.startsWith("http") && origin !== new URL(server.address).origin) faults.push(`a request to ${request.url()}`);
      });
      if (process.env.TODDLE_PAGE && serve === start) await page.route(/\/[\w-]*(\.(js|css|svg|html))?$/, fromFolder);
      try {
        await page.goto(`${server.address.split("#")[0]}#${panel}`);
        await page.locator("main h1").waitFor();
        await use(page);
        assert.deepEqual(faults, [], "errors in the console");
      } finally {
        await page.unrouteAll({ behavior: "ignoreErrors" });
        await context.close();
      }
    },
    async stop() {
      await browser.close();
      await server.stop();
    },
  };
}

/**
 * Answers with the file of the folder `page` instead of the one in the program, and with the program's headers. So a change of the page can
 * be tested before the program is built again.
 *
 * @param {import("playwright-core").Route} route
 */
async function fromFolder(route) {
  const name = new URL(route.request().url()).pathname.split("/").at(-1) || "index.html";
  const body = await readFile(resolve(ROOT, "crates/play/page", name)).catch(() => null);
  if (!body || route.request().method() !== "GET") return route.continue();
  const contentType = { js: "text/javascript", css: "text/css", svg: "image/svg+xml", html: "text/html; charset=utf-8" }[name.split(".")[1]];
  return route.fulfill({ response: await route.fetch(), status: 200, ...(contentType ? { contentType } : {}), body });
}

/**
 * A number as the page writes it.
 *
 * @param {string | null} text
 */
export function read(text) {
  const [, mantissa, exponent] = /(−?\d[\d,]*(?:\.\d+)?)(?:·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?/.exec(text ?? "") ?? [];
  assert.ok(mantissa, `no number in ${text}`);
  const power = [...(exponent ?? "")].map((sign) => (sign === "⁻" ? "-" : "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(sign))).join("");
  return Number(`${mantissa.replace("−", "-").replaceAll(",", "")}e${power || 0}`);
}

/**
 * The pixels of a canvas, to see whether it has changed.
 *
 * @param {import("playwright-core").Locator} canvas
 * @returns {Promise<string>}
 */
export function pixels(canvas) {
  return canvas.evaluate((element) => /** @type {HTMLCanvasElement} */ (element).toDataURL());
}

/** The card of an experiment in the dialog that opens a network. @param {Page} page @param {string} name */
export function card(page, name) {
  return page.locator("dialog .card").filter({ has: page.getByText(name, { exact: true }) });
}

/**
 * Does something that opens another network, and waits until the page shows it.
 *
 * @param {Page} page
 * @param {() => Promise<unknown>} act
 */
export async function opening(page, act) {
  const answered = (/** @type {string} */ ask) =>
    page.waitForResponse((response) => (response.request().postData() ?? "").includes(`"ask":"${ask}"`));
  // The wait for news begins with the answer: news may come before `act` has ended.
  const opened = answered("open").then(() => answered("news"));
  await act();
  await opened;
  await page.waitForTimeout(200);
}

/** Ends the training of the open network, if the page asks. @param {Page} page */
export async function agree(page) {
  await page.getByRole("button", { name: "Open the other network" }).click();
}

/**
 * Waits until something holds.
 *
 * @param {() => Promise<boolean>} holds
 * @param {string} what
 * @param {number} [patience] in milliseconds
 */
export async function until(holds, what, patience = 60_000) {
  const end = Date.now() + patience;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `in vain waited until ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
