//! AVX-512 F, DQ, BW and VL: 32 registers of 512 bits.

use core::arch::asm;
use core::arch::x86_64::*;

use super::{outline, pin, shared, words};
use crate::isa::Compiled;
use crate::math::Constants;
use crate::simd::Kernel;
use crate::wide::{Register, Words, zipped};

// SAFETY, for every block from here on: the caller of each method guarantees the features of the CPU and the memory.

#[allow(clippy::undocumented_unsafe_blocks, reason = "one reason serves the file")]
impl Register for __m512 {
    type Mask = __mmask16;
    type Words = __m512i;
    const LANES: usize = 16;
    const TILE_REGISTERS: usize = 24;
    const FIRST_LEVEL: usize = 48 << 10;
    const SECOND_LEVEL: usize = 1 << 20;

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
    unsafe fn load_partial(from: *const f32, mask: __mmask16) -> Self {
        unsafe { _mm512_maskz_loadu_ps(mask, from) }
    }
    #[inline(always)]
    unsafe fn store_partial(self, to: *mut f32, count: usize) {
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
            rest.store_partial(to, count & 7);
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
    const TILE_REGISTERS: usize = 24;
    const FIRST_LEVEL: usize = 48 << 10;
    const SECOND_LEVEL: usize = 1 << 20;

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
    unsafe fn load_partial(from: *const f64, mask: __mmask8) -> Self {
        unsafe { _mm512_maskz_loadu_pd(mask, from) }
    }
    #[inline(always)]
    unsafe fn store_partial(self, to: *mut f64, count: usize) {
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
            rest.store_partial(to, count & 3);
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

words!(
    __m512i,
    16,
    _mm512_loadu_si512,
    _mm512_storeu_si512,
    _mm512_set1_epi64,
    _mm512_xor_si512,
    _mm512_mul_epu32,
    _mm512_srli_epi64,
    |even, odd| _mm512_mask_blend_epi32(0b1010_1010_1010_1010, even, _mm512_slli_epi64::<32>(odd))
);
