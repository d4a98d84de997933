// The trainings of the tests, and their digits.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const here = (/** @type {string} */ name) => readFileSync(new URL(name, import.meta.url));

/** @type {Record<string, { images: number, steps: number, open: object }>} */
export const trainings = JSON.parse(here("trainings.json").toString());

/** The first digits of MNIST as the four files that a session takes, with so many to train on. */
export function digits(/** @type {number} */ count) {
    const file = (/** @type {string} */ name, /** @type {number} */ header, /** @type {number} */ each, /** @type {number} */ count) => {
        const bytes = gunzipSync(here(`../../../data/mnist/${name}.gz`)).subarray(0, header + count * each);
        bytes.writeUInt32BE(count, 4);
        return bytes;
    };
    const half = (/** @type {string} */ name, /** @type {number} */ count) =>
        [file(`${name}-images-idx3-ubyte`, 16, 784, count), file(`${name}-labels-idx1-ubyte`, 8, 1, count)];
    return [...half("train", count), ...half("t10k", 500)];
}
