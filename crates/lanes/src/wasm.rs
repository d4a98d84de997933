//! WebAssembly: registers of 128 bits, for a module that is compiled with `simd128`.
//!
//! Only the extension `relaxed-simd` has a multiply-add, and an engine may round it once or twice. A module with the
//! extension runs only where it is rounded once: see [`check`]. A module without the extension computes the fused
//! multiply-add in software, with the same bits.

use core::arch::wasm32::*;

use crate::isa::Compiled;
use crate::math::Constants;
use crate::simd::Kernel;
use crate::wide::{Register, Token, Words, zipped};

/// Sixteen `f32` in four registers.
pub(crate) type Simd128F32 = Token<F32x4, 4>;
/// Sixteen `f64` in eight registers.
pub(crate) type Simd128F64 = Token<F64x2, 8>;

/// Four `f32`.
#[derive(Clone, Copy, Debug)]
pub struct F32x4(v128);

/// Two `f64`.
#[derive(Clone, Copy, Debug)]
pub struct F64x2(v128);

/// `a·b + c` of registers of `f32` and of `f64`, by an instruction.
#[cfg(target_feature = "relaxed-simd")]
mod fused {
    pub use core::arch::wasm32::{f32x4_relaxed_madd as f32x4, f64x2_relaxed_madd as f64x2};
}

/// `a·b + c` of registers of `f32` and of `f64`, rounded once, in software.
#[cfg(not(target_feature = "relaxed-simd"))]
mod fused;

/// Checks that `a·b + c` is rounded once here. Only the engine knows it.
///
/// # Panics
/// If it is rounded twice.
pub(crate) fn check() {
    assert!(is_fused(), "this engine rounds a multiply-add twice: load the module without relaxed-simd");
}

fn is_fused() -> bool {
    use core::hint::black_box;

    // (1 + ε)² − (1 + 2ε) = ε². A product that is rounded first loses ε².
    let (small, tiny) = (black_box(1.0f32 / 4096.0), black_box(1.0 / f64::from(1 << 27)));
    let one = f32x4_splat(1.0 + small);
    let f32s = f32x4_eq(fused::f32x4(one, one, f32x4_splat(-1.0 - 2.0 * small)), f32x4_splat(small * small));
    let one = f64x2_splat(1.0 + tiny);
    let f64s = f64x2_eq(fused::f64x2(one, one, f64x2_splat(-1.0 - 2.0 * tiny)), f64x2_splat(tiny * tiny));
    let all = v128_and(f32s, f64s);
    u8x16_all_true(all)
}

/// The operations that have the same names for both types of number. A shift by `$fraction` bits moves the exponent to the
/// lowest bits, or back.
macro_rules! shared {
    ($t:ident, $fused:ident, $splat:ident, $add:ident, $sub:ident, $mul:ident, $div:ident, $neg:ident, $abs:ident,
     $sqrt:ident, $pmax:ident, $pmin:ident, $lt:ident, $ne:ident, $left:ident, $right:ident, $fraction:literal,
     $bits:ident, $ne_bits:ident, $lanes:expr, $low:expr, $high:expr) => {
        type T = $t;
        type Mask = v128;
        type Words = v128;
        const LANES: usize = 16 / size_of::<$t>();
        /// An engine has the 16 registers of x86-64, or the 32 of aarch64.
        const TILE_REGISTERS: usize = 12;
        const FIRST_LEVEL: usize = 32 << 10;
        const SECOND_LEVEL: usize = 256 << 10;

        #[inline(always)]
        unsafe fn outline<K: Kernel<$t>>(kernel: K) -> K::Output {
            kernel.simd128()
        }
        #[inline(always)]
        unsafe fn pin(self) -> Self {
            // The engine places values in registers.
            self
        }
        #[inline(always)]
        unsafe fn splat(value: $t) -> Self {
            Self($splat(value))
        }
        #[inline(always)]
        unsafe fn load(from: *const $t) -> Self {
            unsafe { Self(v128_load(from.cast())) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut $t) {
            unsafe { v128_store(to.cast(), self.0) }
        }
        #[inline(always)]
        unsafe fn load_partial(from: *const $t, mask: v128) -> Self {
            // There is no masked load.
            let lanes = i8x16_bitmask(mask);
            let mut values = [0.0; 16 / size_of::<$t>()];
            for (lane, value) in values.iter_mut().enumerate() {
                if lanes & 1 << (lane * size_of::<$t>()) != 0 {
                    *value = unsafe { *from.add(lane) };
                }
            }
            unsafe { Self::load(values.as_ptr()) }
        }
        #[inline(always)]
        unsafe fn store_partial(self, to: *mut $t, count: usize) {
            let mut values = [0.0; 16 / size_of::<$t>()];
            unsafe { self.store(values.as_mut_ptr()) };
            for (lane, value) in values.into_iter().take(count).enumerate() {
                unsafe { *to.add(lane) = value };
            }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            Self($add(self.0, other.0))
        }
        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            Self($sub(self.0, other.0))
        }
        #[inline(always)]
        unsafe fn mul(self, other: Self) -> Self {
            Self($mul(self.0, other.0))
        }
        #[inline(always)]
        unsafe fn div(self, other: Self) -> Self {
            Self($div(self.0, other.0))
        }
        #[inline(always)]
        unsafe fn neg(self) -> Self {
            Self($neg(self.0))
        }
        #[inline(always)]
        unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
            Self(fused::$fused(self.0, factor.0, term.0))
        }
        #[inline(always)]
        unsafe fn abs(self) -> Self {
            Self($abs(self.0))
        }
        #[inline(always)]
        unsafe fn sqrt(self) -> Self {
            Self($sqrt(self.0))
        }
        #[inline(always)]
        unsafe fn copysign(self, sign: Self) -> Self {
            Self(v128_bitselect(sign.0, self.0, $splat(-0.0)))
        }
        #[inline(always)]
        unsafe fn max(self, other: Self) -> Self {
            // `pmax` gives its first operand if they are equal or if either is NaN.
            Self($pmax(other.0, self.0))
        }
        #[inline(always)]
        unsafe fn min(self, other: Self) -> Self {
            Self($pmin(other.0, self.0))
        }
        #[inline(always)]
        unsafe fn exp2i(self) -> Self {
            Self($left($add(self.0, $splat(<$t>::BIASED_ROUNDER)), $fraction))
        }
        #[inline(always)]
        unsafe fn exponent(self) -> Self {
            let number = v128_or($right(self.0, $fraction), $splat(<$t>::ROUNDER));
            Self($sub(number, $splat(<$t>::BIASED_ROUNDER)))
        }
        #[inline(always)]
        unsafe fn lt(self, other: Self) -> v128 {
            $lt(self.0, other.0)
        }
        #[inline(always)]
        unsafe fn is_nan(self) -> v128 {
            $ne(self.0, self.0)
        }
        #[inline(always)]
        unsafe fn select(mask: v128, yes: Self, no: Self) -> Self {
            Self(v128_bitselect(yes.0, no.0, mask))
        }
        #[inline(always)]
        unsafe fn mask(lanes: u32) -> v128 {
            $ne_bits(v128_and($bits(lanes.into()), $lanes), $bits(0))
        }
        #[inline(always)]
        unsafe fn transpose(rows: [Self; 16]) -> [Self; 16] {
            zipped!(rows, 0..16 / size_of::<$t>(), |one, other| (
                Self($low(one.0, other.0)),
                Self($high(one.0, other.0))
            ))
        }
    };
}

// SAFETY, for every block from here on: the caller of each method guarantees the memory. The instructions are those of
// the whole module.

#[allow(clippy::undocumented_unsafe_blocks, reason = "one reason serves the file")]
impl Register for F32x4 {
    shared!(
        f32,
        f32x4,
        f32x4_splat,
        f32x4_add,
        f32x4_sub,
        f32x4_mul,
        f32x4_div,
        f32x4_neg,
        f32x4_abs,
        f32x4_sqrt,
        f32x4_pmax,
        f32x4_pmin,
        f32x4_lt,
        f32x4_ne,
        u32x4_shl,
        u32x4_shr,
        23,
        u32x4_splat,
        u32x4_ne,
        u32x4(1, 2, 4, 8),
        u32x4_shuffle::<0, 4, 1, 5>,
        u32x4_shuffle::<2, 6, 3, 7>
    );

    #[inline(always)]
    unsafe fn below(words: *const u32, limit: u32) -> v128 {
        unsafe { u32x4_lt(v128_load(words.cast()), u32x4_splat(limit)) }
    }
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        let two = f32x4_add(self.0, u32x4_shuffle::<2, 3, 2, 3>(self.0, self.0));
        f32x4_extract_lane::<0>(two) + f32x4_extract_lane::<1>(two)
    }
}

#[allow(clippy::undocumented_unsafe_blocks, reason = "one reason serves the file")]
impl Register for F64x2 {
    shared!(
        f64,
        f64x2,
        f64x2_splat,
        f64x2_add,
        f64x2_sub,
        f64x2_mul,
        f64x2_div,
        f64x2_neg,
        f64x2_abs,
        f64x2_sqrt,
        f64x2_pmax,
        f64x2_pmin,
        f64x2_lt,
        f64x2_ne,
        u64x2_shl,
        u64x2_shr,
        52,
        u64x2_splat,
        u64x2_ne,
        u64x2(1, 2),
        u64x2_shuffle::<0, 2>,
        u64x2_shuffle::<1, 3>
    );

    #[inline(always)]
    unsafe fn below(words: *const u32, limit: u32) -> v128 {
        // As numbers of 64 bits, all words are positive.
        unsafe { i64x2_lt(u64x2_load_extend_u32x2(words), u64x2_splat(limit.into())) }
    }
    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        f64x2_extract_lane::<0>(self.0) + f64x2_extract_lane::<1>(self.0)
    }
}

#[allow(clippy::undocumented_unsafe_blocks, reason = "one reason serves the file")]
impl Words for v128 {
    const LANES: usize = 4;

    #[inline(always)]
    unsafe fn load(from: *const u32) -> Self {
        unsafe { v128_load(from.cast()) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut u32) {
        unsafe { v128_store(to.cast(), self) }
    }
    #[inline(always)]
    unsafe fn splat(word: u32) -> Self {
        u64x2_splat(word.into())
    }
    #[inline(always)]
    unsafe fn xor(self, other: Self) -> Self {
        v128_xor(self, other)
    }
    #[inline(always)]
    unsafe fn product(self, other: Self) -> Self {
        let lower = |words| u32x4_shuffle::<0, 2, 0, 2>(words, words);
        u64x2_extmul_low_u32x4(lower(self), lower(other))
    }
    #[inline(always)]
    unsafe fn upper(self) -> Self {
        u64x2_shr(self, 32)
    }
    #[inline(always)]
    unsafe fn zip(self, other: Self) -> Self {
        u32x4_shuffle::<0, 4, 2, 6>(self, other)
    }
}
