// A training of `trainings.json`, in Node and in a browser.

/**
 * Trains through the door, in fifty parts. The milliseconds are those of a step of the fastest part: in the others, other programs may
 * have taken the time of the core.
 * @param {import("../page/door.js").Door} door
 * @param {{ steps: number, begin: object }} training
 * @param {Uint8Array} images pixels and labels
 */
export function train(door, training, images) {
    door.ask(training.begin, images);
    const count = training.steps / 50;
    let milliseconds = Infinity;
    for (let part = 0; part < 50; part += 1) {
        const start = performance.now();
        door.ask({ ask: "steps", count });
        milliseconds = Math.min(milliseconds, (performance.now() - start) / count);
    }
    return { milliseconds, sha256: door.ask({ ask: "weights" }).sha256 };
}
