//! One register of AVX2 or AVX-512 and its instructions.

use std::arch::asm;
use std::arch::x86_64::*;
use std::fmt::Debug;

use super::words::Words;
use crate::Float;
use crate::isa::Compiled;
use crate::math::Constants;
use crate::simd::Kernel;

/// One register of elements. Each method is one or two instructions.
///
/// # Safety
/// Every method may be called only if the CPU has the features of the register (AVX2 and FMA, or AVX-512 F, DQ, BW and
/// VL). `load` and `store` access `LANES` elements. `load_part` accesses the elements whose mask is true. `store_part`
/// accesses the first `count` elements, or all elements if there are fewer. `below` reads `LANES` words. The methods
/// access no other memory.
#[allow(clippy::missing_safety_doc, reason = "stated once for the trait")]
pub trait Register: Copy + Debug {
    type T: Float;
    type Mask: Copy;
    /// A register of random words with the same width, which needs no other features.
    type Words: Words;
    /// The number of elements of a register.
    const LANES: usize;
    /// The number of registers of the CPU.
    const COUNT: usize;

    unsafe fn splat(value: Self::T) -> Self;
    unsafe fn load(from: *const Self::T) -> Self;
    unsafe fn store(self, to: *mut Self::T);
    unsafe fn load_part(from: *const Self::T, mask: Self::Mask) -> Self;
    unsafe fn store_part(self, to: *mut Self::T, count: usize);
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

/// The operations that have the same names for both widths. A shift by `$fraction` bits moves the exponent to the
/// lowest bits, or back.
macro_rules! shared {
    ($t:ty, $splat:ident, $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident, $div:ident, $fmadd:ident,
     $sqrt:ident, $max:ident, $min:ident, $and:ident, $andnot:ident, $or:ident, $xor:ident,
     $to_bits:ident, $from_bits:ident, $left:ident, $right:ident, $fraction:literal) => {
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
        unsafe fn neg(self) -> Self {
            unsafe { $xor(self, $splat(-0.0)) }
        }
        #[inline(always)]
        unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
            unsafe { $fmadd(self, factor, term) }
        }
        #[inline(always)]
        unsafe fn abs(self) -> Self {
            unsafe { $andnot($splat(-0.0), self) }
        }
        #[inline(always)]
        unsafe fn sqrt(self) -> Self {
            unsafe { $sqrt(self) }
        }
        #[inline(always)]
        unsafe fn copysign(self, sign: Self) -> Self {
            unsafe { $or($andnot($splat(-0.0), self), $and($splat(-0.0), sign)) }
        }
        #[inline(always)]
        unsafe fn max(self, other: Self) -> Self {
            unsafe { $max(self, other) }
        }
        #[inline(always)]
        unsafe fn min(self, other: Self) -> Self {
            unsafe { $min(self, other) }
        }
        #[inline(always)]
        unsafe fn exp2i(self) -> Self {
            unsafe { $from_bits($left::<$fraction>($to_bits($add(self, $splat(<$t>::BIASED_ROUNDER))))) }
        }
        #[inline(always)]
        unsafe fn exponent(self) -> Self {
            unsafe {
                let biased = $from_bits($right::<$fraction>($to_bits(self)));
                $sub($or(biased, $splat(<$t>::ROUNDER)), $splat(<$t>::BIASED_ROUNDER))
            }
        }
    };
}

// SAFETY, for every block from here on: the caller of each method guarantees the features of the CPU and the memory.

/// [`Register::outline`]: the method of the kernel that is compiled for the instruction set.
macro_rules! outline {
    ($isa:ident) => {
        #[inline(always)]
        unsafe fn outline<K: Kernel<Self::T>>(kernel: K) -> K::Output {
            unsafe { kernel.$isa() }
        }
    };
}

/// [`Register::pin`]: an empty instruction whose operand is the register.
macro_rules! pin {
    ($register:ty, $class:ident, $feature:literal) => {
        #[inline(always)]
        unsafe fn pin(self) -> Self {
            #[inline]
            #[target_feature(enable = $feature)]
            fn pin(mut register: $register) -> $register {
                unsafe { asm!("/* {0} */", inout($class) register, options(nostack, preserves_flags)) };
                register
            }
            unsafe { pin(self) }
        }
    };
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

#[allow(clippy::undocumented_unsafe_blocks, reason = "one reason serves the file")]
impl Register for __m512 {
    type Mask = __mmask16;
    type Words = __m512i;
    const LANES: usize = 16;
    const COUNT: usize = 32;

    outline!(avx512);
    pin!(__m512, zmm_reg, "avx512f");

    shared!(
        f32,
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_add_ps,
        _mm512_sub_ps,
        _mm512_mul_ps,
        _mm512_div_ps,
        _mm512_fmadd_ps,
        _mm512_sqrt_ps,
        _mm512_max_ps,
        _mm512_min_ps,
        _mm512_and_ps,
        _mm512_andnot_ps,
        _mm512_or_ps,
        _mm512_xor_ps,
        _mm512_castps_si512,
        _mm512_castsi512_ps,
        _mm512_slli_epi32,
        _mm512_srli_epi32,
        23
    );

    #[inline(always)]
    unsafe fn load_part(from: *const f32, mask: __mmask16) -> Self {
        unsafe { _mm512_maskz_loadu_ps(mask, from) }
    }
    #[inline(always)]
    unsafe fn store_part(self, to: *mut f32, count: usize) {
        // A load beside a masked store waits until the store is done.
        unsafe {
            if count >= 16 {
                return self.store(to);
            }
            let (mut rest, mut to) = (_mm512_castps512_ps256(self), to);
            if count & 8 != 0 {
                rest.store(to);
                (rest, to) = (_mm512_extractf32x8_ps::<1>(self), to.add(8));
            }
            rest.store_part(to, count & 7);
        }
    }
    #[inline(always)]
    unsafe fn lt(self, other: Self) -> __mmask16 {
        unsafe { _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self, other) }
    }
    #[inline(always)]
    unsafe fn is_nan(self) -> __mmask16 {
        unsafe { _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(self, self) }
    }
    #[inline(always)]
    unsafe fn below(words: *const u32, limit: u32) -> __mmask16 {
        unsafe { _mm512_cmplt_epu32_mask(_mm512_loadu_si512(words.cast()), _mm512_set1_epi32(limit as i32)) }
    }
    #[inline(always)]
    unsafe fn select(mask: __mmask16, yes: Self, no: Self) -> Self {
        unsafe { _mm512_mask_blend_ps(mask, no, yes) }
    }
    #[inline(always)]
    unsafe fn mask(lanes: u32) -> __mmask16 {
        lanes as __mmask16
    }
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        unsafe { _mm256_add_ps(_mm512_castps512_ps256(self), _mm512_extractf32x8_ps::<1>(self)).sum() }
    }
    #[inline(always)]
    unsafe fn transpose(rows: [Self; 16]) -> [Self; 16] {
        unsafe {
            let low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            let high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
            zipped!(rows, 0..16, |one, other| (
                _mm512_permutex2var_ps(one, low, other),
                _mm512_permutex2var_ps(one, high, other)
            ))
        }
    }
}

#[allow(clippy::undocumented_unsafe_blocks, reason = "one reason serves the file")]
impl Register for __m512d {
    type Mask = __mmask8;
    type Words = __m512i;
    const LANES: usize = 8;
    const COUNT: usize = 32;

    outline!(avx512);
    pin!(__m512d, zmm_reg, "avx512f");

    shared!(
        f64,
        _mm512_set1_pd,
        _mm512_loadu_pd,
        _mm512_storeu_pd,
        _mm512_add_pd,
        _mm512_sub_pd,
        _mm512_mul_pd,
        _mm512_div_pd,
        _mm512_fmadd_pd,
        _mm512_sqrt_pd,
        _mm512_max_pd,
        _mm512_min_pd,
        _mm512_and_pd,
        _mm512_andnot_pd,
        _mm512_or_pd,
        _mm512_xor_pd,
        _mm512_castpd_si512,
        _mm512_castsi512_pd,
        _mm512_slli_epi64,
        _mm512_srli_epi64,
        52
    );

    #[inline(always)]
    unsafe fn load_part(from: *const f64, mask: __mmask8) -> Self {
        unsafe { _mm512_maskz_loadu_pd(mask, from) }
    }
    #[inline(always)]
    unsafe fn store_part(self, to: *mut f64, count: usize) {
        // A load beside a masked store waits until the store is done.
        unsafe {
            if count >= 8 {
                return self.store(to);
            }
            let (mut rest, mut to) = (_mm512_castpd512_pd256(self), to);
            if count & 4 != 0 {
                rest.store(to);
                (rest, to) = (_mm512_extractf64x4_pd::<1>(self), to.add(4));
            }
            rest.store_part(to, count & 3);
        }
    }
    #[inline(always)]
    unsafe fn lt(self, other: Self) -> __mmask8 {
        unsafe { _mm512_cmp_pd_mask::<_CMP_LT_OQ>(self, other) }
    }
    #[inline(always)]
    unsafe fn is_nan(self) -> __mmask8 {
        unsafe { _mm512_cmp_pd_mask::<_CMP_UNORD_Q>(self, self) }
    }
    #[inline(always)]
    unsafe fn below(words: *const u32, limit: u32) -> __mmask8 {
        unsafe { _mm256_cmplt_epu32_mask(_mm256_loadu_si256(words.cast()), _mm256_set1_epi32(limit as i32)) }
    }
    #[inline(always)]
    unsafe fn select(mask: __mmask8, yes: Self, no: Self) -> Self {
        unsafe { _mm512_mask_blend_pd(mask, no, yes) }
    }
    #[inline(always)]
    unsafe fn mask(lanes: u32) -> __mmask8 {
        lanes as __mmask8
    }
    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        unsafe { _mm256_add_pd(_mm512_castpd512_pd256(self), _mm512_extractf64x4_pd::<1>(self)).sum() }
    }
    #[inline(always)]
    unsafe fn transpose(rows: [Self; 16]) -> [Self; 16] {
        unsafe {
            let low = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
            let high = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
            zipped!(rows, 0..8, |one, other| (
                _mm512_permutex2var_pd(one, low, other),
                _mm512_permutex2var_pd(one, high, other)
            ))
        }
    }
}

#[allow(clippy::undocumented_unsafe_blocks, reason = "one reason serves the file")]
impl Register for __m256 {
    type Mask = __m256;
    type Words = __m256i;
    const LANES: usize = 8;
    const COUNT: usize = 16;

    outline!(avx2);
    pin!(__m256, ymm_reg, "avx");

    shared!(
        f32,
        _mm256_set1_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_add_ps,
        _mm256_sub_ps,
        _mm256_mul_ps,
        _mm256_div_ps,
        _mm256_fmadd_ps,
        _mm256_sqrt_ps,
        _mm256_max_ps,
        _mm256_min_ps,
        _mm256_and_ps,
        _mm256_andnot_ps,
        _mm256_or_ps,
        _mm256_xor_ps,
        _mm256_castps_si256,
        _mm256_castsi256_ps,
        _mm256_slli_epi32,
        _mm256_srli_epi32,
        23
    );

    #[inline(always)]
    unsafe fn load_part(from: *const f32, mask: __m256) -> Self {
        unsafe { _mm256_maskload_ps(from, _mm256_castps_si256(mask)) }
    }
    #[inline(always)]
    unsafe fn store_part(self, to: *mut f32, count: usize) {
        // A masked store of AVX2 takes dozens of cycles.
        unsafe {
            if count >= 8 {
                return self.store(to);
            }
            let (mut rest, mut to) = (_mm256_castps256_ps128(self), to);
            if count & 4 != 0 {
                _mm_storeu_ps(to, rest);
                (rest, to) = (_mm256_extractf128_ps::<1>(self), to.add(4));
            }
            if count & 2 != 0 {
                _mm_storel_pd(to.cast(), _mm_castps_pd(rest));
                (rest, to) = (_mm_movehl_ps(rest, rest), to.add(2));
            }
            if count & 1 != 0 {
                _mm_store_ss(to, rest);
            }
        }
    }
    #[inline(always)]
    unsafe fn lt(self, other: Self) -> __m256 {
        unsafe { _mm256_cmp_ps::<_CMP_LT_OQ>(self, other) }
    }
    #[inline(always)]
    unsafe fn is_nan(self) -> __m256 {
        unsafe { _mm256_cmp_ps::<_CMP_UNORD_Q>(self, self) }
    }
    #[inline(always)]
    unsafe fn below(words: *const u32, limit: u32) -> __m256 {
        // AVX2 compares signed numbers. So the sign bit is inverted on both sides.
        unsafe {
            let words = _mm256_xor_si256(_mm256_loadu_si256(words.cast()), _mm256_set1_epi32(i32::MIN));
            _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32(limit as i32 ^ i32::MIN), words))
        }
    }
    #[inline(always)]
    unsafe fn select(mask: __m256, yes: Self, no: Self) -> Self {
        unsafe { _mm256_blendv_ps(no, yes, mask) }
    }
    #[inline(always)]
    unsafe fn mask(lanes: u32) -> __m256 {
        unsafe {
            let lane = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
            let set = _mm256_and_si256(_mm256_set1_epi32(lanes as i32), lane);
            _mm256_castsi256_ps(_mm256_cmpeq_epi32(set, lane))
        }
    }
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        unsafe {
            let four = _mm_add_ps(_mm256_castps256_ps128(self), _mm256_extractf128_ps::<1>(self));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
        }
    }
    #[inline(always)]
    unsafe fn transpose(mut rows: [Self; 16]) -> [Self; 16] {
        unsafe {
            // First the halves of registers are exchanged, because each half is interleaved by itself.
            for n in 0..4 {
                let (one, other) = (rows[n], rows[n + 4]);
                rows[n] = _mm256_permute2f128_ps::<0x20>(one, other);
                rows[n + 4] = _mm256_permute2f128_ps::<0x31>(one, other);
            }
            for half in [0..4, 4..8] {
                rows = zipped!(rows, half, |one, other| (
                    _mm256_unpacklo_ps(one, other),
                    _mm256_unpackhi_ps(one, other)
                ));
            }
            rows
        }
    }
}

#[allow(clippy::undocumented_unsafe_blocks, reason = "one reason serves the file")]
impl Register for __m256d {
    type Mask = __m256d;
    type Words = __m256i;
    const LANES: usize = 4;
    const COUNT: usize = 16;

    outline!(avx2);
    pin!(__m256d, ymm_reg, "avx");

    shared!(
        f64,
        _mm256_set1_pd,
        _mm256_loadu_pd,
        _mm256_storeu_pd,
        _mm256_add_pd,
        _mm256_sub_pd,
        _mm256_mul_pd,
        _mm256_div_pd,
        _mm256_fmadd_pd,
        _mm256_sqrt_pd,
        _mm256_max_pd,
        _mm256_min_pd,
        _mm256_and_pd,
        _mm256_andnot_pd,
        _mm256_or_pd,
        _mm256_xor_pd,
        _mm256_castpd_si256,
        _mm256_castsi256_pd,
        _mm256_slli_epi64,
        _mm256_srli_epi64,
        52
    );

    #[inline(always)]
    unsafe fn load_part(from: *const f64, mask: __m256d) -> Self {
        unsafe { _mm256_maskload_pd(from, _mm256_castpd_si256(mask)) }
    }
    #[inline(always)]
    unsafe fn store_part(self, to: *mut f64, count: usize) {
        // A masked store of AVX2 takes dozens of cycles.
        unsafe {
            if count >= 4 {
                return self.store(to);
            }
            let (mut rest, mut to) = (_mm256_castpd256_pd128(self), to);
            if count & 2 != 0 {
                _mm_storeu_pd(to, rest);
                (rest, to) = (_mm256_extractf128_pd::<1>(self), to.add(2));
            }
            if count & 1 != 0 {
                _mm_store_sd(to, rest);
            }
        }
    }
    #[inline(always)]
    unsafe fn lt(self, other: Self) -> __m256d {
        unsafe { _mm256_cmp_pd::<_CMP_LT_OQ>(self, other) }
    }
    #[inline(always)]
    unsafe fn is_nan(self) -> __m256d {
        unsafe { _mm256_cmp_pd::<_CMP_UNORD_Q>(self, self) }
    }
    #[inline(always)]
    unsafe fn below(words: *const u32, limit: u32) -> __m256d {
        // As numbers of 64 bits, all words are positive.
        unsafe {
            let words = _mm256_cvtepu32_epi64(_mm_loadu_si128(words.cast()));
            _mm256_castsi256_pd(_mm256_cmpgt_epi64(_mm256_set1_epi64x(i64::from(limit)), words))
        }
    }
    #[inline(always)]
    unsafe fn select(mask: __m256d, yes: Self, no: Self) -> Self {
        unsafe { _mm256_blendv_pd(no, yes, mask) }
    }
    #[inline(always)]
    unsafe fn mask(lanes: u32) -> __m256d {
        unsafe {
            let lane = _mm256_setr_epi64x(1, 2, 4, 8);
            let set = _mm256_and_si256(_mm256_set1_epi64x(i64::from(lanes)), lane);
            _mm256_castsi256_pd(_mm256_cmpeq_epi64(set, lane))
        }
    }
    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        unsafe {
            let two = _mm_add_pd(_mm256_castpd256_pd128(self), _mm256_extractf128_pd::<1>(self));
            _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
        }
    }
    #[inline(always)]
    unsafe fn transpose(mut rows: [Self; 16]) -> [Self; 16] {
        unsafe {
            // First the halves of registers are exchanged, because each half is interleaved by itself.
            for n in 0..2 {
                let (one, other) = (rows[n], rows[n + 2]);
                rows[n] = _mm256_permute2f128_pd::<0x20>(one, other);
                rows[n + 2] = _mm256_permute2f128_pd::<0x31>(one, other);
            }
            for half in [0..2, 2..4] {
                rows = zipped!(rows, half, |one, other| (
                    _mm256_unpacklo_pd(one, other),
                    _mm256_unpackhi_pd(one, other)
                ));
            }
            rows
        }
    }
}
