use super::{Constants, exp2_halves, polynomial, reduce_in_two, round_product};
use crate::{Float, Real};

/// The exponential function minus one. The expression `exp(x) − 1` would lose digits near zero; this function does not.
///
/// `eˣ − 1 = 2ⁿ·((eʳ − 1) + (1 − 2⁻ⁿ))` with `n = ⌊x·log₂e⌉` and `r = x − n·ln 2`, so `|r| ≤ (ln 2)/2`. `eʳ − 1` is
/// computed as `r + r²·q(r)` with a polynomial `q`.
///
/// Accuracy: at most 2 ulp from the true value.
///
/// Special values: `±0` gives `±0`; if `eˣ − 1` rounds to `x`, the result is `x`; −∞ gives −1 and ∞ gives ∞; ∞ if the
/// result is out of range; NaN gives NaN.
///
/// ```
/// use toddle_lanes::math::expm1;
///
/// assert_eq!(expm1(1e-300), 1e-300);
/// assert_eq!(expm1(f32::NEG_INFINITY), -1.0);
/// assert_eq!(expm1(1000.0), f64::INFINITY);
/// ```
///
/// Method: the reduction of [`exp`](super::exp()). The sum is computed as in fdlibm's `s_expm1.c` (Sun Microsystems,
/// 1993).
#[inline(always)]
pub fn expm1<V: Real>(x: V) -> V {
    // For −p and below, the result is −1. A NaN stays NaN: `max` and `min` return their argument if either is NaN.
    let clamped = x.splat(V::Scalar::EXP_HIGH).min(x.splat(-V::Scalar::DIGITS).max(x));
    let n = round_product(clamped, V::Scalar::LOG2_E);
    let [r, rest] = reduce_in_two(clamped, n, V::Scalar::LN_2);
    let [a, b] = exp2_halves(n);
    let [c, d] = exp2_halves(-n);
    let less_one = (r * r).mul_add(polynomial(V::Scalar::EXPM1, r), rest) + r;
    let sum = less_one + (x.splat(V::Scalar::ONE) - c * d);
    // Without `copysign`, the sign of a zero would be lost.
    (sum * a * b).copysign(x)
}
