// A training of `trainings.json`, in Node and in a browser.

/**
 * Trains through the door. Milliseconds are those of a step.
 * @param {import("../page/door.js").Door} door
 * @param {{ steps: number, begin: object }} training
 * @param {Uint8Array} images pixels and labels
 */
export function train(door, training, images) {
    door.ask(training.begin, images);
    const start = performance.now();
    door.ask({ ask: "steps", count: training.steps });
    const milliseconds = (performance.now() - start) / training.steps;
    return { milliseconds, sha256: door.ask({ ask: "weights" }).sha256 };
}
