// A training of `trainings.json`, in Node and in a browser.
import { ask } from "../page/open.js";

/**
 * Trains in fifty parts. The milliseconds are those of a step of the fastest part: in the others, other programs may
 * have taken the time of the core.
 * @param {Parameters<typeof ask>[0]} session
 * @param {{ steps: number, begin: object }} training
 * @param {Uint8Array} images pixels and labels
 */
export function train(session, training, images) {
    ask(session, { ask: "instructions" });
    ask(session, training.begin, images);
    const count = training.steps / 50;
    let milliseconds = Infinity;
    for (let part = 0; part < 50; part += 1) {
        const start = performance.now();
        ask(session, { ask: "steps", count });
        milliseconds = Math.min(milliseconds, (performance.now() - start) / count);
    }
    return { milliseconds, sha256: ask(session, { ask: "weights" }).sha256 };
}
