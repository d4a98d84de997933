//! AVX2 with FMA: 16 registers of 256 bits.

use core::arch::asm;
use core::arch::x86_64::*;

use super::{outline, pin, shared, words};
use crate::isa::Compiled;
use crate::math::Constants;
use crate::simd::Kernel;
use crate::wide::{Register, Words, zipped};

// SAFETY, for every block from here on: the caller of each method guarantees the features of the CPU and the memory.

#[allow(clippy::undocumented_unsafe_blocks, reason = "one reason serves the file")]
impl Register for __m256 {
    type Mask = __m256;
    type Words = __m256i;
    const LANES: usize = 8;
    const TILE_REGISTERS: usize = 12;
    const FIRST_LEVEL: usize = 32 << 10;
    const SECOND_LEVEL: usize = 256 << 10;

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
    unsafe fn load_partial(from: *const f32, mask: __m256) -> Self {
        unsafe { _mm256_maskload_ps(from, _mm256_castps_si256(mask)) }
    }
    #[inline(always)]
    unsafe fn store_partial(self, to: *mut f32, count: usize) {
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
    const TILE_REGISTERS: usize = 12;
    const FIRST_LEVEL: usize = 32 << 10;
    const SECOND_LEVEL: usize = 256 << 10;

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
    unsafe fn load_partial(from: *const f64, mask: __m256d) -> Self {
        unsafe { _mm256_maskload_pd(from, _mm256_castpd_si256(mask)) }
    }
    #[inline(always)]
    unsafe fn store_partial(self, to: *mut f64, count: usize) {
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

words!(
    __m256i,
    8,
    _mm256_loadu_si256,
    _mm256_storeu_si256,
    _mm256_set1_epi64x,
    _mm256_xor_si256,
    _mm256_mul_epu32,
    _mm256_srli_epi64,
    |even, odd| _mm256_blend_epi32::<0b1010_1010>(even, _mm256_slli_epi64::<32>(odd))
);
