//! What an instruction set says about one of its registers: its instructions, and the sizes by which kernels choose
//! their tiles.

use core::fmt::Debug;

use super::words::Words;
use crate::Float;
use crate::math::Constants;
use crate::simd::Kernel;

/// One register of elements. Each method is one or two instructions.
///
/// # Safety
/// Every method may be called only if the CPU has the features of the register. `load` and `store` access `LANES`
/// elements. `load_partial` accesses the elements whose mask is true. `store_partial` accesses the first `count`
/// elements, or all elements if there are fewer. `below` reads `LANES` words. The methods access no other memory.
#[allow(clippy::missing_safety_doc, reason = "stated once for the trait")]
pub trait Register: Copy + Debug {
    type T: Float;
    type Mask: Copy;
    /// A register of random words with the same width, which needs no other features.
    type Words: Words;
    /// The number of elements of a register.
    const LANES: usize;
    /// [`Simd::TILE_REGISTERS`](crate::Simd::TILE_REGISTERS)
    const TILE_REGISTERS: usize;
    /// [`Simd::FIRST_LEVEL`](crate::Simd::FIRST_LEVEL)
    const FIRST_LEVEL: usize;
    /// [`Simd::SECOND_LEVEL`](crate::Simd::SECOND_LEVEL)
    const SECOND_LEVEL: usize;

    unsafe fn splat(value: Self::T) -> Self;
    unsafe fn load(from: *const Self::T) -> Self;
    unsafe fn store(self, to: *mut Self::T);
    unsafe fn load_partial(from: *const Self::T, mask: Self::Mask) -> Self;
    unsafe fn store_partial(self, to: *mut Self::T, count: usize);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    unsafe fn div(self, other: Self) -> Self;
    unsafe fn neg(self) -> Self;
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self;
    unsafe fn abs(self) -> Self;
    unsafe fn sqrt(self) -> Self;
    unsafe fn copysign(self, sign: Self) -> Self;
    unsafe fn max(self, other: Self) -> Self;
    unsafe fn min(self, other: Self) -> Self;
    unsafe fn exp2i(self) -> Self;
    unsafe fn exponent(self) -> Self;
    unsafe fn lt(self, other: Self) -> Self::Mask;
    unsafe fn is_nan(self) -> Self::Mask;
    /// Compares the first `LANES` words: true where the word is below `limit`.
    unsafe fn below(words: *const u32, limit: u32) -> Self::Mask;
    unsafe fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
    #[inline(always)]
    unsafe fn canonical(self) -> Self {
        // SAFETY: the caller guarantees the features of the CPU.
        unsafe { Self::select(self.is_nan(), Self::splat(<Self::T as Constants>::NAN), self) }
    }
    /// True where the bits of `lanes` are set.
    unsafe fn mask(lanes: u32) -> Self::Mask;
    /// The sum of the elements by halves: the tree of [`tree_sum`](crate::tree_sum).
    unsafe fn sum(self) -> Self::T;
    /// Element `j` of register `i` becomes element `i` of register `j`, for the first `LANES` registers.
    unsafe fn transpose(rows: [Self; 16]) -> [Self; 16];
    /// Keeps the value in a register, before all loads that follow.
    unsafe fn pin(self) -> Self;
    /// Runs `kernel` as a separate function, compiled for the features of the register.
    unsafe fn outline<K: Kernel<Self::T>>(kernel: K) -> K::Output;
}

/// Transposes registers whose number equals their number of elements. Each round takes the first half and the second
/// half of the registers, and interleaves them. There is one round for each bit of an index.
macro_rules! zipped {
    ($rows:expr, $range:expr, |$one:ident, $other:ident| $zip:expr) => {{
        let (mut rows, range) = ($rows, $range);
        let half = range.len() / 2;
        for _ in 0..range.len().ilog2() {
            let halves = rows;
            for n in 0..half {
                let (at, to) = (range.start + n, range.start + 2 * n);
                let ($one, $other) = (halves[at], halves[at + half]);
                (rows[to], rows[to + 1]) = $zip;
            }
        }
        rows
    }};
}
pub(crate) use zipped;

/// The methods of a [`Register`] that are one intrinsic each.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! arithmetic {
    ($t:ty, $splat:ident, $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident, $div:ident, $sqrt:ident) => {
        type T = $t;

        #[inline(always)]
        unsafe fn splat(value: $t) -> Self {
            unsafe { $splat(value) }
        }
        #[inline(always)]
        unsafe fn load(from: *const $t) -> Self {
            unsafe { $load(from) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut $t) {
            unsafe { $store(to, self) }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            unsafe { $add(self, other) }
        }
        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            unsafe { $sub(self, other) }
        }
        #[inline(always)]
        unsafe fn mul(self, other: Self) -> Self {
            unsafe { $mul(self, other) }
        }
        #[inline(always)]
        unsafe fn div(self, other: Self) -> Self {
            unsafe { $div(self, other) }
        }
        #[inline(always)]
        unsafe fn sqrt(self) -> Self {
            unsafe { $sqrt(self) }
        }
    };
}
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(crate) use arithmetic;
