// The page's side of the door to `toddle.wasm`: see crates/wasm/src/lib.rs.

/** The smallest module with a multiply-add of relaxed-simd: a function (v128, v128, v128) -> v128. */
const RELAXED = new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, // the beginning of a module
    1, 8, 1, 96, 3, 123, 123, 123, 1, 123, // the type of the function
    3, 2, 1, 0, // one function of this type
    10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2, 253, 133, 2, 11, // f32x4.relaxed_madd of its three arguments
]);

/** Whether the engine knows relaxed-simd. An engine that does not refuses a module that contains it. */
export function knowsRelaxed() {
    return WebAssembly.validate(RELAXED);
}

/** A session of toddle in WebAssembly. */
export class Door {
    #exports;

    /** @param {WebAssembly.Instance} instance */
    constructor(instance) {
        this.#exports = instance.exports;
    }

    /**
     * Loads the fastest module that gives the right bits here.
     * @param {(name: string) => Promise<BufferSource>} read reads a module
     */
    static async open(read) {
        const open = async (/** @type {string} */ name) => {
            const { instance } = await WebAssembly.instantiate(await read(name), {});
            const door = new Door(instance);
            // A module with relaxed-simd stops here if the engine rounds a multiply-add twice.
            door.ask({ ask: "instructions" });
            return door;
        };
        const slow = "toddle-simd128.wasm";
        return knowsRelaxed() ? open("toddle.wasm").catch(() => open(slow)) : open(slow);
    }

    /**
     * Asks the session. An answer that is a fault is thrown.
     * @param {object} question
     * @param {Uint8Array} [bytes] what stands behind the question
     */
    ask(question, bytes = new Uint8Array()) {
        const json = new TextEncoder().encode(JSON.stringify(question));
        const place = this.#exports.room(4 + json.length + bytes.length);
        const memory = () => new Uint8Array(this.#exports.memory.buffer);
        new DataView(this.#exports.memory.buffer).setUint32(place, json.length, true);
        memory().set(json, place + 4);
        memory().set(bytes, place + 4 + json.length);
        const length = this.#exports.ask();
        // The memory may have moved while it grew.
        const answer = JSON.parse(new TextDecoder().decode(memory().subarray(this.#exports.answer(), this.#exports.answer() + length)));
        if (answer.answer === "fault") throw new Error(answer.message);
        return answer;
    }
}
