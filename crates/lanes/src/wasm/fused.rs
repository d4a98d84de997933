//! The fused multiply-add in software.

use core::arch::wasm32::*;

use crate::system;

/// `a·b + c`, each of four `f32` rounded once.
///
/// As `f64`, the products are exact. Their sums are rounded to odd: a sum that is not exact becomes the neighbour whose
/// last bit is 1. A number of 53 bits that was rounded to odd is rounded to 24 bits as the exact number is. S. Boldo and
/// G. Melquiond, Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd, 2008.
#[inline(always)]
pub fn f32x4(a: v128, b: v128, c: v128) -> v128 {
    let upper = |four| u64x2_shuffle::<1, 1>(four, four);
    let two = |a, b, c| {
        let [a, b, c] = [a, b, c].map(|two| f64x2_promote_low_f32x4(two));
        f32x4_demote_f64x2_zero(odd_sum(f64x2_mul(a, b), c))
    };
    u64x2_shuffle::<0, 2>(two(a, b, c), two(upper(a), upper(b), upper(c)))
}

/// `x + y`, rounded to odd.
#[inline(always)]
fn odd_sum(x: v128, y: v128) -> v128 {
    let sum = f64x2_add(x, y);
    // What the sum lacks, which is exact: D. Knuth, The Art of Computer Programming, 2, section 4.2.2.
    let part = f64x2_sub(sum, x);
    let rest = f64x2_add(f64x2_sub(x, f64x2_sub(sum, part)), f64x2_sub(y, part));
    // The other neighbour lies towards the rest. Of a sum that is infinite or NaN, the rest is NaN.
    let is_even = i64x2_sub(v128_and(sum, i64x2_splat(1)), i64x2_splat(1));
    let is_inexact = f64x2_gt(f64x2_abs(rest), f64x2_splat(0.0));
    let away_or_back = v128_or(i64x2_shr(v128_xor(sum, rest), 63), i64x2_splat(1));
    i64x2_add(sum, v128_and(away_or_back, v128_and(is_even, is_inexact)))
}

/// `a·b + c`, both `f64` rounded once.
#[inline(always)]
pub fn f64x2(a: v128, b: v128, c: v128) -> v128 {
    core::arch::wasm32::f64x2(
        system::fma(f64x2_extract_lane::<0>(a), f64x2_extract_lane::<0>(b), f64x2_extract_lane::<0>(c)),
        system::fma(f64x2_extract_lane::<1>(a), f64x2_extract_lane::<1>(b), f64x2_extract_lane::<1>(c)),
    )
}
