use super::{Constants, exp2_halves, ln_of_parts};
use crate::{Float, Real};

/// The natural logarithm.
///
/// `ln x = n·ln 2 + ln m` with `x = 2ⁿ·m` and `√½ ≤ m < √2`. With `f = m − 1` and `s = f/(2 + f)`,
/// `ln m = ln((1+s)/(1−s)) = f − (f²/2 − s·(f²/2 + s²·q(s²)))`, where `q` is a polynomial.
///
/// Accuracy: at most 1 ulp from the true value, also for subnormal arguments.
///
/// Special values: `ln 1 = +0`, `ln ±0 = −∞`, `ln ∞ = ∞`; negative numbers and NaN give NaN.
///
/// ```
/// use toddle_lanes::math::ln;
///
/// assert_eq!(ln(2.0f32), std::f32::consts::LN_2);
/// assert_eq!(ln(0.0), f64::NEG_INFINITY);
/// assert!(ln(-1.0f64).is_nan());
/// ```
///
/// Method: fdlibm's `e_log.c` (Sun Microsystems, 1993), with the sums arranged for fused multiply-adds.
#[inline(always)]
pub fn ln<V: Real>(x: V) -> V {
    let c = |value| x.splat(value);
    let (zero, one) = (c(V::Scalar::ZERO), c(V::Scalar::ONE));

    // The exponent of a subnormal number cannot be read from its bits. The exponent of 2ᵖ times the number can.
    let small = x.lt(c(V::Scalar::SMALL));
    let normal = V::select(small, x * c(V::Scalar::TWO_TO_DIGITS), x);
    let scaled = V::select(small, c(V::Scalar::DIGITS), zero);

    // normal = 2ᵉ·m, and √½ ≤ m < √2 where 1 ≤ 2m·√½ < 2.
    let e = (normal * c(V::Scalar::SQRT_HALF)).exponent() + one;
    let [a, b] = exp2_halves(-e);
    let f = normal * a * b - one;
    let n = e - scaled;
    let result = ln_of_parts(n, f);

    let result = V::select(zero.lt(x), result, c(V::Scalar::NEG_INFINITY));
    let result = V::select(x.lt(zero), c(V::Scalar::NAN), result);
    // The logarithm of ∞ is ∞, and the logarithm of NaN is NaN.
    V::select(x.lt(c(V::Scalar::INFINITY)), result, x)
}
