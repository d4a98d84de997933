//! NEON: 32 registers of 128 bits, which every CPU of aarch64 has.

use core::arch::aarch64::*;
use core::arch::asm;

use crate::isa::Compiled;
use crate::math::Constants;
use crate::simd::Kernel;
use crate::wide::{Register, Token, Words, zipped};

/// Sixteen `f32` in four registers.
pub(crate) type NeonF32 = Token<float32x4_t, 4>;
/// Sixteen `f64` in eight registers.
pub(crate) type NeonF64 = Token<float64x2_t, 8>;

/// The operations that have the same names for both types of number. A shift by `$fraction` bits moves the exponent to the
/// lowest bits, or back.
///
/// `max` and `min` are a comparison and a selection. The instructions `fmax` and `fmin` give NaN if one of the operands is
/// NaN, and other instruction sets give the second operand.
macro_rules! shared {
    ($t:ty, $bits:ty, $word:ty, $splat:ident, $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident,
     $div:ident, $neg:ident, $fma:ident, $abs:ident, $sqrt:ident, $gt:ident, $lt:ident, $select:ident, $or:ident,
     $splat_bits:ident, $load_bits:ident, $test:ident, $to_bits:ident, $from_bits:ident,
     $left:ident, $right:ident, $fraction:literal, $zip:ident, $zip_high:ident) => {
        crate::wide::arithmetic!($t, $splat, $load, $store, $add, $sub, $mul, $div, $sqrt);

        type Mask = $bits;
        type Words = uint64x2_t;
        const LANES: usize = 16 / size_of::<$t>();
        const TILE_REGISTERS: usize = 24;
        const FIRST_LEVEL: usize = 64 << 10;
        const SECOND_LEVEL: usize = 512 << 10;

        #[inline(always)]
        unsafe fn outline<K: Kernel<$t>>(kernel: K) -> K::Output {
            unsafe { kernel.neon() }
        }
        #[inline(always)]
        unsafe fn pin(self) -> Self {
            let mut register = self;
            unsafe { asm!("/* {0:v} */", inout(vreg) register, options(nostack, preserves_flags)) };
            register
        }
        #[inline(always)]
        unsafe fn load_partial(from: *const $t, mask: $bits) -> Self {
            // There is no masked load.
            unsafe {
                let lanes: [$word; 16 / size_of::<$t>()] = core::mem::transmute(mask);
                let mut values = [0.0; 16 / size_of::<$t>()];
                for (lane, value) in values.iter_mut().enumerate() {
                    if lanes[lane] != 0 {
                        *value = *from.add(lane);
                    }
                }
                Self::load(values.as_ptr())
            }
        }
        #[inline(always)]
        unsafe fn neg(self) -> Self {
            unsafe { $neg(self) }
        }
        #[inline(always)]
        unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
            unsafe { $fma(term, self, factor) }
        }
        #[inline(always)]
        unsafe fn abs(self) -> Self {
            unsafe { $abs(self) }
        }
        #[inline(always)]
        unsafe fn copysign(self, sign: Self) -> Self {
            unsafe { $select($to_bits($splat(-0.0)), sign, self) }
        }
        #[inline(always)]
        unsafe fn max(self, other: Self) -> Self {
            unsafe { $select($gt(self, other), self, other) }
        }
        #[inline(always)]
        unsafe fn min(self, other: Self) -> Self {
            unsafe { $select($lt(self, other), self, other) }
        }
        #[inline(always)]
        unsafe fn exp2i(self) -> Self {
            unsafe { $from_bits($left::<$fraction>($to_bits($add(self, $splat(<$t>::BIASED_ROUNDER))))) }
        }
        #[inline(always)]
        unsafe fn exponent(self) -> Self {
            unsafe {
                let biased = $right::<$fraction>($to_bits(self));
                let number = $from_bits($or(biased, $to_bits($splat(<$t>::ROUNDER))));
                $sub(number, $splat(<$t>::BIASED_ROUNDER))
            }
        }
        #[inline(always)]
        unsafe fn lt(self, other: Self) -> $bits {
            unsafe { $lt(self, other) }
        }
        #[inline(always)]
        unsafe fn select(mask: $bits, yes: Self, no: Self) -> Self {
            unsafe { $select(mask, yes, no) }
        }
        #[inline(always)]
        unsafe fn mask(lanes: u32) -> $bits {
            const LANE: [$word; 4] = [1, 2, 4, 8];
            unsafe { $test($splat_bits(lanes.into()), $load_bits(LANE.as_ptr())) }
        }
        #[inline(always)]
        unsafe fn transpose(rows: [Self; 16]) -> [Self; 16] {
            unsafe {
                zipped!(rows, 0..16 / size_of::<$t>(), |one, other| ($zip(one, other), $zip_high(one, other)))
            }
        }
    };
}

// SAFETY, for every block from here on: every CPU of aarch64 has NEON, and the caller of each method guarantees the memory.

#[allow(clippy::undocumented_unsafe_blocks, reason = "one reason serves the file")]
impl Register for float32x4_t {
    shared!(
        f32,
        uint32x4_t,
        u32,
        vdupq_n_f32,
        vld1q_f32,
        vst1q_f32,
        vaddq_f32,
        vsubq_f32,
        vmulq_f32,
        vdivq_f32,
        vnegq_f32,
        vfmaq_f32,
        vabsq_f32,
        vsqrtq_f32,
        vcgtq_f32,
        vcltq_f32,
        vbslq_f32,
        vorrq_u32,
        vdupq_n_u32,
        vld1q_u32,
        vtstq_u32,
        vreinterpretq_u32_f32,
        vreinterpretq_f32_u32,
        vshlq_n_u32,
        vshrq_n_u32,
        23,
        vzip1q_f32,
        vzip2q_f32
    );

    #[inline(always)]
    unsafe fn store_partial(self, to: *mut f32, count: usize) {
        unsafe {
            if count >= 4 {
                return self.store(to);
            }
            let (mut rest, mut to) = (vget_low_f32(self), to);
            if count & 2 != 0 {
                vst1_f32(to, rest);
                (rest, to) = (vget_high_f32(self), to.add(2));
            }
            if count & 1 != 0 {
                vst1_lane_f32::<0>(to, rest);
            }
        }
    }
    #[inline(always)]
    unsafe fn is_nan(self) -> uint32x4_t {
        unsafe { vmvnq_u32(vceqq_f32(self, self)) }
    }
    #[inline(always)]
    unsafe fn below(words: *const u32, limit: u32) -> uint32x4_t {
        unsafe { vcltq_u32(vld1q_u32(words), vdupq_n_u32(limit)) }
    }
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        unsafe {
            let two = vadd_f32(vget_low_f32(self), vget_high_f32(self));
            vget_lane_f32::<0>(two) + vget_lane_f32::<1>(two)
        }
    }
}

#[allow(clippy::undocumented_unsafe_blocks, reason = "one reason serves the file")]
impl Register for float64x2_t {
    shared!(
        f64,
        uint64x2_t,
        u64,
        vdupq_n_f64,
        vld1q_f64,
        vst1q_f64,
        vaddq_f64,
        vsubq_f64,
        vmulq_f64,
        vdivq_f64,
        vnegq_f64,
        vfmaq_f64,
        vabsq_f64,
        vsqrtq_f64,
        vcgtq_f64,
        vcltq_f64,
        vbslq_f64,
        vorrq_u64,
        vdupq_n_u64,
        vld1q_u64,
        vtstq_u64,
        vreinterpretq_u64_f64,
        vreinterpretq_f64_u64,
        vshlq_n_u64,
        vshrq_n_u64,
        52,
        vzip1q_f64,
        vzip2q_f64
    );

    #[inline(always)]
    unsafe fn store_partial(self, to: *mut f64, count: usize) {
        unsafe {
            match count {
                0 => {}
                1 => vst1q_lane_f64::<0>(to, self),
                _ => self.store(to),
            }
        }
    }
    #[inline(always)]
    unsafe fn is_nan(self) -> uint64x2_t {
        unsafe { vceqzq_u64(vceqq_f64(self, self)) }
    }
    #[inline(always)]
    unsafe fn below(words: *const u32, limit: u32) -> uint64x2_t {
        // As numbers of 64 bits, all words are positive.
        unsafe { vcltq_u64(vmovl_u32(vld1_u32(words)), vdupq_n_u64(limit.into())) }
    }
    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        unsafe { vgetq_lane_f64::<0>(self) + vgetq_lane_f64::<1>(self) }
    }
}

#[allow(clippy::undocumented_unsafe_blocks, reason = "one reason serves the file")]
impl Words for uint64x2_t {
    const LANES: usize = 4;

    #[inline(always)]
    unsafe fn load(from: *const u32) -> Self {
        unsafe { vreinterpretq_u64_u32(vld1q_u32(from)) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut u32) {
        unsafe { vst1q_u32(to, vreinterpretq_u32_u64(self)) }
    }
    #[inline(always)]
    unsafe fn splat(word: u32) -> Self {
        unsafe { vdupq_n_u64(word.into()) }
    }
    #[inline(always)]
    unsafe fn xor(self, other: Self) -> Self {
        unsafe { veorq_u64(self, other) }
    }
    #[inline(always)]
    unsafe fn product(self, other: Self) -> Self {
        unsafe { vmull_u32(vmovn_u64(self), vmovn_u64(other)) }
    }
    #[inline(always)]
    unsafe fn upper(self) -> Self {
        unsafe { vshrq_n_u64::<32>(self) }
    }
    #[inline(always)]
    unsafe fn zip(self, other: Self) -> Self {
        unsafe { vsliq_n_u64::<32>(self, other) }
    }
}
