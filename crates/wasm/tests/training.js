// A training of `trainings.json`, in Node and in a browser.

/**
 * The answer of a session. An error is thrown.
 *
 * @param {{ handle(ask: string): string }} session
 * @param {object} question
 */
function ask(session, question) {
    const answer = JSON.parse(session.handle(JSON.stringify(question)));
    if (answer.error) throw new Error(answer.error.what);
    return answer;
}

/**
 * Trains for an epoch in fifty parts. The milliseconds are those of a step of the fastest part: in the others, other
 * programs may have taken the time of the core.
 *
 * @param {{ handle(ask: string): string, train_slice(steps: number): boolean }} session
 * @param {{ steps: number, open: object }} training
 */
export function train(session, training) {
    ask(session, training.open);
    ask(session, { ask: "change", epochs: 1 });
    ask(session, { ask: "train", do: "start" });
    const count = training.steps / 50;
    let milliseconds = Infinity;
    for (let part = 0; part < 50; part += 1) {
        const start = performance.now();
        session.train_slice(count);
        milliseconds = Math.min(milliseconds, (performance.now() - start) / count);
    }
    const { state, step, weights_sha256 } = ask(session, { ask: "news" });
    if (state !== "done" || step !== training.steps) throw new Error(`the training is ${state} after ${step} steps`);
    return { milliseconds, sha256: weights_sha256 };
}
