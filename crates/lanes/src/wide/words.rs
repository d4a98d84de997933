//! Random words of sixteen counters side by side: [`Simd::philox`](crate::Simd::philox).
//!
//! The rounds multiply words to products of 64 bits. So each word has 64 bits of a register, and the upper half may
//! hold anything. Counters with even index are in one register, and counters with odd index in another. Both are merged
//! at the end.

use crate::array;
use crate::random::{FACTORS, ROUNDS, advance};
use crate::simd::LANES;

/// One register of words. Each method is one or two instructions.
///
/// # Safety
/// Every method may be called only if the CPU has the features of the register. `load` and `store` access `LANES` words
/// and no other memory.
#[allow(clippy::missing_safety_doc, reason = "stated once for the trait")]
pub trait Words: Copy {
    /// Words in a register.
    const LANES: usize;

    unsafe fn load(from: *const u32) -> Self;
    unsafe fn store(self, to: *mut u32);
    /// `word` in every lower half.
    unsafe fn splat(word: u32) -> Self;
    unsafe fn xor(self, other: Self) -> Self;
    /// The products of the lower halves.
    unsafe fn product(self, other: Self) -> Self;
    /// The upper halves, moved to the lower halves.
    unsafe fn upper(self) -> Self;
    /// The lower halves of both registers, interleaved.
    unsafe fn zip(self, other: Self) -> Self;
}

/// The words of sixteen counters.
///
/// # Safety
/// The CPU has the features of `W`.
#[inline(always)]
pub unsafe fn philox<W: Words>(counter: [u32; 4], key: [u32; 2]) -> [[u32; LANES]; 4] {
    let second: [u32; LANES] = array!(|n| counter[1].wrapping_add(n as u32));
    let mut words = [[0; LANES]; 4];
    for first in (0..LANES).step_by(W::LANES) {
        // SAFETY: the caller guarantees the features; W::LANES words from `first` on end at the sixteenth word or
        // before it.
        unsafe {
            let second = W::load(second.as_ptr().add(first));
            let (even, odd) = (rounds(second, counter, key), rounds(second.upper(), counter, key));
            for n in 0..4 {
                even[n].zip(odd[n]).store(words[n].as_mut_ptr().add(first));
            }
        }
    }
    words
}

/// All rounds for the counters whose second words are given.
///
/// # Safety
/// The CPU has the features of `W`.
#[inline(always)]
unsafe fn rounds<W: Words>(second: W, [a, _, c, d]: [u32; 4], mut key: [u32; 2]) -> [W; 4] {
    // SAFETY: the caller guarantees the features.
    unsafe {
        let [mut a, mut b, mut c, mut d] = [W::splat(a), second, W::splat(c), W::splat(d)];
        for _ in 0..ROUNDS {
            let (left, right) = (a.product(W::splat(FACTORS[0])), c.product(W::splat(FACTORS[1])));
            a = right.upper().xor(b).xor(W::splat(key[0]));
            c = left.upper().xor(d).xor(W::splat(key[1]));
            (b, d) = (right, left);
            key = advance(key);
        }
        [a, b, c, d]
    }
}
