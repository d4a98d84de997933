use super::{Constants, exp2_halves, polynomial, reduce, round_product};
use crate::Real;

/// The exponential function.
///
/// `eˣ = 2ⁿ·eʳ` with `n = ⌊x·log₂e⌉` and `r = x − n·ln 2`, so `|r| ≤ (ln 2)/2`. A polynomial computes `eʳ`.
///
/// Accuracy: at most 1 ulp from the true value, also for subnormal results.
///
/// Special values: `e^±0 = 1`, `e^−∞ = 0`, `e^∞ = ∞`; ∞ or 0 if the result is out of range; NaN gives NaN.
///
/// ```
/// use toddle_lanes::math::exp;
///
/// assert_eq!(exp(1.0f32), std::f32::consts::E);
/// assert_eq!(exp(-1000.0), 0.0);
/// assert_eq!(exp(f64::INFINITY), f64::INFINITY);
/// ```
///
/// Method: Cody and Waite, *Software Manual for the Elementary Functions*, chapter 6, with a polynomial instead of
/// their quotient.
#[inline(always)]
pub fn exp<V: Real>(x: V) -> V {
    // A NaN stays NaN: `max` and `min` return their argument if either is NaN.
    let x = x.splat(V::Scalar::EXP_HIGH).min(x.splat(V::Scalar::EXP_LOW).max(x));
    let n = round_product(x, V::Scalar::LOG2_E);
    let r = reduce(x, n, V::Scalar::LN_2);
    let [a, b] = exp2_halves(n);
    polynomial(V::Scalar::EXP, r) * a * b
}
