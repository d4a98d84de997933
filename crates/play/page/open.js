// Opens the module of WebAssembly that is right for the engine.

/** The smallest module with a multiply-add of relaxed-simd: a function (v128, v128, v128) -> v128. */
const RELAXED = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, // the beginning of a module
  1, 8, 1, 96, 3, 123, 123, 123, 1, 123, // the type of the function
  3, 2, 1, 0, // one function of this type
  10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2, 253, 133, 2, 11, // f32x4.relaxed_madd of its three arguments
]);

/**
 * What `load` returns of the fastest module that gives the right bits here.
 *
 * @template T
 * @param {(name: string) => Promise<T>} load imports `NAME.js`, starts its module, and makes a session. A module with relaxed-simd
 *   stops when a session is made if the engine rounds a multiply-add twice.
 */
export function open(load) {
  // An engine that does not know relaxed-simd refuses a module that contains it.
  return WebAssembly.validate(RELAXED) ? load("toddle").catch(() => load("toddle-simd128")) : load("toddle-simd128");
}
