// Trains natively, in Node and in Chromium, and compares the weights:
//   node run.mjs MODULES NATIVE [FILE]
// MODULES is the folder of the modules, NATIVE the program examples/native.rs. With FILE, it measures three rounds in turn, and
// writes them. CHROMIUM is the browser, and playwright-core is found through NODE_PATH; without them only Node is tested.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { digits, trainings } from "./data.mjs";

const [modules, native, record] = process.argv.slice(2);
const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const run = (/** @type {string} */ program, /** @type {string[]} */ words) => JSON.parse(execFileSync(program, words).toString());

/** What trains: each gives a digest and the milliseconds of a step. @type {Record<string, (name: string) => any>} */
const machines = {
    native: (name) => run(native, [name]),
    "Node, relaxed-simd": (name) => run("node", ["--experimental-wasm-relaxed-simd", here("node.mjs"), modules, "toddle", name]),
    "Node, simd128": (name) => run("node", [here("node.mjs"), modules, "toddle-simd128", name]),
};

const browser = await chromium();
if (browser) {
    machines["Chromium, relaxed-simd"] = (name) => browser.train("toddle", name);
    machines["Chromium, simd128"] = (name) => browser.train("toddle-simd128", name);
}

const measures = [];
for (const name of Object.keys(trainings)) {
    /** @type {Record<string, number[]>} */
    const times = {};
    let expected = "";
    for (let round = 0; round < (record ? 3 : 1); round += 1) {
        for (const [machine, train] of Object.entries(machines)) {
            const { milliseconds, sha256 } = await train(name);
            expected ||= sha256;
            if (sha256 !== expected) throw new Error(`${name}: ${machine} has the weights ${sha256}, and native ${expected}`);
            (times[machine] ??= []).push(milliseconds);
        }
    }
    console.log(`${name}: the same weights ${expected}`);
    for (const [machine, all] of Object.entries(times)) {
        const median = [...all].sort((a, b) => a - b)[all.length >> 1];
        console.log(`  ${machine}: ${median.toPrecision(3)} ms a step`);
        measures.push({ training: name, machine, steps: trainings[name].steps, sha256: expected, median_ms: median, ms: all });
    }
}
if (browser) {
    console.log(`Chromium opens ${await browser.opened()}`);
    await browser.close();
}

if (record) {
    const output = (/** @type {string} */ program, /** @type {string[]} */ words) => execFileSync(program, words).toString().trim();
    const about = {
        machine: { cpu: cpus()[0].model, cores: cpus().length, load: loadavg() },
        commit: output("git", ["describe", "--always", "--dirty", "--abbrev=12"]),
        compiler: output("rustc", ["--version"]),
        node: process.version,
        chromium: browser?.version ?? null,
        command: ".ci/wasm FILE",
        measures,
    };
    writeFileSync(record, `${JSON.stringify(about, null, 2)}\n`);
}

/** A browser that trains, or null if there is none. */
async function chromium() {
    let playwright;
    try {
        playwright = createRequire(import.meta.url)("playwright-core");
    } catch {
        console.log("playwright-core is not here: Chromium is not tested");
        return null;
    }
    const browser = await playwright.chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
    /** @type {Record<string, () => [string, string | Buffer]>} */
    const files = {
        "/": () => ["text/html", "<!doctype html><title>toddle</title>"],
        "/open.js": () => ["text/javascript", readFileSync(here("../../play/page/open.js"))],
        "/training.js": () => ["text/javascript", readFileSync(here("training.js"))],
    };
    for (const { images } of Object.values(trainings)) {
        for (const file of [0, 1, 2, 3]) {
            files[`/digits/${images}/${file}`] = () => ["application/octet-stream", digits(images)[file]];
        }
    }
    for (const name of ["toddle", "toddle-simd128"]) {
        files[`/${name}.js`] = () => ["text/javascript", readFileSync(`${modules}/${name}.js`)];
        files[`/${name}_bg.wasm`] = () => ["application/wasm", readFileSync(`${modules}/${name}_bg.wasm`)];
    }
    const server = createServer((request, response) => {
        const file = files[request.url ?? ""];
        if (!file) return void response.writeHead(404).end();
        const [type, content] = file();
        response.writeHead(200, { "Content-Type": type }).end(content);
    });
    await new Promise((resolve) => void server.listen(0, "127.0.0.1", () => resolve(null)));
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/`);
    return {
        version: browser.version(),
        train: (/** @type {string} */ module, /** @type {string} */ name) =>
            page.evaluate(
                async (/** @type {[string, any]} */ [module, training]) => {
                    const { default: start, Session } = await import(`/${module}.js`);
                    await start();
                    const { train } = await import("/training.js");
                    const file = async (/** @type {number} */ n) => new Uint8Array(await (await fetch(`/digits/${training.images}/${n}`)).arrayBuffer());
                    return train(new Session(...(await Promise.all([0, 1, 2, 3].map(file)))), training);
                },
                [module, trainings[name]],
            ),
        /** The modules that `open.js` loads here. */
        opened: () =>
            page.evaluate(async () => {
                const { open } = await import("/open.js");
                /** @type {string[]} */
                const loaded = [];
                await open(async (/** @type {string} */ name) => {
                    loaded.push(name);
                    const { default: start, Session } = await import(`/${name}.js`);
                    await start();
                    const file = async (/** @type {number} */ n) => new Uint8Array(await (await fetch(`/digits/2000/${n}`)).arrayBuffer());
                    return new Session(...(await Promise.all([0, 1, 2, 3].map(file))));
                });
                return loaded.join(", then ");
            }),
        close: async () => {
            await browser.close();
            server.close();
        },
    };
}
