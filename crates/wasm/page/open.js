// Opens the module of toddle that is right for the engine, and asks its session.

/** The smallest module with a multiply-add of relaxed-simd: a function (v128, v128, v128) -> v128. */
const RELAXED = new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, // the beginning of a module
    1, 8, 1, 96, 3, 123, 123, 123, 1, 123, // the type of the function
    3, 2, 1, 0, // one function of this type
    10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2, 253, 133, 2, 11, // f32x4.relaxed_madd of its three arguments
]);

/**
 * A session in the fastest module that gives the right bits here.
 * @param {(name: string) => Promise<any>} load imports `NAME.js` and starts its module
 */
export async function open(load) {
    const start = async (/** @type {string} */ name) => {
        const { Session } = await load(name);
        const session = new Session();
        // A module with relaxed-simd stops here if the engine rounds a multiply-add twice.
        ask(session, { ask: "instructions" });
        return session;
    };
    // An engine that does not know relaxed-simd refuses a module that contains it.
    return WebAssembly.validate(RELAXED) ? start("toddle").catch(() => start("toddle-simd128")) : start("toddle-simd128");
}

/**
 * The answer of a session. An answer that is a fault is thrown.
 * @param {{ answer(question: string, bytes: Uint8Array): string }} session
 * @param {object} question
 * @param {Uint8Array} [bytes] the bytes that belong to the question
 */
export function ask(session, question, bytes = new Uint8Array()) {
    const answer = JSON.parse(session.answer(JSON.stringify(question), bytes));
    if (answer.answer === "fault") throw new Error(answer.message);
    return answer;
}
