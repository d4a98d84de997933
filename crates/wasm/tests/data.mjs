// The trainings of the tests, and their samples.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const here = (/** @type {string} */ name) => readFileSync(new URL(name, import.meta.url));

/** @type {Record<string, { samples: number, steps: number, begin: object }>} */
export const trainings = JSON.parse(here("trainings.json").toString());

/** The pixels of the first training images of MNIST, and then their labels. */
export function images(/** @type {number} */ count) {
    const file = (/** @type {string} */ name, /** @type {number} */ header, /** @type {number} */ each) =>
        gunzipSync(here(`../../../data/mnist/${name}.gz`)).subarray(header, header + count * each);
    return Buffer.concat([file("train-images-idx3-ubyte", 16, 784), file("train-labels-idx1-ubyte", 8, 1)]);
}
